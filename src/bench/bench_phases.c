/* The phases of a step: the same calls that it makes, timed by themselves. */
#include "bench_work.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"

/* Calls of one phase: few enough that Adam's moments, which get no gradient, stay normal numbers. */
enum { CALLS = 60 };

/* Seconds of one call of fn, from as many as fit into a twentieth of a second. */
static double measure_call(Bench *b, void (*fn)(Bench *b))
{
    double began = progress_now();
    fn(b);
    const int n = (int)fmax(1, fmin(CALLS, 0.05 / bench_slowest(progress_now() - began)));
    began = progress_now();
    for (int i = 0; i < n; i++)
        fn(b);
    return (progress_now() - began) / n;
}

static void draw_data(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < bench_d_batches(g); k++)
        batcher_draw(&g->batcher, g->updates, mat_rows(g->images, 0, g->batch));
}

static void draw_noise(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < bench_d_batches(g); k++)
        mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, g->updates), 0);
}

static void optimise(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        net_update(&g->D, &g->opt_d);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        net_update(&g->G, &g->opt_g);
}

/* The messages of the updates. */
static void exchange(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        net_time_exchange(&g->D);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        net_time_exchange(&g->G);
}

/* The products of one layer: y [rows,out], dW, dx as asked for. Operands are taken from the large
 * matrices: only the shapes matter. */
static void layer_products(Bench *b, const Layer *l, int rows, bool forward, bool dW, bool dx)
{
    if (!l->kind->flops)
        return;
    const int in = shape_size(l->in), out = shape_size(l->out);
    const View x = { rows, in, b->a.at }, W = { out, in, b->b.at };
    const Mat y = { rows, out, b->c.at };
    if (forward)
        gemm(N, x, T, W, 0, y);
    if (dW)
        gemm(T, view(y), N, x, 0, (Mat){ out, in, b->b.at });
    if (dx)
        gemm(N, (View){ rows, out, b->a.at }, N, W, 0, (Mat){ rows, in, b->c.at });
}

static void multiply(Bench *b)
{
    const Gan *g = &b->run.gan;
    const int rows = g->batch + g->reference, R = g->batch / g->pack;
    const bool reused = g->accumulate == 1; /* the first of G's batches */
    for (int k = 0; k < bench_d_batches(g); k++) {
        for (int i = 0; i < g->G.n; i++)
            layer_products(b, &g->G.layer[i], rows, true, false, false);
        for (int i = 0; i < g->D.n; i++)
            layer_products(b, &g->D.layer[i], 2 * R, true, true, i > 0);
    }
    for (int k = 0; k < bench_g_batches(g); k++) {
        for (int i = 0; i < g->D.n; i++)
            layer_products(b, &g->D.layer[i], R, true, false, true);
        for (int i = 0; i < g->G.n; i++)
            layer_products(b, &g->G.layer[i], rows, k > 0 || !reused, true, i > 0);
    }
}

/* The four passes of a penalty. */
static void multiply_penalty(Bench *b)
{
    const Gan *g = &b->run.gan;
    const int R = g->batch / g->pack;
    for (int i = 0; i < g->D.n; i++) {
        layer_products(b, &g->D.layer[i], R, true, false, true);
        layer_products(b, &g->D.layer[i], R, true, true, false);
    }
}

static double measure_products(Bench *b)
{
    const Gan *g = &b->run.gan;
    const Spec *penalty = &g->options->penalty;
    const double times = penalty_places(penalty) * (double)bench_d_batches(g);
    double sum = measure_call(b, multiply);
    if (times > 0)
        sum += times / (double)penalty_every(penalty) * measure_call(b, multiply_penalty);
    return sum;
}

void bench_phases(Bench *b)
{
    b->data_s = measure_call(b, draw_data);
    b->noise_s = measure_call(b, draw_noise);
    b->messages_s = measure_call(b, exchange);
    b->optimiser_s = fmax(0, measure_call(b, optimise) - b->messages_s);
    b->gemm_s = measure_products(b);
}
