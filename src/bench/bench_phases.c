/* The phases of a step, timed one by one with the calls that the step makes. */
#include "bench_work.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"

/* So few that Adam's moments, which decay without gradients, do not become denormal. */
enum { MAX_CALLS = 60 };

typedef struct Phase {
    Bench *bench;
    const GanPass *pass; /* of `multiply` */
} Phase;

/* Mean seconds of a call; the calls take about 50 ms. */
static double time_call(Phase p, void (*run)(const Phase *p))
{
    double start = progress_now();
    run(&p);
    const int n = (int)fmax(1, fmin(MAX_CALLS, 0.05 / max_over_ranks(progress_now() - start)));
    start = progress_now();
    for (int i = 0; i < n; i++)
        run(&p);
    return (progress_now() - start) / n;
}

static void draw_data(const Phase *p)
{
    Gan *g = &p->bench->run.gan;
    for (int k = 0; k < gan_d_batches(g); k++)
        batcher_draw(&g->batcher, g->updates, mat_rows(g->images, 0, g->batch));
}

static void draw_noise(const Phase *p)
{
    Gan *g = &p->bench->run.gan;
    for (int k = 0; k < gan_d_batches(g); k++)
        mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, g->updates), 0);
}

static void update(const Phase *p)
{
    Gan *g = &p->bench->run.gan;
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        net_update(&g->D, &g->opt_d);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        net_update(&g->G, &g->opt_g);
}

static void exchange(const Phase *p)
{
    Gan *g = &p->bench->run.gan;
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        net_time_exchange(&g->D);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        net_time_exchange(&g->G);
}

/* The products of one layer in a pass. Their shapes are right; the operands are parts of the
 * large matrices. */
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

static void multiply(const Phase *p)
{
    for (int i = 0; i < p->pass->net->n; i++)
        if (net_layer_flops(p->pass->net, i) > 0)
            multiply_layer(p->bench, p->pass, i);
}

static double time_products(Bench *b)
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(&b->run.gan, pass);
    double seconds = 0;
    for (int i = 0; i < n; i++)
        seconds += pass[i].times * time_call((Phase){ b, &pass[i] }, multiply);
    return seconds;
}

void bench_phases(Bench *b)
{
    const Phase step = { b, NULL };
    b->data_s = time_call(step, draw_data);
    b->noise_s = time_call(step, draw_noise);
    b->messages_s = time_call(step, exchange);
    b->optimizer_s = fmax(0, time_call(step, update) - b->messages_s);
    b->gemm_s = time_products(b);
}
