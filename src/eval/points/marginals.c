/* The Kolmogorov-Smirnov statistic of each column, the largest difference of the two empirical
 * distribution functions: mean and largest over the columns. For n and m points of one distribution
 * a column has about 0.87 √(1/n + 1/m).
 * [1] Smirnov 1939; Massey 1951, "The Kolmogorov-Smirnov Test for Goodness of Fit". */
#include "gantrain/eval/point_metrics.h"

#include "eval/numerics.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

enum { KS_MEAN, KS_MAX };

typedef struct Work {
    View fake, real;
    double *statistic; /* [D]                           */
    int tasks;
    uint32_t *keys; /* [tasks, 3, n]: both sets, spare */
    size_t n;       /* of the larger set             */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->statistic = arena_take(a, (size_t)w->fake.cols * sizeof *w->statistic);
    w->keys = arena_take(a, 3 * (size_t)w->tasks * w->n * sizeof *w->keys);
}

static double ks_statistic(int n, const uint32_t *a, int m, const uint32_t *b)
{
    double largest = 0;
    for (int i = 0, j = 0; i < n && j < m;) {
        const uint32_t x = a[i] < b[j] ? a[i] : b[j];
        while (i < n && a[i] == x)
            i++;
        while (j < m && b[j] == x)
            j++;
        largest = fmax(largest, fabs((double)i / n - (double)j / m));
    }
    return largest;
}

static void compare_columns(void *args, int task)
{
    const Work *w = args;
    uint32_t *a = w->keys + 3 * w->n * (size_t)task, *b = a + w->n, *spare = b + w->n;
    const int D = w->fake.cols;
    for (int j = task; j < D; j += w->tasks) {
        float_sort(w->fake.rows, w->fake.at + j, (size_t)D, a, spare);
        float_sort(w->real.rows, w->real.at + j, (size_t)D, b, spare);
        w->statistic[j] = ks_statistic(w->fake.rows, a, w->real.rows, b);
    }
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .fake = in->fake.pixels,
               .real = in->real.pixels,
               .tasks = parallel_threads(),
               .n = (size_t)int_max(in->fake.n, in->real.n) };
    const int D = w.fake.cols;
    TRY(arena_build(scratch, plan, &w, e));
    parallel_for(w.tasks, compare_columns, &w);
    out[KS_MEAN].value = out[KS_MAX].value = 0;
    for (int j = 0; j < D; j++) {
        out[KS_MEAN].value += w.statistic[j] / D;
        out[KS_MAX].value = fmax(out[KS_MAX].value, w.statistic[j]);
    }
    return GT_OK;
}

const Metric metric_marginals = {
    .is = { "marginals", "distributions of the columns of samples and test points", "Massey 1951",
            NULL, 0 },
    .value = { "ks_mean", "ks_max" },
    .about = { "Kolmogorov-Smirnov statistic of a column, mean of all",
               "the same of the worst column" },
    .better = { LOWER, LOWER },
    .while_training = true,
    .needs = "samples and test points",
    .inputs = INPUT_PIXELS,
    .min_samples = 1,
    .measure = measure,
};
