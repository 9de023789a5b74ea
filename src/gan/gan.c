/* Building a GAN and sampling from it. */
#include "gantrain/gan/gan.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"

enum { PLAYER_G, PLAYER_D }; /* whose initial weights                */
enum {
    TRACE_GEN,
    TRACE_BOTH,
    TRACE_FAKE,
    TRACE_SLOPE
}; /* numbers of the traces, part of RNG_VERSION */

/* ---- building --------------------------------------------------------------------------------------- */

static Status check_end(const Net *net, const SpecList *list, const char *path, int want,
                        const char *what, const char *hint, Error *e)
{
    const int end = shape_size(net->out);
    if (end == want)
        return GT_OK;
    return option_report_at(e, list->origin, list->line, list->column, path,
                            "the last layer gives %d values, %s %d: end with %s", end, what, want,
                            hint);
}

static Status check_penalty(const Gan *g, Error *e)
{
    const Spec *penalty = &g->options->penalty;
    const Layer *bad = net_without_tangents(&g->D);
    if (!bad || !penalty_every(penalty) || (bad->kind->flags & LAYER_REFERENCE))
        return GT_OK; /* what belongs in no discriminator is told as that */
    return option_report_at(e, penalty->origin, penalty->line, penalty->column, "penalty",
                            "%s needs second derivatives, which %s (layer %d of the "
                            "discriminator) does not have",
                            penalty->is->name, bad->kind->is.name, bad->number);
}

/* One sample has no variance: batch norm would give a constant. */
static Status check_batch(const Gan *g, Error *e)
{
    const int rows = g->D.mixes_batch ? g->whole / g->pack : g->whole;
    if (rows > 1 || !(g->G.mixes_batch || g->D.mixes_batch))
        return GT_OK;
    return option_report_at(e, g->options->generator.layers.origin, 0, 0, "train.batch_size",
                            "%d is too small for a layer that works on whole batches: expected 2 "
                            "or more%s",
                            g->whole, g->pack > 1 ? " times discriminator.packing" : "");
}

static Status check_packing(const Gan *g, Error *e)
{
    if (g->whole % g->pack == 0)
        return GT_OK;
    return option_report_at(e, g->options->discriminator.layers.origin, 0, 0,
                            "discriminator.packing", "%d does not divide train.batch_size (%d)",
                            g->pack, g->whole);
}

/* The layer that feature matching reads: before the last dense one unless the config says. */
static Status find_matched(Gan *g, Error *e)
{
    const Spec *o = &g->options->objective;
    if (!objective_matches(o))
        return GT_OK;
    const int layer = objective_layer(o);
    g->matched = layer < 0 ? g->D.n - 2 : layer;
    if (g->matched >= 0 && g->matched < g->D.n - 1) {
        g->matched = net_visible(&g->D, g->matched);
        return GT_OK;
    }
    if (g->D.n < 2)
        return option_report_at(e, o->origin, o->line, o->column, "objective",
                                "%s needs a hidden layer in the discriminator", o->is->name);
    return option_report_at(e, o->origin, o->line, o->column, "objective.layer",
                            "%d is no hidden layer of the discriminator: expected 0 to %d", layer,
                            g->D.n - 2);
}

/* Layers with a property that this player cannot have. */
static void check_layers(const Net *net, const SpecList *list, const char *path, unsigned flag,
                         const char *why, Error *e)
{
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        if (l->kind->flags & flag)
            option_report_at(e, list->origin, list->line, list->column, path, "%s (layer %d) %s",
                             l->kind->is.name, l->number, why);
    }
}

/* What several ranks cannot train together. */
static void check_ranks(const Gan *g, Error *e)
{
    const int rows = g->whole / g->pack;
    static const char alone[] = "looks at samples of other ranks: train it on one";
    if (!g->D.shared)
        return;
    if (rows < comm_size())
        option_report_at(e, g->options->discriminator.layers.origin, 0, 0, "train.batch_size",
                         "%d samples are %d rows of the discriminator, too few for %d ranks",
                         g->whole, rows, comm_size());
    check_layers(&g->G, &g->options->generator.layers, "generator.layers",
                 LAYER_COMPARES | LAYER_REFERENCE, alone, e);
    check_layers(&g->D, &g->options->discriminator.layers, "discriminator.layers", LAYER_COMPARES,
                 alone, e);
}

static Status infer(Gan *g, Error *e)
{
    const GeneratorOptions *go = &g->options->generator;
    const DiscriminatorOptions *dop = &g->options->discriminator;
    const Shape z = { (int)go->latent, 1, 1 };
    const Shape pack = { g->pack * g->data.c, g->data.h, g->data.w };

    net_infer(&g->G, "generator", z, g->data, &go->layers, "generator.layers", e);
    net_infer(&g->D, "discriminator", pack, g->data, &dop->layers, "discriminator.layers", e);
    if (e->code != GT_OK)
        return e->code;
    g->G.shared = g->D.shared = comm_size() > 1;
    check_end(&g->G, &go->layers, "generator.layers", shape_size(g->data), "a sample has",
              "{\"kind\": \"dense\"}, for images with tanh behind it", e);
    check_end(&g->D, &dop->layers, "discriminator.layers", 1, "D gives",
              "{\"kind\": \"dense\", \"units\": 1}", e);
    check_penalty(g, e);
    check_batch(g, e);
    check_packing(g, e);
    check_ranks(g, e);
    find_matched(g, e);
    /* a sample is a function of its latent alone, whatever is drawn beside it */
    check_layers(&g->G, &go->layers, "generator.layers", LAYER_COMPARES,
                 "compares the samples of a batch: it belongs in the discriminator", e);
    /* D sees other samples in every pass: no batch of them is fixed */
    check_layers(&g->D, &dop->layers, "discriminator.layers", LAYER_REFERENCE,
                 "needs a reference batch, which only the generator has: use batch_norm or "
                 "layer_norm",
                 e);
    if (go->ema > 0)
        TRY(net_infer(&g->average, "generator_ema", z, g->data, &go->layers, "generator.layers",
                      e));
    return e->code;
}

static void plan_penalty(Gan *g, int R, Arena *a)
{
    const Mat own = { 0, 0, NULL };
    const Spec *penalty = &g->options->penalty;
    if (penalty_every(penalty))
        trace_plan(&g->slope, &g->D, R, R, TRACE_SLOPE, true, own, a);
    if (penalty_makes_points(penalty))
        g->points = mat_take(a, R, shape_size(g->D.in));
}

/* Which rows of the whole batch are this rank's. */
static void share_traces(Gan *g)
{
    const int first = g->first / g->pack, of = g->whole / g->pack;
    trace_share(&g->gen, g->first, g->whole);
    trace_share(&g->both, first, of);
    trace_share(&g->fake, first, of);
    if (penalty_every(&g->options->penalty))
        trace_share(&g->slope, first, of);
    g->opt_g.shared = g->opt_d.shared = g->D.shared;
}

/* The players' sums take turns in the inbox. */
static void plan_messages(Gan *g, Arena *a)
{
    const size_t of_g = net_inbox(&g->G), of_d = net_inbox(&g->D);
    g->columns = arena_take(a, (size_t)shape_size(g->data) * sizeof *g->columns);
    g->inbox_size = of_g > of_d ? of_g : of_d;
    g->inbox = arena_take(a, g->inbox_size * sizeof *g->inbox);
}

static void plan_training(Gan *g, const Dataset *data, Arena *a)
{
    const Mat own = { 0, 0, NULL };
    const int B = g->batch, R = B / g->pack;

    optim_plan(&g->opt_g, &g->options->optimizer.generator, g->G.theta.cols, g->G.rows, a);
    optim_plan(&g->opt_d, &g->options->optimizer.discriminator, g->D.theta.cols, g->D.rows, a);
    if (!data)
        return;
    batcher_plan(&g->batcher, data, g->whole, g->seed, a);
    batcher_share(&g->batcher, g->first, B);
    trace_plan(&g->both, &g->D, 2 * R, R, TRACE_BOTH, false, own, a);
    trace_plan(&g->fake, &g->D, R, R, TRACE_FAKE, false, own, a);
    plan_penalty(g, R, a);
    share_traces(g);
    if (g->D.shared)
        plan_messages(g, a);
    if (objective_compares(&g->options->objective))
        g->compared = mat_take(a, R, 1);
    if (objective_matches(&g->options->objective)) {
        const int F = shape_size(g->D.layer[g->matched].out);
        g->features = mat_take(a, 2, F);
        g->d_feature = mat_take(a, R, F);
    }
}

typedef struct Plan {
    Gan *g;
    const Dataset *data;
} Plan;

static void plan(Arena *a, void *plan_me)
{
    const Plan *p = plan_me;
    Gan *g = p->g;
    const int B = g->batch, rows = B + g->reference; /* of a pass of G */

    net_plan(&g->G, a);
    net_plan(&g->D, a);
    if (g->average.n)
        net_plan(&g->average, a);
    g->z = mat_take(a, rows, shape_size(g->G.in));
    g->images = mat_take(a, B + rows, shape_size(g->data));
    if (g->reference)
        g->d_images = mat_take(a, rows, shape_size(g->data));
    trace_plan(&g->gen, &g->G, rows, B, TRACE_GEN, false, mat_rows(g->images, B, rows), a);
    plan_training(g, p->data, a);
}

Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int batch,
                 uint64_t seed, Error *e)
{
    memset(g, 0, sizeof *g);
    g->options = options;
    g->seed = seed;
    g->whole = g->batch = batch;
    g->pack = (int)options->discriminator.packing;
    g->accumulate = 1;
    g->data = shape;
    TRY(infer(g, e));
    if (g->D.shared) {
        const RowShare own = comm_rows(batch / g->pack);
        g->first = own.first * g->pack;
        g->batch = own.n * g->pack;
    }
    g->reference = g->G.reference ? batch : 0; /* as many as in a batch, as in the paper */

    Plan p = { g, data };
    TRY(arena_build(&g->arena, plan, &p, e));
    comm_lend(g->inbox, g->inbox_size);
    gan_begin(g);
    return GT_OK;
}

static void begin_optim(Optim *o)
{
    o->t = 0;
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            mat_fill(o->slot[i], 0);
}

static void begin_net(Net *net, uint64_t seed, unsigned player)
{
    net_init(net, seed, player);
    mat_fill(net->dtheta, 0);
    net->gradient = false;
}

void gan_begin(Gan *g)
{
    begin_net(&g->G, g->seed, PLAYER_G);
    begin_net(&g->D, g->seed, PLAYER_D);
    if (g->average.n) {
        mat_copy(g->average.theta, view(g->G.theta));
        mat_copy(g->average.buffers, view(g->G.buffers));
    }
    mat_normal(mat_rows(g->z, g->batch, g->reference), rng_draw(g->seed, RNG_REFERENCE, 0, 0), 0);
    begin_optim(&g->opt_g);
    begin_optim(&g->opt_d);
    g->step = g->updates = g->recovered_at = 0;
    gan_slow_down(g, 0);
}

void gan_slow_down(Gan *g, int recoveries)
{
    g->recoveries = recoveries;
    g->opt_g.factor = g->opt_d.factor = ldexp(1, -recoveries);
}

void gan_prepare(Gan *g)
{
    net_prepare(&g->G);
    net_prepare(&g->D);
}

void gan_close(Gan *g)
{
    if (!g)
        return;
    comm_lend(NULL, 0);
    arena_close(&g->arena);
}

/* ---- sampling --------------------------------------------------------------------------------------- */

/* The average moves with every step: its weights are made when they are wanted. */
const Net *gan_sampler(Gan *g)
{
    net_prepare(&g->average);
    return g->average.n ? &g->average : &g->G;
}

void gan_latents(uint64_t seed, Mat z)
{
    mat_normal(z, rng_draw(seed, RNG_SAMPLE, 0, 0), 0);
}

/* Latents as the generator takes them: where there is a reference batch, always B rows before it, of
 * which the last may be left over from earlier. */
static View beside_reference(Gan *g, View z)
{
    if (!g->reference)
        return z;
    mat_copy(mat_rows(g->z, 0, z.rows), z);
    return view(g->z);
}

void gan_sample(Gan *g, View z, Mat out)
{
    const Net *sampler = gan_sampler(g);
    for (int i = 0; i < z.rows; i += g->batch) {
        const int rows = z.rows - i < g->batch ? z.rows - i : g->batch;
        const View y = net_forward(sampler, &g->gen, beside_reference(g, view_rows(z, i, rows)), 0);
        mat_copy(mat_rows(out, i, rows), view_rows(y, 0, rows));
    }
}

/* ---- facts ------------------------------------------------------------------------------------------ */

/* Of one turn of D: G forward; D forward, parameter gradients, input gradients (not of the first layer)
 * on real and fake; a penalty takes four products a layer (what a curved layer adds to the last two is
 * left out). R rows of D are B samples. */
static double d_flops(const Gan *g)
{
    const Spec *penalty = &g->options->penalty;
    const double d = net_flops(&g->D), first = net_layer_flops(&g->D, 0), R = g->batch / g->pack;
    const double every = (double)penalty_every(penalty);
    const double slope = every > 0 ? penalty_places(penalty) * 4 * d / every : 0;
    return (g->batch + g->reference) * net_flops(&g->G) + R * (2 * (3 * d - first) + slope);
}

/* Of turn k of G: D forward and input gradients on fakes, forward on real ones where they are looked at;
 * parameter and input gradients of G, and its forward pass where D's fakes are not used again. */
static double g_flops(const Gan *g, int k)
{
    const double d = net_flops(&g->D), gen = net_flops(&g->G), R = g->batch / g->pack;
    const bool again = k > 0 || g->accumulate > 1;
    const bool looks = objective_compares(&g->options->objective) || g->features.rows > 0;
    return R * (looks ? 3 * d : 2 * d) +
           (g->batch + g->reference) * ((again ? 3 : 2) * gen - net_layer_flops(&g->G, 0));
}

double gan_flops(const Gan *g)
{
    double sum = (double)g->options->discriminator.steps * d_flops(g);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        sum += g_flops(g, k);
    return g->accumulate * sum;
}

void gan_gather(Gan *g)
{
    net_gather(&g->G, &g->opt_g);
    net_gather(&g->D, &g->opt_d);
}
