/* The kernel distance: unbiased MMD² between the classifier's features of samples and of real
 * images, on random subsets of at most 1000 each; with Inception's features it would be the KID.
 * The value is the mean over 100 subsets with its standard error; equal distributions give values
 * around 0, also negative ones.
 *
 *   MMD² = E k(x, x') + E k(y, y') - 2 E k(x, y) [1], without the pairs of a sample with itself
 *   k(x, y) = (x·y / F + 1)³ [2]
 *
 * [1] Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6.
 * [2] Bińkowski et al. 2018, "Demystifying MMD GANs", §4. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/base/rng.h"
#include "eval/numerics.h"
#include "gantrain/base/clones.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"

enum { SUBSETS = 100, SUBSET = 1000, ROWS = 512, LANES = 16 };

typedef struct Work {
    int m;        /* images per subset                       */
    int *order;   /* [n]                                     */
    Mat x, y;     /* [m,F] features: fake, real              */
    bool same;    /* x is y: excludes pairs of equal index   */
    int first;    /* row of x where the block begins         */
    double scale; /* 1/F                                     */
    Mat product;  /* [ROWS,m] x·yᵀ                           */
    double *row;  /* [ROWS] Σ_j k(x_i, y_j)                  */
    const MetricInput *in;
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    const int F = w->in->real.features.cols, n = w->in->fake.n, real_n = w->in->real.n;
    w->order = arena_take(a, (size_t)(n > real_n ? n : real_n) * sizeof *w->order);
    w->x = mat_take(a, w->m, F);
    w->y = mat_take(a, w->m, F);
    w->product = mat_take(a, int_min(w->m, ROWS), w->m);
    w->row = arena_take(a, ROWS * sizeof *w->row);
}

static inline double kernel(double product, double scale)
{
    const double t = product * scale + 1;
    return t * t * t;
}

GT_CLONES static double sum_kernels(int n, const real *product, double scale)
{
    double lane[LANES] = { 0 }, sum = 0;
    int j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += kernel((double)product[j + k], scale);
    for (; j < n; j++)
        sum += kernel((double)product[j], scale);
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void sum_row(void *args, int i)
{
    const Work *w = args;
    const real *product = view_rows(view(w->product), i, 1).at;
    w->row[i] = sum_kernels(w->product.cols, product, w->scale);
    if (w->same)
        w->row[i] -= kernel((double)product[w->first + i], w->scale);
}

/* Mean of k over the pairs of rows of x and y. Sums run row by row. */
static double mean_kernel(Work *w, View x, View y)
{
    double sum = 0;
    w->same = x.at == y.at;
    for (w->first = 0; w->first < x.rows; w->first += ROWS) {
        const int rows = int_min(x.rows - w->first, ROWS);
        w->product.rows = rows;
        gemm(N, view_rows(x, w->first, rows), T, y, 0, w->product);
        parallel_for(rows, sum_row, w);
        for (int i = 0; i < rows; i++)
            sum += w->row[i];
    }
    return sum / x.rows / (w->same ? x.rows - 1 : y.rows);
}

/* out = m rows of `from` without replacement */
static void draw_subset(Work *w, unsigned sub, int subset, View from, Mat out)
{
    const Draw d = rng_draw(w->in->seed, RNG_METRIC, sub, (uint64_t)subset);
    rng_permutation(d, from.rows, w->order);
    for (int i = 0; i < out.rows; i++)
        memcpy(mat_rows(out, i, 1).at, view_rows(from, w->order[i], 1).at,
               (size_t)out.cols * sizeof *out.at);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const View samples = in->fake.features, images = in->real.features;
    Work w = { .in = in, .m = int_min(SUBSET, int_min(in->fake.n, in->real.n)) };
    double mmd2[SUBSETS];
    w.scale = 1.0 / samples.cols;
    TRY(arena_build(scratch, plan, &w, e));
    const View x = view(w.x), y = view(w.y);
    for (int s = 0; s < SUBSETS; s++) {
        draw_subset(&w, METRIC_DRAW_FAKE_SUBSET, s, samples, w.x);
        draw_subset(&w, METRIC_DRAW_REAL_SUBSET, s, images, w.y);
        mmd2[s] = mean_kernel(&w, x, x) + mean_kernel(&w, y, y);
        mmd2[s] -= 2 * mean_kernel(&w, x, y);
    }
    out[0] = mean_with_error(SUBSETS, mmd2);
    return GT_OK;
}

const Metric metric_kernel_distance = {
    .is = { "kernel_distance", "MMD² between classifier features of samples and real images",
            "Bińkowski et al. 2018, §4", NULL, 0 },
    .value = { "kid" },
    .about = { "unbiased MMD² of features, kernel (x·y/F + 1)³, mean over 100 subsets of 1000" },
    .better = { LOWER },
    .needs = "a classifier, so labelled data, and 2 samples",
    .inputs = INPUT_FEATURES,
    .min_samples = 2,
    .measure = measure,
};
