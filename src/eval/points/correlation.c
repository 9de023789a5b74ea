/* The mean absolute difference of the Pearson correlations of all pairs of columns, in samples and
 * in test points. Correlations with a constant column count as 0. */
#include "gantrain/eval/point_metrics.h"

#include "eval/numerics.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"

enum { ROWS = 256 };

/* A set with its columns standardised: rows of `z` have length 1, or 0. */
typedef struct Side {
    View x; /* [n,D] */
    Mat z;  /* [D,n] */
    Mat r;  /* [ROWS,D] correlations of a block of columns with all */
} Side;

typedef struct Work {
    Side fake, real;
    double *row; /* [ROWS] sums of differences */
    int first;   /* column of the block        */
} Work;

static void plan_side(Side *s, Arena *a)
{
    s->z = mat_take(a, s->x.cols, s->x.rows);
    s->r = mat_take(a, int_min(ROWS, s->x.cols), s->x.cols);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    plan_side(&w->fake, a);
    plan_side(&w->real, a);
    w->row = arena_take(a, ROWS * sizeof *w->row);
}

static void standardise_column(void *args, int j)
{
    const Side *s = args;
    const int n = s->x.rows, D = s->x.cols;
    const real *x = s->x.at + j;
    real *z = mat_rows(s->z, j, 1).at;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += (double)x[(size_t)i * (size_t)D];
    for (int i = 0; i < n; i++) {
        const double d = (double)x[(size_t)i * (size_t)D] - sum / n;
        squares += d * d;
    }
    const double constant = 1e-12 * (sum / n) * (sum / n) * n; /* rounding errors of the mean */
    const double scale = squares > constant ? 1 / sqrt(squares) : 0;
    for (int i = 0; i < n; i++)
        z[i] = (real)(((double)x[(size_t)i * (size_t)D] - sum / n) * scale);
}

static void correlate(Side *s, int first, int columns)
{
    s->r.rows = columns;
    gemm(N, view_rows(view(s->z), first, columns), T, view(s->z), 0, s->r);
}

static void sum_row(void *args, int i)
{
    const Work *w = args;
    const int D = w->fake.r.cols;
    const real *a = mat_rows(w->fake.r, i, 1).at, *b = mat_rows(w->real.r, i, 1).at;
    w->row[i] = 0;
    for (int j = 0; j < D; j++)
        w->row[i] += j == w->first + i ? 0 : fabs((double)a[j] - (double)b[j]);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .fake.x = in->fake.pixels, .real.x = in->real.pixels };
    const int D = w.fake.x.cols;
    double sum = 0;
    TRY(arena_build(scratch, plan, &w, e));
    parallel_for(D, standardise_column, &w.fake);
    parallel_for(D, standardise_column, &w.real);
    for (; w.first < D; w.first += ROWS) {
        const int columns = int_min(ROWS, D - w.first);
        correlate(&w.fake, w.first, columns);
        correlate(&w.real, w.first, columns);
        parallel_for(columns, sum_row, &w);
        for (int i = 0; i < columns; i++)
            sum += w.row[i];
    }
    out[0].value = sum / D / (D - 1);
    return GT_OK;
}

/* Pairs need two columns. */
static int values(Shape s)
{
    return shape_size(s) > 1 ? 1 : 0;
}

const Metric metric_correlation = {
    .is = { "correlation", "correlations between the columns of samples and of test points", "-",
            NULL, 0 },
    .value = { "correlation_error" },
    .about = { "mean absolute difference of the Pearson correlations of all pairs of columns" },
    .better = { LOWER },
    .while_training = true,
    .needs = "2 columns, 2 samples and 2 test points",
    .inputs = INPUT_PIXELS,
    .min_samples = 2,
    .values = values,
    .measure = measure,
};
