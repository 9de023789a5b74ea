/* Building a GAN, sampling from it, and naming its arrays. */
#include "gantrain/gan/gan.h"

#include <stdio.h>
#include <string.h>

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
    if (!bad || !penalty_every(penalty))
        return GT_OK;
    return option_report_at(e, penalty->origin, penalty->line, penalty->column, "penalty",
                            "%s needs second derivatives, which %s (layer %d of the "
                            "discriminator) does not have",
                            penalty->is->name, bad->kind->is.name, bad->number);
}

/* One sample has no variance: batch norm would give a constant. */
static Status check_batch(const Gan *g, Error *e)
{
    if (g->batch > 1 || !(g->G.mixes_batch || g->D.mixes_batch))
        return GT_OK;
    return option_report(
        e, NULL, "train.batch_size",
        "1 is too small for a layer that works on whole batches: expected 2 or more");
}

static Status infer(Gan *g, Error *e)
{
    const GeneratorOptions *go = &g->options->generator;
    const DiscriminatorOptions *dop = &g->options->discriminator;
    const Shape z = { (int)go->latent, 1, 1 };

    net_infer(&g->G, "generator", z, g->data, &go->layers, "generator.layers", e);
    net_infer(&g->D, "discriminator", g->data, g->data, &dop->layers, "discriminator.layers", e);
    if (e->code != GT_OK)
        return e->code;
    check_end(&g->G, &go->layers, "generator.layers", shape_size(g->data), "a sample has",
              "{\"kind\": \"dense\"}, for images with tanh behind it", e);
    check_end(&g->D, &dop->layers, "discriminator.layers", 1, "D gives",
              "{\"kind\": \"dense\", \"units\": 1}", e);
    check_penalty(g, e);
    check_batch(g, e);
    if (go->ema > 0)
        TRY(net_infer(&g->average, "generator_ema", z, g->data, &go->layers, "generator.layers",
                      e));
    return e->code;
}

static void plan_training(Gan *g, const Dataset *data, Arena *a)
{
    const Mat own = { 0, 0, NULL };
    const int B = g->batch;

    optim_plan(&g->opt_g, &g->options->optimizer.generator, g->G.theta.cols, g->G.rows, a);
    optim_plan(&g->opt_d, &g->options->optimizer.discriminator, g->D.theta.cols, g->D.rows, a);
    if (!data)
        return;
    batcher_plan(&g->batcher, data, B, g->seed, a);
    trace_plan(&g->both, &g->D, 2 * B, B, TRACE_BOTH, false, own, a);
    trace_plan(&g->fake, &g->D, B, B, TRACE_FAKE, false, own, a);
    if (penalty_every(&g->options->penalty))
        trace_plan(&g->slope, &g->D, B, B, TRACE_SLOPE, true, own, a);
}

typedef struct Plan {
    Gan *g;
    const Dataset *data;
} Plan;

static void plan(Arena *a, void *plan_me)
{
    const Plan *p = plan_me;
    Gan *g = p->g;
    const int B = g->batch;

    net_plan(&g->G, a);
    net_plan(&g->D, a);
    if (g->average.n)
        net_plan(&g->average, a);
    g->z = mat_take(a, B, shape_size(g->G.in));
    g->images = mat_take(a, 2 * B, shape_size(g->data));
    trace_plan(&g->gen, &g->G, B, B, TRACE_GEN, false, mat_rows(g->images, B, B), a);
    plan_training(g, p->data, a);
}

Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int batch,
                 uint64_t seed, Error *e)
{
    memset(g, 0, sizeof *g);
    g->options = options;
    g->seed = seed;
    g->batch = batch;
    g->data = shape;
    TRY(infer(g, e));

    Plan p = { g, data };
    TRY(arena_build(&g->arena, plan, &p, e));
    net_init(&g->G, seed, PLAYER_G);
    net_init(&g->D, seed, PLAYER_D);
    if (g->average.n) {
        mat_copy(g->average.theta, view(g->G.theta));
        mat_copy(g->average.buffers, view(g->G.buffers));
    }
    return GT_OK;
}

void gan_close(Gan *g)
{
    if (g)
        arena_close(&g->arena);
}

/* ---- sampling --------------------------------------------------------------------------------------- */

const Net *gan_sampler(const Gan *g)
{
    return g->average.n ? &g->average : &g->G;
}

void gan_latents(uint64_t seed, Mat z)
{
    mat_normal(z, rng_draw(seed, RNG_SAMPLE, 0, 0), 0);
}

void gan_sample(Gan *g, View z, Mat out)
{
    for (int i = 0; i < z.rows; i += g->batch) {
        const int rows = z.rows - i < g->batch ? z.rows - i : g->batch;
        const View y = net_forward(gan_sampler(g), &g->gen, view_rows(z, i, rows), 0);
        mat_copy(mat_rows(out, i, rows), y);
    }
}

/* ---- facts ------------------------------------------------------------------------------------------ */

/* Forward, parameter gradients, input gradients (not of the first layer) of D on 2B rows and G on B;
 * the generator's turn asks D for input gradients only; a penalty takes four products a layer (what a
 * curved activation adds to the last two is left out). */
double gan_flops(const Gan *g)
{
    const double d = net_flops(&g->D), d_first = net_layer_flops(&g->D, 0);
    const double gen = net_flops(&g->G), gen_first = net_layer_flops(&g->G, 0);
    const double d_turn = gen + 2 * (3 * d - d_first);
    const double g_turn = 2 * d + 2 * gen - gen_first;
    const int64_t every = penalty_every(&g->options->penalty);
    const double slope = every ? 4 * d / (double)every : 0;
    return g->batch * ((double)g->options->discriminator.steps * (d_turn + slope) + g_turn);
}

/* ---- names ------------------------------------------------------------------------------------------ */

static void visit_net(const Net *net, TensorVisit visit, void *args)
{
    char name[128];
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        for (int j = 0; j < l->n_params + l->n_buffers; j++) {
            const LayerArray *a = j < l->n_params ? &l->param[j] : &l->buffer[j - l->n_params];
            snprintf(name, sizeof name, "%s.%d.%s", net->name, i, a->name);
            visit(args, name, a->rank, a->value);
        }
    }
}

/* A slot is laid out as theta is: the part that belongs to a parameter lies at the same place. */
static void visit_optim(const Net *net, const Optim *o, TensorVisit visit, void *args)
{
    char name[128];
    for (int s = 0; s < o->kind->slots; s++)
        for (int i = 0; i < net->n; i++)
            for (int j = 0; j < net->layer[i].n_params; j++) {
                const LayerArray *a = &net->layer[i].param[j];
                Mat part = a->value;
                part.at = o->slot[s].at + (a->value.at - net->theta.at);
                snprintf(name, sizeof name, "optimizer.%s.%s.%d.%s", net->name,
                         o->kind->slot_name[s], i, a->name);
                visit(args, name, a->rank, part);
            }
}

void gan_tensors(const Gan *g, TensorVisit visit, void *args)
{
    visit_net(&g->G, visit, args);
    visit_net(&g->average, visit, args);
    visit_net(&g->D, visit, args);
    visit_optim(&g->G, &g->opt_g, visit, args);
    visit_optim(&g->D, &g->opt_d, visit, args);
}
