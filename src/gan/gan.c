/* A GAN as a whole: building, initial state, sampling. What a step does is in models/. */
#include "gantrain/gan/model.h"

#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"
#include "player.h"

/* ---- building -------------------------------------------------------------------------------- */

/* The players use it in turn. */
static void plan_recv_buffer(Gan *g, Arena *a)
{
    g->recv_buffer_size = 0;
    for (int i = 0; i < g->players; i++) {
        const size_t size = net_recv_buffer_size(&g->player[i].net);
        g->recv_buffer_size = size > g->recv_buffer_size ? size : g->recv_buffer_size;
    }
    g->recv_buffer = arena_take(a, g->recv_buffer_size * sizeof *g->recv_buffer);
}

static void plan(Arena *a, void *gan)
{
    Gan *g = gan;
    for (int i = 0; i < g->players; i++)
        player_plan(&g->player[i], a);
    g->model->plan(g, a);
    if (g->dataset && comm_size() > 1)
        plan_recv_buffer(g, a);
}

Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int classes,
                 int batch, uint64_t seed, Error *e)
{
    *g = (Gan){ .model = (const Model *)options->model.is,
                .options = options,
                .seed = seed,
                .global_batch = batch,
                .dataset = data,
                .data = shape,
                .classes = classes,
                .accumulate = 1 };
    TRY(g->model->infer(g, e));
    (void)arena_build(&g->arena, plan, g, e);
    TRY(comm_agree("memory for the nets", e));
    comm_set_buffer(g->recv_buffer, g->recv_buffer_size);
    gan_reset(g);
    return GT_OK;
}

void gan_close(Gan *g)
{
    if (!g)
        return;
    comm_set_buffer(NULL, 0);
    arena_close(&g->arena);
}

/* ---- state ----------------------------------------------------------------------------------- */

void gan_reset(Gan *g)
{
    for (int i = 0; i < g->players; i++)
        player_reset(&g->player[i], g->seed, (unsigned)i);
    g->model->reset(g);
    g->step = g->updates = g->recovered_at = 0;
    gan_scale_lr(g, 0);
}

void gan_scale_lr(Gan *g, int recoveries)
{
    g->recoveries = recoveries;
    for (int i = 0; i < g->players; i++)
        g->player[i].optim.lr_scale = ldexp(1, -recoveries);
}

void gan_refresh_weights(Gan *g)
{
    for (int i = 0; i < g->players; i++)
        net_refresh_weights(&g->player[i].net);
}

void gan_gather_optimizer(Gan *g)
{
    for (int i = 0; i < g->players; i++)
        net_gather_optimizer(&g->player[i].net, &g->player[i].optim);
}

void gan_step(Gan *g, StepStats *s)
{
    *s = (StepStats){ 0 };
    for (int i = 0; i < g->players; i++)
        begin_update(&g->player[i], g);
    g->model->step(g, s);
    g->step++;
}

/* ---- samples --------------------------------------------------------------------------------- */

/* A step updates only the average's parameters; net_refresh_weights computes its weights from
 * them. */
const Net *gan_sampler(Gan *g)
{
    Player *G = &g->player[GENERATOR];
    net_refresh_weights(&G->average);
    return G->average.n ? &G->average : &G->net;
}

int gan_input_cols(const Gan *g)
{
    int cols = 0;
    for (int i = 0; i < g->inputs; i++)
        cols += g->input[i].cols;
    return cols;
}

int gan_find_input(const Gan *g, const char *name)
{
    int col = 0;
    for (int i = 0; i < g->inputs; col += g->input[i++].cols)
        if (strcmp(g->input[i].name, name) == 0)
            return col;
    return -1;
}

void gan_latents(uint64_t seed, Mat z)
{
    mat_normal(z, rng_draw(seed, RNG_SAMPLE, 0, 0), 0);
}

void gan_inputs(const Gan *g, uint64_t seed, Mat out)
{
    const Draw draw = rng_draw(seed, RNG_SAMPLE, 0, 0);
    for (int i = 0; i < out.rows; i++) {
        real *at = mat_rows(out, i, 1).at;
        for (int k = 0; k < g->inputs; at += g->input[k++].cols)
            if (g->input[k].of)
                *at = (real)(i % g->input[k].of);
            else
                mat_normal((Mat){ 1, g->input[k].cols, at }, draw, (uint32_t)i);
    }
}

void gan_sample(Gan *g, View inputs, Mat out)
{
    for (int i = 0; i < inputs.rows; i += g->batch) {
        const int rows = inputs.rows - i < g->batch ? inputs.rows - i : g->batch;
        g->model->sample(g, view_rows(inputs, i, rows), mat_rows(out, i, rows));
    }
}
