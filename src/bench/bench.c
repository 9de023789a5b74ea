/* Rounds of large products, which give the peak, and of steps. All ranks do the same number of
 * both, and the time of the slowest counts. */
#include "gantrain/bench/bench.h"

#include <stdlib.h>

#include "bench_work.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "gantrain/train/ranks.h"

enum { PEAK = 1536, WARM_STEPS = 20 }; /* side of the largest product */

static void plan(Arena *arena, void *plan_me)
{
    Bench *b = plan_me;
    b->a = mat_take(arena, b->side, b->side);
    b->b = mat_take(arena, b->side, b->side);
    b->c = mat_take(arena, b->side, b->side);
}

/* The side of a square that holds every operand of a step's products. */
static int operand_side(const Gan *g)
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(g, pass);
    double size = (double)PEAK * PEAK;
    for (int i = 0; i < n; i++)
        for (int l = 0; l < pass[i].net->n; l++) {
            const double in = shape_size(pass[i].net->layer[l].in);
            const double out = shape_size(pass[i].net->layer[l].out);
            size = fmax(size, fmax(in * out, pass[i].rows * fmax(in, out)));
        }
    return (int)ceil(sqrt(size));
}

static Status open_operands(Bench *b, Error *e)
{
    const Draw d = rng_draw((uint64_t)b->run.config.seed, RNG_SAMPLE, 1, 0);
    TRY(blas_load(parallel_threads(), e));
    b->side = operand_side(&b->run.gan);
    TRY(arena_build(&b->arena, plan, b, e));
    mat_normal(b->a, d, 0);
    mat_normal(b->b, d, (uint32_t)b->side);
    return GT_OK;
}

/* comm_agree ends every stage that can fail on some ranks only. */
static Status open_bench(Bench *b, const char *config, const Override *overrides, int n, Error *e)
{
    (void)config_read(&b->run.config, config, overrides, n, e);
    TRY(comm_agree("reading the config", e));
    if (run_open(&b->run, e) == GT_OK)
        (void)open_operands(b, e);
    TRY(comm_agree("opening the data", e));
    return ranks_check_equal(&b->run, e);
}

static void gemm_product(Bench *b)
{
    gemm(N, (View){ PEAK, PEAK, b->a.at }, N, (View){ PEAK, PEAK, b->b.at }, 0,
         (Mat){ PEAK, PEAK, b->c.at });
}

/* OpenBLAS runs on one thread, so every thread multiplies a panel of rows. */
static void blas_panel(void *args, int i)
{
    const Bench *b = args;
    const int threads = parallel_threads();
    const int row = PEAK * i / threads, rows = PEAK * (i + 1) / threads - row;
    const size_t first = (size_t)row * PEAK;
    blas_gemm((View){ rows, PEAK, b->a.at + first }, (View){ PEAK, PEAK, b->b.at },
              (Mat){ rows, PEAK, b->c.at + first });
}

static void blas_product(Bench *b)
{
    parallel_for(parallel_threads(), blas_panel, b);
}

static void measure_peak(Bench *b)
{
    static void (*const product[])(Bench *) = { gemm_product, blas_product };
    const double flops = 2.0 * PEAK * PEAK * PEAK;
    for (int i = 0; i < 4; i++) {
        const double start = progress_now();
        product[i % 2](b);
        b->peak = fmax(b->peak, flops / (progress_now() - start) * 1e-9);
    }
}

/* Steps per second over about `seconds`, given an estimate of the rate. */
static double measure_steps(Bench *b, double rate, double seconds)
{
    StepStats s;
    const int n = (int)fmax(2, rate * seconds);
    const double start = progress_now();
    for (int i = 0; i < n; i++)
        gan_step(&b->run.gan, &s);
    return n / max_over_ranks(progress_now() - start);
}

static void measure(Bench *b, double seconds)
{
    double rate = measure_steps(b, WARM_STEPS, 1);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        measure_peak(b);
        rate = b->rate[i] = measure_steps(b, rate, seconds / BENCH_ROUNDS);
    }
    sort_ascending(b->rate, BENCH_ROUNDS);
    b->median_rate = b->rate[BENCH_ROUNDS / 2];
    comm_sum(&b->peak, 1);
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
    arena_close(&b->arena);
    run_close(&b->run);
    free(b);
    return e->code;
}
