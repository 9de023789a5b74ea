/* The phases of a step, timed one by one with the calls that the step makes. */
#include "bench_work.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"

/* So few that Adam's moments, which decay without gradients, do not become denormal. */
enum { MAX_CALLS = 60 };

typedef struct Call {
    Bench *bench;
    const GanPass *pass; /* of `multiply` */
} Call;

/* Mean seconds of a call; the calls take about 50 ms. */
static double time_call(Call c, void (*run)(const Call *c))
{
    double start = progress_now();
    run(&c);
    const int n = (int)fmax(1, fmin(MAX_CALLS, 0.05 / max_over_ranks(progress_now() - start)));
    start = progress_now();
    for (int i = 0; i < n; i++)
        run(&c);
    return (progress_now() - start) / n;
}

static void draw_data(const Call *c)
{
    Gan *g = &c->bench->run.gan;
    batcher_draw(&g->game.batcher, g->updates, mat_rows(g->game.images, 0, g->batch));
}

static void draw_noise(const Call *c)
{
    Gan *g = &c->bench->run.gan;
    mat_normal(mat_rows(g->game.z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, g->updates), 0);
}

static void update(const Call *c)
{
    Gan *g = &c->bench->run.gan;
    for (Player *p = g->player; p < g->player + g->players; p++)
        for (int k = 0; k < p->per_step; k++)
            net_update(&p->net, &p->optim);
}

static void exchange(const Call *c)
{
    Gan *g = &c->bench->run.gan;
    for (Player *p = g->player; p < g->player + g->players; p++)
        for (int k = 0; k < p->per_step; k++)
            net_time_exchange(&p->net);
}

/* The products of one layer in a pass, with parts of the large matrices as operands. */
static void multiply_layer(const Bench *b, const GanPass *pass, int layer)
{
    const Layer *l = &pass->net->layer[layer];
    const int rows = pass->rows, in = shape_size(l->in), out = shape_size(l->out);
    const View x = { rows, in, b->a.at }, dy = { rows, out, b->a.at }, W = { out, in, b->b.at };
    const LayerProducts n = pass_products(pass, layer);
    for (int i = 0; i < n.y; i++)
        gemm(N, x, T, W, 0, (Mat){ rows, out, b->c.at });
    for (int i = 0; i < n.dW; i++)
        gemm(T, (View){ rows, out, b->c.at }, N, x, 0, (Mat){ out, in, b->b.at });
    for (int i = 0; i < n.dx; i++)
        gemm(N, dy, N, W, 0, (Mat){ rows, in, b->c.at });
}

static void multiply(const Call *c)
{
    for (int i = 0; i < c->pass->net->n; i++)
        if (net_layer_flops(c->pass->net, i) > 0)
            multiply_layer(c->bench, c->pass, i);
}

void bench_phases(Bench *b)
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(&b->run.gan, pass);
    const Call step = { b, NULL };
    const int batches = gan_d_batches(&b->run.gan);
    double *seconds = b->phase_s, rest = 1 / b->median_rate;
    seconds[DATA] = batches * time_call(step, draw_data);
    seconds[NOISE] = batches * time_call(step, draw_noise);
    seconds[MESSAGES] = time_call(step, exchange);
    seconds[OPTIMIZER] = fmax(0, time_call(step, update) - seconds[MESSAGES]);
    for (int i = 0; i < n; i++)
        seconds[GEMM] += pass[i].times * time_call((Call){ b, &pass[i] }, multiply);
    for (Phase p = 0; p < PHASES; p++)
        rest -= seconds[p];
    seconds[ELEMENTWISE] = fmax(0, rest);
}
