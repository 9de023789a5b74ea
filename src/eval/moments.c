/* Means and covariances, in double. */
#include "numerics.h"

#include <assert.h>

#include "gantrain/base/clones.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

GT_CLONES static void add(double *restrict to, const real *restrict from, int n)
{
    for (int j = 0; j < n; j++)
        to[j] += (double)from[j];
}

void moments_mean(View x, double *mean)
{
    assert(x.rows > 0);
    for (int j = 0; j < x.cols; j++)
        mean[j] = 0;
    for (int i = 0; i < x.rows; i++)
        add(mean, view_rows(x, i, 1).at, x.cols);
    for (int j = 0; j < x.cols; j++)
        mean[j] /= x.rows;
}

MetricValue mean_with_error(int n, const double *x)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    const double mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return (MetricValue){ mean, n > 1 ? sqrt(squares / (n - 1) / n) : (double)NAN };
}

MetricValue proportion(double hits, int n)
{
    const double p = hits / n;
    return (MetricValue){ p, sqrt(p * (1 - p) / n) };
}

enum { LANES = 16 }; /* independent sums: the loop vectorises */

GT_CLONES static double dot(int n, const double *a, const double *b)
{
    double lane[LANES] = { 0 }, sum = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += a[i + j] * b[i + j];
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

typedef struct Product {
    int m, k;
    const double *a, *b;
    double *c;
} Product;

static void product_row(void *args, int i)
{
    const Product *r = args;
    const double *a = r->a + (size_t)i * (size_t)r->k;
    double *c = r->c + (size_t)i * (size_t)r->m;
    for (int j = 0; j < r->m; j++)
        c[j] += dot(r->k, a, r->b + (size_t)j * (size_t)r->k);
}

void add_abt(int n, int m, int k, const double *a, const double *b, double *c)
{
    Product r = { m, k, a, b, c };
    parallel_for(n, product_row, &r);
}

enum { ROWS = 256 }; /* of x per block */

/* A block of rows of x minus the mean, transposed: each feature is contiguous. */
typedef struct Centred {
    View x;
    const double *mean;
    double *at; /* [F, x.rows] */
} Centred;

static void centre_feature(void *args, int j)
{
    const Centred *t = args;
    double *at = t->at + (size_t)j * (size_t)t->x.rows;
    for (int i = 0; i < t->x.rows; i++)
        at[i] = (double)view_rows(t->x, i, 1).at[j] - t->mean[j];
}

static void plan(Arena *a, void *plan_me)
{
    Centred *t = plan_me;
    t->at = arena_take(a, (size_t)t->x.cols * ROWS * sizeof *t->at);
}

Status moments_covariance(View x, const double *mean, double *cov, Error *e)
{
    const int F = x.cols;
    const size_t n = (size_t)F * (size_t)F;
    Centred t = { .x = x, .mean = mean };
    Arena arena = { 0 };

    assert(x.rows > 1);
    TRY(arena_build(&arena, plan, &t, e));
    for (size_t i = 0; i < n; i++)
        cov[i] = 0;
    for (int first = 0; first < x.rows; first += ROWS) {
        t.x = view_rows(x, first, int_min(ROWS, x.rows - first));
        parallel_for(F, centre_feature, &t);
        add_abt(F, F, t.x.rows, t.at, t.at, cov);
    }
    for (size_t i = 0; i < n; i++)
        cov[i] /= x.rows - 1;
    arena_close(&arena);
    return GT_OK;
}
