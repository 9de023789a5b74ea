/* The step in rounds: a large product for the peak, then a run of steps, again and again. The phases
 * are the same calls that the step makes, timed by themselves; what is left over is elementwise work. */
#include "gantrain/run/bench.h"

#include <stdlib.h>

#include "gantrain/base/sort.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "gantrain/run/run.h"

enum { PEAK = 1536, ROUNDS = 12, WARM_STEPS = 20 };
/* Calls of one phase: few enough that Adam's moments, which get no gradient, stay normal numbers. */
enum { CALLS = 60 };

typedef struct Bench {
    Run run;
    Mat a, b, c; /* [side,side] each; the peak's product takes PEAK of side */
    int side;
    Arena arena;
    double peak;                                 /* best GFLOP/s of a product     */
    double rate[ROUNDS];                         /* steps a second of every round */
    double data_s, noise_s, optimiser_s, gemm_s; /* of one step */
} Bench;

static void plan(Arena *arena, void *plan_me)
{
    Bench *b = plan_me;
    b->a = mat_take(arena, b->side, b->side);
    b->b = mat_take(arena, b->side, b->side);
    b->c = mat_take(arena, b->side, b->side);
}

/* The side of a square that holds every operand of a net's products with `rows` rows. */
static int operand_side(const Net *net, int rows, int least)
{
    double most = (double)least * least;
    for (int i = 0; i < net->n; i++) {
        const double in = shape_size(net->layer[i].in), out = shape_size(net->layer[i].out);
        most = fmax(most, fmax(in * out, rows * fmax(in, out)));
    }
    return (int)ceil(sqrt(most));
}

static Status open_bench(Bench *b, Error *e)
{
    const Draw d = rng_draw((uint64_t)b->run.config.seed, RNG_SAMPLE, 1, 0);
    TRY(run_open(&b->run, e));
    TRY(blas_load(parallel_threads(), e));
    b->side = operand_side(&b->run.gan.G, b->run.gan.batch + b->run.gan.reference, PEAK);
    b->side = operand_side(&b->run.gan.D, 2 * b->run.gan.batch, b->side);
    TRY(arena_build(&b->arena, plan, b, e));
    mat_normal(b->a, d, 0);
    mat_normal(b->b, d, (uint32_t)b->side);
    return GT_OK;
}

static void close_bench(Bench *b)
{
    arena_close(&b->arena);
    run_close(&b->run);
}

/* ---- timing ------------------------------------------------------------------------------------- */

static void our_product(Bench *b)
{
    gemm(N, (View){ PEAK, PEAK, b->a.at }, N, (View){ PEAK, PEAK, b->b.at }, 0,
         (Mat){ PEAK, PEAK, b->c.at });
}

/* OpenBLAS on one thread for every panel of rows. */
static void blas_panel(void *args, int i)
{
    const Bench *b = args;
    const int threads = parallel_threads();
    const int begin = PEAK * i / threads, rows = PEAK * (i + 1) / threads - begin;
    const size_t first = (size_t)begin * PEAK;
    blas_gemm((View){ rows, PEAK, b->a.at + first }, (View){ PEAK, PEAK, b->b.at },
              (Mat){ rows, PEAK, b->c.at + first });
}

static void blas_product(Bench *b)
{
    parallel_for(parallel_threads(), blas_panel, b);
}

static void measure_peak(Bench *b)
{
    static void (*const product[])(Bench *) = { our_product, blas_product };
    const double flops = 2.0 * PEAK * PEAK * PEAK;
    for (int i = 0; i < 4; i++) {
        const double began = progress_now();
        product[i % 2](b);
        b->peak = fmax(b->peak, flops / (progress_now() - began) * 1e-9);
    }
}

static double measure_steps(Bench *b, double seconds)
{
    StepStats s;
    const double began = progress_now();
    double now = began;
    int n = 0;
    for (; n < 2 || now - began < seconds; n++) {
        gan_step(&b->run.gan, &s);
        now = progress_now();
    }
    return n / (now - began);
}

/* Seconds of one call of fn, from as many as fit into a twentieth of a second. */
static double measure_call(Bench *b, void (*fn)(Bench *b))
{
    fn(b);
    const double began = progress_now();
    double now = began;
    int n = 0;
    for (; n < CALLS && now - began < 0.05; n++) {
        fn(b);
        now = progress_now();
    }
    return (now - began) / n;
}

/* Batches that each player sees in a step. */
static int d_batches(const Gan *g)
{
    return (int)g->options->discriminator.steps * g->accumulate;
}

static int g_batches(const Gan *g)
{
    return (int)g->options->generator.steps * g->accumulate;
}

static void draw_data(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < d_batches(g); k++)
        batcher_draw(&g->batcher, g->updates, mat_rows(g->images, 0, g->batch));
}

static void draw_noise(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < d_batches(g); k++)
        mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, g->updates), 0);
}

static void optimise(Bench *b)
{
    Gan *g = &b->run.gan;
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        net_move(&g->D, &g->opt_d);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        net_move(&g->G, &g->opt_g);
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
    for (int k = 0; k < d_batches(g); k++) {
        for (int i = 0; i < g->G.n; i++)
            layer_products(b, &g->G.layer[i], rows, true, false, false);
        for (int i = 0; i < g->D.n; i++)
            layer_products(b, &g->D.layer[i], 2 * R, true, true, i > 0);
    }
    for (int k = 0; k < g_batches(g); k++) {
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
    const double times = penalty_places(penalty) * (double)d_batches(g);
    double sum = measure_call(b, multiply);
    if (times > 0)
        sum += times / (double)penalty_every(penalty) * measure_call(b, multiply_penalty);
    return sum;
}

static void measure(Bench *b, double seconds)
{
    StepStats s;
    for (int i = 0; i < WARM_STEPS; i++)
        gan_step(&b->run.gan, &s);
    for (int i = 0; i < ROUNDS; i++) {
        measure_peak(b);
        b->rate[i] = measure_steps(b, seconds / ROUNDS);
    }
    sort_ascending(b->rate, ROUNDS);
    b->data_s = measure_call(b, draw_data);
    b->noise_s = measure_call(b, draw_noise);
    b->optimiser_s = measure_call(b, optimise);
    b->gemm_s = measure_products(b);
}

/* ---- telling ------------------------------------------------------------------------------------ */

static double examples(const Bench *b)
{
    return (double)b->run.gan.batch * d_batches(&b->run.gan);
}

static double elementwise(const Bench *b, double step)
{
    const double rest = step - b->gemm_s - b->optimiser_s - b->data_s - b->noise_s;
    return rest > 0 ? rest : 0;
}

static void tell_json(const Bench *b, double rate, double flops, Text *out)
{
    const double step = 1 / rate;
    text_add(out,
             "{\"steps_per_s\": %.6g, \"examples_per_s\": %.6g, \"flops_per_step\": %.6g, "
             "\"gflops\": %.6g, \"peak_gflops\": %.6g, \"utilization\": %.4f, \"threads\": %d, "
             "\"kernel\": \"%s\", \"blas\": \"%s\", \"slowest_steps_per_s\": %.6g, "
             "\"fastest_steps_per_s\": %.6g, ",
             rate, rate * examples(b), flops, flops * rate * 1e-9, b->peak,
             flops * rate * 1e-9 / b->peak, parallel_threads(), gemm_kernel()->name, blas_core(),
             b->rate[0], b->rate[ROUNDS - 1]);
    text_add(out,
             "\"phases\": {\"gemm\": %.6g, \"optimizer\": %.6g, \"data\": %.6g, \"noise\": %.6g, "
             "\"elementwise\": %.6g}}\n",
             b->gemm_s, b->optimiser_s, b->data_s, b->noise_s, elementwise(b, step));
}

static void tell_phase(const char *name, double seconds, double step, Text *out)
{
    text_add(out, "  %-12s %8.3f ms  %5.1f %%\n", name, seconds * 1e3, 100 * seconds / step);
}

static void tell_people(const Bench *b, double rate, double flops, Text *out)
{
    const double step = 1 / rate, gflops = flops * rate * 1e-9;
    text_add(out, "%s: batch %d, %d threads, kernels for %s\n", b->run.config.name,
             b->run.gan.batch, parallel_threads(), gemm_kernel()->name);
    text_add(out, "  %.1f steps/s (rounds: %.1f to %.1f), %.0f examples/s, %.3f ms a step\n", rate,
             b->rate[0], b->rate[ROUNDS - 1], rate * examples(b), step * 1e3);
    text_add(out, "  %.1f MFLOP a step, %.1f GFLOP/s of %.1f at best: utilization %.3f\n\n",
             flops * 1e-6, gflops, b->peak, gflops / b->peak);
    tell_phase("gemm", b->gemm_s, step, out);
    tell_phase("optimizer", b->optimiser_s, step, out);
    tell_phase("data", b->data_s, step, out);
    tell_phase("noise", b->noise_s, step, out);
    tell_phase("elementwise", elementwise(b, step), step, out);
}

Status bench(const char *config, const Override *overrides, int n, double seconds, bool json,
             Text *out, Error *e)
{
    Bench *b = calloc(1, sizeof *b);
    if (!b)
        return fail(e, GT_ERESOURCE, "no memory for a bench");
    b->run.folder.lock = -1;
    Status s = config_read(&b->run.config, config, overrides, n, e);
    if (s == GT_OK)
        s = open_bench(b, e);
    if (s == GT_OK) {
        measure(b, seconds);
        const double flops = gan_flops(&b->run.gan);
        (json ? tell_json : tell_people)(b, b->rate[ROUNDS / 2], flops, out);
    }
    close_bench(b);
    free(b);
    return s;
}
