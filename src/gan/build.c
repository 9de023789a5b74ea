/* Builds a GAN: shapes, checks, memory. */
#include "gantrain/gan/passes.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/math/comm.h"

/* ---- shapes and checks ----------------------------------------------------------------------- */

/* A net with its part of the config. */
typedef struct Player {
    const Net *net;
    const SpecList *layers;
    const char *path;
} Player;

/* Index of the last layer whose size is a key, "units"; -1: none has it. */
static int last_sized_layer(const SpecList *list)
{
    int i = list->n - 1;
    for (; i >= 0; i--)
        for (const Option *o = list->at[i].is->options; o && o->name; o++)
            if (strcmp(o->name, "units") == 0)
                return i;
    return i;
}

/* `units`: the value of that key with which the last layer fits. */
static Status check_outputs(Player p, int want, const char *what, int units, Error *e)
{
    const int got = shape_size(p.net->out), i = last_sized_layer(p.layers);
    char hint[128];
    if (got == want)
        return GT_OK;
    if (i >= 0)
        snprintf(hint, sizeof hint, "set %s[%d].units to %d%s", p.path, i, units,
                 units == 0 ? ", which takes it from the data" : "");
    else
        snprintf(hint, sizeof hint, "end with {\"kind\": \"dense\", \"units\": %d}", units);
    return option_report_at(e, p.layers->location, p.path,
                            "the last layer gives %d values, %s %d: %s", got, what, want, hint);
}

/* Reports every layer with a flag that this player excludes. */
static void check_layers(Player p, unsigned flag, const char *why, Error *e)
{
    for (int i = 0; i < p.net->n; i++) {
        const Layer *l = &p.net->layer[i];
        if (l->kind->flags & flag)
            option_report_at(e, p.layers->location, p.path, "%s (layer %d) %s", l->kind->is.name,
                             l->number, why);
    }
}

static Status check_penalty(const Gan *g, Error *e)
{
    const Spec *penalty = &g->options->penalty;
    const Layer *bad = net_without_tangents(&g->D);
    if (!bad || !penalty_every(penalty) || (bad->kind->flags & LAYER_REFERENCE))
        return GT_OK; /* check_layers reports layers that no discriminator may have */
    return option_report_at(e, penalty->location, "penalty",
                            "%s needs second derivatives, which %s (layer %d of the "
                            "discriminator) does not have",
                            penalty->is->name, bad->kind->is.name, bad->number);
}

/* One sample has no variance: batch norm would give a constant. */
static Status check_batch(const Gan *g, Error *e)
{
    const int rows = g->D.mixes_batch ? g->global_batch / g->pack : g->global_batch;
    if (rows > 1 || !(g->G.mixes_batch || g->D.mixes_batch))
        return GT_OK;
    return option_report_at(e, (Location){ .origin = g->options->generator.layers.location.origin },
                            "train.batch_size",
                            "%d is too small for a layer that works on whole batches: expected 2 "
                            "or more%s",
                            g->global_batch, g->pack > 1 ? " times discriminator.packing" : "");
}

static Status check_packing(const Gan *g, Error *e)
{
    if (g->global_batch % g->pack == 0)
        return GT_OK;
    return option_report_at(
        e, (Location){ .origin = g->options->discriminator.layers.location.origin },
        "discriminator.packing", "%d does not divide train.batch_size (%d)", g->pack,
        g->global_batch);
}

/* The layer of D whose outputs L_G reads: logits, or features of a hidden layer. */
static Status find_g_layer(Gan *g, Error *e)
{
    const Spec *o = &g->options->objective;
    g->g_layer = objective_g_layer(o, g->D.n);
    if (!objective_matches_features(o))
        return GT_OK;
    if (g->g_layer >= 0 && g->g_layer < g->D.n - 1) {
        g->g_layer = net_readable_layer(&g->D, g->g_layer);
        return GT_OK;
    }
    if (g->D.n < 2)
        return option_report_at(e, o->location, "objective",
                                "%s needs a hidden layer in the discriminator", o->is->name);
    return option_report_at(e, o->location, "objective.layer",
                            "%d is no hidden layer of the discriminator: expected 0 to %d",
                            g->g_layer, g->D.n - 2);
}

static void check_ranks(const Gan *g, Player G, Player D, Error *e)
{
    const int rows = g->global_batch / g->pack;
    static const char alone[] = "depends on samples of other ranks: train with one rank";
    if (rows < comm_size())
        option_report_at(e, (Location){ .origin = D.layers->location.origin }, "train.batch_size",
                         "%d samples are %d rows of the discriminator, too few for %d ranks",
                         g->global_batch, rows, comm_size());
    check_layers(G, LAYER_COMPARES | LAYER_REFERENCE, alone, e);
    check_layers(D, LAYER_COMPARES, alone, e);
}

static Status check_classes(const Gan *g, Player G, Player D, Error *e)
{
    if (g->pack == 1 || !(G.net->reads_class || D.net->reads_class))
        return GT_OK;
    return option_report_at(e, D.layers->location, "discriminator.packing",
                            "%d: a row of several samples has no single class for the layers that "
                            "read it: expected 1",
                            g->pack);
}

static void check_players(Gan *g, Player G, Player D, Error *e)
{
    check_outputs(G, shape_size(g->data), "a sample has", 0, e);
    check_outputs(D, 1, "D gives", 1, e);
    check_penalty(g, e);
    check_batch(g, e);
    check_packing(g, e);
    check_classes(g, G, D, e);
    if (g->D.data_parallel)
        check_ranks(g, G, D, e);
    find_g_layer(g, e);
    /* a sample must depend on its latent alone */
    check_layers(G, LAYER_COMPARES,
                 "compares the samples of a batch: it belongs in the discriminator", e);
    /* D has no fixed batch: its samples change with every pass */
    check_layers(D, LAYER_REFERENCE,
                 "needs a reference batch, which only the generator has: use batch_norm or "
                 "layer_norm",
                 e);
}

static Status infer(Gan *g, Error *e)
{
    const SpecList *of_g = &g->options->generator.layers, *of_d = &g->options->discriminator.layers;
    const Player G = { &g->G, of_g, "generator.layers" },
                 D = { &g->D, of_d, "discriminator.layers" };
    const Shape z = { (int)g->options->generator.latent, 1, 1 };
    const Shape pack = { g->pack * g->data.c, g->data.h, g->data.w };

    const int before = e->lines;
    const NetShapes for_g = { z, g->data, g->classes }, for_d = { pack, g->data, g->classes };
    net_infer(&g->G, "generator", for_g, of_g, G.path, e);
    net_infer(&g->D, "discriminator", for_d, of_d, D.path, e);
    if (e->lines > before)
        return e->code;
    g->G.data_parallel = g->D.data_parallel = comm_size() > 1;
    check_players(g, G, D, e);
    if (e->code == GT_OK && g->options->generator.ema > 0)
        TRY(net_infer(&g->average, "generator_ema", for_g, of_g, G.path, e));
    return e->code;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* For the passes of a step on t, if there are any; `number` addresses its random numbers. */
static void plan_trace(Gan *g, Trace *t, unsigned number, Arena *a)
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(g, pass);
    const int pack = t == &g->g_trace ? 1 : g->pack;
    TracePlan how = { .number = number,
                      .group = g->batch / pack,
                      .row_offset = g->row_offset / pack,
                      .global_rows = g->global_batch / pack };
    const Net *net = NULL;
    for (int i = 0; i < n; i++)
        if (pass[i].trace == t) {
            net = pass[i].net;
            how.batch = pass[i].rows;
            how.tangents |= (pass[i].parts & PASS_TANGENTS) != 0;
        }
    if (t == &g->g_trace)
        how.out = mat_rows(g->images, g->batch, how.batch);
    if (net)
        trace_plan(t, net, how, a);
}

/* The players use it in turn. */
static void plan_recv_buffer(Gan *g, Arena *a)
{
    const size_t g_size = net_recv_buffer_size(&g->G), d_size = net_recv_buffer_size(&g->D);
    g->recv_buffer_size = g_size > d_size ? g_size : d_size;
    g->recv_buffer = arena_take(a, g->recv_buffer_size * sizeof *g->recv_buffer);
}

static void plan_losses(Gan *g, Arena *a)
{
    const GanOptions *o = g->options;
    const int R = g->batch / g->pack, F = shape_size(g->D.layer[g->g_layer].out);

    g->d_output = mat_take(a, R, F);
    if (objective_g_reads_real(&o->objective))
        g->on_real = mat_take(a, R, F);
    if (objective_matches_features(&o->objective))
        g->means = mat_take(a, 2, F);
    if (o->discriminator.label_flipping > 0) {
        g->flipped = mat_take(a, 2 * R, 1);
        g->d_flipped = mat_take(a, 2 * R, 1);
    }
    if (penalty_points(&o->penalty) & POINTS_COMPUTED)
        g->points = mat_take(a, R, shape_size(g->D.in));
}

/* Fakes have the classes of the real rows of their batch, so points between them, too. */
static void set_labels(Gan *g)
{
    trace_set_labels(&g->g_trace, g->label ? g->label + g->batch : NULL);
    trace_set_labels(&g->d_trace, g->label);
    trace_set_labels(&g->d_on_points, g->label);
}

static void plan(Arena *a, void *gan)
{
    Gan *g = gan;
    const PlayersOptions *o = &g->options->optimizer;
    const int B = g->batch, X = shape_size(g->data), all = B + g->reference;

    net_plan(&g->G, a);
    net_plan(&g->D, a);
    if (g->average.n)
        net_plan(&g->average, a);
    g->z = mat_take(a, all, shape_size(g->G.in));
    g->images = mat_take(a, B + all, X);
    if (g->G.reads_class || g->D.reads_class)
        g->label = arena_take(a, (size_t)(B + all));
    if (g->reference)
        g->d_images = mat_take(a, all, X);
    plan_trace(g, &g->g_trace, 0, a); /* the numbers are part of RNG_VERSION */
    optim_plan(&g->opt_g, &o->generator, g->G.theta.cols, g->G.rows, a);
    optim_plan(&g->opt_d, &o->discriminator, g->D.theta.cols, g->D.rows, a);
    g->opt_g.data_parallel = g->opt_d.data_parallel = g->D.data_parallel;
    if (!g->dataset)
        return;
    batcher_plan(&g->batcher, g->dataset, g->global_batch, g->seed, a);
    batcher_set_rows(&g->batcher, g->row_offset, B);
    plan_trace(g, &g->d_trace, 1, a);
    plan_trace(g, &g->d_on_fake, 2, a);
    plan_trace(g, &g->d_on_points, 3, a);
    plan_losses(g, a);
    if (g->D.data_parallel) {
        g->columns = arena_take(a, (size_t)X * sizeof *g->columns);
        plan_recv_buffer(g, a);
    }
}

Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int classes,
                 int batch, uint64_t seed, Error *e)
{
    *g = (Gan){ 0 };
    g->options = options;
    g->seed = seed;
    g->global_batch = batch;
    g->pack = (int)options->discriminator.packing;
    g->accumulate = 1;
    g->dataset = data;
    g->data = shape;
    g->classes = classes;
    TRY(infer(g, e));
    g->reference = g->G.reference ? batch : 0;       /* as many as in a batch, as in the paper */
    const RowRange own = comm_rows(batch / g->pack); /* whole rows of D */
    g->row_offset = own.first * g->pack;
    g->batch = own.n * g->pack;
    (void)arena_build(&g->arena, plan, g, e);
    TRY(comm_agree("memory for the nets", e));
    set_labels(g);
    comm_set_buffer(g->recv_buffer, g->recv_buffer_size);
    gan_reset(g);
    return GT_OK;
}
