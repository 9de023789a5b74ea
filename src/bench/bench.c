/* The step in rounds: a large product for the peak, then a run of steps, again and again. Of several ranks all
 * do the same number of everything, and the slowest one's time counts. */
#include "gantrain/bench/bench.h"

#include <stdlib.h>

#include "bench_work.h"
#include "gantrain/base/sort.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "gantrain/train/ranks.h"

enum { PEAK = BENCH_PEAK, WARM_STEPS = 20 };

int bench_d_batches(const Gan *g)
{
    return (int)g->options->discriminator.steps * g->accumulate;
}

int bench_g_batches(const Gan *g)
{
    return (int)g->options->generator.steps * g->accumulate;
}

double bench_slowest(double seconds)
{
    comm_max(&seconds, 1);
    return seconds;
}

/* ---- opening -------------------------------------------------------------------------------------- */

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

static Status open_work(Bench *b, Error *e)
{
    const Draw d = rng_draw((uint64_t)b->run.config.seed, RNG_SAMPLE, 1, 0);
    TRY(blas_load(parallel_threads(), e));
    b->side = operand_side(&b->run.gan.G, b->run.gan.batch + b->run.gan.reference, PEAK);
    b->side = operand_side(&b->run.gan.D, 2 * b->run.gan.batch, b->side);
    TRY(arena_build(&b->arena, plan, b, e));
    mat_normal(b->a, d, 0);
    mat_normal(b->b, d, (uint32_t)b->side);
    return GT_OK;
}

/* Stages that may fail on one rank alone end with an agreement of all. */
static Status open_bench(Bench *b, const char *config, const Override *overrides, int n, Error *e)
{
    (void)config_read(&b->run.config, config, overrides, n, e);
    TRY(comm_agree("reading the config", e));
    if (run_open(&b->run, e) == GT_OK)
        (void)open_work(b, e);
    TRY(comm_agree("opening the data", e));
    return ranks_check_equal(&b->run, e);
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

/* Steps a second; their number follows from `rate`, as it was known before. */
static double measure_steps(Bench *b, double rate, double seconds)
{
    StepStats s;
    const int n = (int)fmax(2, rate * seconds);
    const double began = progress_now();
    for (int i = 0; i < n; i++)
        gan_step(&b->run.gan, &s);
    return n / bench_slowest(progress_now() - began);
}

static void measure_rounds(Bench *b, double seconds)
{
    double rate = measure_steps(b, WARM_STEPS, 1);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        measure_peak(b);
        rate = b->rate[i] = measure_steps(b, rate, seconds / BENCH_ROUNDS);
    }
    sort_ascending(b->rate, BENCH_ROUNDS);
    comm_sum(&b->peak, 1);
}

static void measure(Bench *b, double seconds)
{
    measure_rounds(b, seconds);
    b->flops = gan_flops(&b->run.gan);
    comm_sum(&b->flops, 1);
    if (comm_size() > 1)
        bench_link(b);
    bench_phases(b);
}

Status bench(const char *config, const Override *overrides, int n, double seconds, bool json,
             Text *out, Error *e)
{
    Bench *b = calloc(1, sizeof *b);
    if (!b)
        return fail(e, GT_ERESOURCE, "no memory for a bench");
    b->run.folder.lock = -1;
    if (open_bench(b, config, overrides, n, e) == GT_OK) {
        measure(b, seconds);
        if (ranks_is_root())
            bench_print(b, json, out);
    }
    close_bench(b);
    free(b);
    return e->code;
}
