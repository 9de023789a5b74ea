/* MMD² = E k(x, x') + E k(y, y') - 2 E k(x, y), without the pairs of a sample with itself.
 * Sums go row by row, in double. */
#include "kernel.h"

#include <assert.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"

enum { ROWS = 512, LANES = 16 };

typedef struct Sums {
    int rows, cols; /* the most                                */
    bool same;      /* x and y are: no row with itself         */
    int first;      /* row of x in the products                */
    double scale;   /* 1/F                                     */
    Mat product;    /* [ROWS,m] x·yᵀ                           */
    double *row;    /* [ROWS] Σ_j k(x_i, y_j)                  */
} Sums;

static void plan(Arena *a, void *plan_me)
{
    Sums *s = plan_me;
    const int rows = s->rows < ROWS ? s->rows : ROWS;
    s->product = mat_take(a, rows, s->cols);
    s->row = arena_take(a, (size_t)rows * sizeof *s->row);
}

static inline double kernel(double product, double scale)
{
    const double t = product * scale + 1;
    return t * t * t;
}

GT_CLONES static double sum_of_kernels(int n, const real *product, double scale)
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
    const Sums *s = args;
    const real *product = view_rows(view(s->product), i, 1).at;
    s->row[i] = sum_of_kernels(s->product.cols, product, s->scale);
    if (s->same)
        s->row[i] -= kernel((double)product[s->first + i], s->scale);
}

/* Mean of k over all pairs of a row of x and a row of y. */
static double mean_kernel(Sums *s, View x, View y, bool same)
{
    double sum = 0;
    s->same = same;
    for (s->first = 0; s->first < x.rows; s->first += ROWS) {
        const int rows = x.rows - s->first < ROWS ? x.rows - s->first : ROWS;
        s->product = (Mat){ rows, y.rows, s->product.at };
        gemm(N, view_rows(x, s->first, rows), T, y, 0, s->product);
        parallel_for(rows, sum_row, s);
        for (int i = 0; i < rows; i++)
            sum += s->row[i];
    }
    return sum / x.rows / (same ? x.rows - 1 : y.rows);
}

Status kernel_mmd2(View x, View y, double *mmd2, Error *e)
{
    const int most = x.rows > y.rows ? x.rows : y.rows;
    Sums s = { .rows = most, .cols = most, .scale = 1.0 / x.cols };
    Arena arena = { 0 };

    assert(x.cols == y.cols && x.rows > 1 && y.rows > 1);
    TRY(arena_build(&arena, plan, &s, e));
    *mmd2 = mean_kernel(&s, x, x, true) + mean_kernel(&s, y, y, true);
    *mmd2 -= 2 * mean_kernel(&s, x, y, false);
    arena_close(&arena);
    return GT_OK;
}
