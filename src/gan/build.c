/* Building a GAN: shapes, what fits and what does not, memory. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/comm.h"

enum {
    TRACE_GEN,
    TRACE_BOTH,
    TRACE_FAKE,
    TRACE_SLOPE
}; /* numbers of the traces, part of RNG_VERSION */

/* ---- do the nets fit? ---------------------------------------------------------------------------------- */

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
    if (!objective_matches_features(o))
        return GT_OK;
    const int layer = objective_layer(o);
    g->matched = layer < 0 ? g->D.n - 2 : layer;
    if (g->matched >= 0 && g->matched < g->D.n - 1) {
        g->matched = net_readable_layer(&g->D, g->matched);
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
    if (!g->D.data_parallel)
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
    g->G.data_parallel = g->D.data_parallel = comm_size() > 1;
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

/* ---- memory ------------------------------------------------------------------------------------------- */

/* Rows of a pass of D, in groups of so many: whose are they? */
static TracePlan of_d(const Gan *g, int rows, int number)
{
    return (TracePlan){
        .batch = rows,
        .group = g->batch / g->pack,
        .number = (unsigned)number,
        .row_offset = g->first / g->pack,
        .global_rows = g->whole / g->pack,
    };
}

static void plan_penalty(Gan *g, int R, Arena *a)
{
    const Spec *penalty = &g->options->penalty;
    TracePlan slope = of_d(g, R, TRACE_SLOPE);
    slope.tangents = true;
    if (penalty_every(penalty))
        trace_plan(&g->slope, &g->D, slope, a);
    if (penalty_makes_points(penalty))
        g->points = mat_take(a, R, shape_size(g->D.in));
}

/* The players' sums take turns in the recv_buffer. */
static void plan_messages(Gan *g, Arena *a)
{
    const size_t of_g = net_recv_buffer_size(&g->G), of_d = net_recv_buffer_size(&g->D);
    g->columns = arena_take(a, (size_t)shape_size(g->data) * sizeof *g->columns);
    g->recv_buffer_size = of_g > of_d ? of_g : of_d;
    g->recv_buffer = arena_take(a, g->recv_buffer_size * sizeof *g->recv_buffer);
}

static void plan_training(Gan *g, const Dataset *data, Arena *a)
{
    const int B = g->batch, R = B / g->pack;

    optim_plan(&g->opt_g, &g->options->optimizer.generator, g->G.theta.cols, g->G.rows, a);
    optim_plan(&g->opt_d, &g->options->optimizer.discriminator, g->D.theta.cols, g->D.rows, a);
    g->opt_g.data_parallel = g->opt_d.data_parallel = g->D.data_parallel;
    if (!data)
        return;
    batcher_plan(&g->batcher, data, g->whole, g->seed, a);
    batcher_set_rows(&g->batcher, g->first, B);
    trace_plan(&g->both, &g->D, of_d(g, 2 * R, TRACE_BOTH), a);
    trace_plan(&g->fake, &g->D, of_d(g, R, TRACE_FAKE), a);
    plan_penalty(g, R, a);
    if (g->D.data_parallel)
        plan_messages(g, a);
    if (objective_is_relativistic(&g->options->objective))
        g->compared = mat_take(a, R, 1);
    if (objective_matches_features(&g->options->objective)) {
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
    trace_plan(&g->gen, &g->G,
               (TracePlan){
                   .batch = rows,
                   .group = B,
                   .number = TRACE_GEN,
                   .out = mat_rows(g->images, B, rows),
                   .row_offset = g->first,
                   .global_rows = g->whole,
               },
               a);
    plan_training(g, p->data, a);
}

static Status take_memory(Gan *g, const Dataset *data, Error *e)
{
    Plan p = { g, data };
    return arena_build(&g->arena, plan, &p, e);
}

static Status build_together(Gan *g, const Dataset *data, Error *e)
{
    const RowShare own = comm_rows(g->whole / g->pack);
    g->first = own.first * g->pack;
    g->batch = own.n * g->pack;
    (void)take_memory(g, data, e);
    return comm_agree("memory for the nets", e);
}

Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int batch,
                 uint64_t seed, Error *e)
{
    *g = (Gan){ 0 };
    g->options = options;
    g->seed = seed;
    g->whole = g->batch = batch;
    g->pack = (int)options->discriminator.packing;
    g->accumulate = 1;
    g->data = shape;
    TRY(infer(g, e));
    g->reference = g->G.reference ? batch : 0; /* as many as in a batch, as in the paper */
    TRY(g->D.data_parallel ? build_together(g, data, e) : take_memory(g, data, e));
    comm_set_buffer(g->recv_buffer, g->recv_buffer_size);
    gan_reset(g);
    return GT_OK;
}
