/* Means and covariances, in double. */
#include "moments.h"

#include <assert.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"

/* ---- means ---------------------------------------------------------------------------------------- */

enum { COLUMNS = 128 }; /* of a chunk */

typedef struct Sums {
    View x;       /* [n,F] */
    double *mean; /* [F]   */
} Sums;

GT_CLONES static void add(double *restrict to, const real *restrict from, int n)
{
    for (int j = 0; j < n; j++)
        to[j] += (double)from[j];
}

static void mean_of_columns(void *args, int chunk)
{
    const Sums *s = args;
    const int first = chunk * COLUMNS;
    const int n = s->x.cols - first < COLUMNS ? s->x.cols - first : COLUMNS;
    double *mean = s->mean + first;
    for (int j = 0; j < n; j++)
        mean[j] = 0;
    for (int i = 0; i < s->x.rows; i++)
        add(mean, view_rows(s->x, i, 1).at + first, n);
    for (int j = 0; j < n; j++)
        mean[j] /= s->x.rows;
}

void moments_mean(View x, double *mean)
{
    assert(x.rows > 0);
    Sums s = { x, mean };
    parallel_for((x.cols + COLUMNS - 1) / COLUMNS, mean_of_columns, &s);
}

Mean mean_of(int n, const double *x)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    const double mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return (Mean){ mean, n > 1 ? sqrt(squares / (n - 1) / n) : (double)NAN };
}

Mean share_of(double hits, int n)
{
    const double p = hits / n;
    return (Mean){ p, sqrt(p * (1 - p) / n) };
}

/* ---- products ------------------------------------------------------------------------------------- */

enum { LANES = 16 }; /* independent sums, so that the loop can use vector registers */

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

typedef struct Rows {
    int m, k;
    const double *a, *b;
    double *c;
} Rows;

static void one_row(void *args, int i)
{
    const Rows *r = args;
    const double *a = r->a + (size_t)i * (size_t)r->k;
    double *c = r->c + (size_t)i * (size_t)r->m;
    for (int j = 0; j < r->m; j++)
        c[j] += dot(r->k, a, r->b + (size_t)j * (size_t)r->k);
}

void rows_by_rows(int n, int m, int k, const double *a, const double *b, double *c)
{
    Rows r = { m, k, a, b, c };
    parallel_for(n, one_row, &r);
}

/* ---- covariances ---------------------------------------------------------------------------------- */

enum { ROWS = 256 }; /* of x that are added at a time */

/* A few rows of x, less their mean, turned so that a feature lies in one piece. */
typedef struct Turned {
    View x;
    const double *mean;
    double *at; /* [F, x.rows] */
} Turned;

static void turn_feature(void *args, int j)
{
    const Turned *t = args;
    double *at = t->at + (size_t)j * (size_t)t->x.rows;
    for (int i = 0; i < t->x.rows; i++)
        at[i] = (double)view_rows(t->x, i, 1).at[j] - t->mean[j];
}

static void plan(Arena *a, void *plan_me)
{
    Turned *t = plan_me;
    t->at = arena_take(a, (size_t)t->x.cols * ROWS * sizeof *t->at);
}

Status moments_covariance(View x, const double *mean, double *cov, Error *e)
{
    const int F = x.cols;
    const size_t n = (size_t)F * (size_t)F;
    Turned t = { .x = x, .mean = mean };
    Arena arena = { 0 };

    assert(x.rows > 1);
    TRY(arena_build(&arena, plan, &t, e));
    for (size_t i = 0; i < n; i++)
        cov[i] = 0;
    for (int first = 0; first < x.rows; first += ROWS) {
        t.x = view_rows(x, first, x.rows - first < ROWS ? x.rows - first : ROWS);
        parallel_for(F, turn_feature, &t);
        rows_by_rows(F, F, t.x.rows, t.at, t.at, cov);
    }
    for (size_t i = 0; i < n; i++)
        cov[i] /= x.rows - 1;
    arena_close(&arena);
    return GT_OK;
}
