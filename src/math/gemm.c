/* Products on several threads with the bits of one.
 *
 * c is cut into panels of whole rows, one for each thread, and each panel is one BLAS call on one
 * thread. BLAS kernels work on a few rows at a time and treat the rest at an edge otherwise, so most
 * cuts change last bits; a cut at a multiple of the kernel's unit does not, as long as no panel is so
 * small that BLAS takes its kernels for small products. The unit is a property of the kernels that
 * OpenBLAS picked for this processor; it is found by comparing cut products with whole ones, once,
 * before the first product. Where none holds, panels follow from the shape alone. Either way the bits
 * do not depend on the number of threads. */
#include "gantrain/math/gemm.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/math/parallel.h"

enum { SHAPE_ROWS = 64 };       /* unit where the cut follows from the shape alone              */
enum { PANEL_LEAST = 1 << 20 }; /* multiplications of a panel; OpenBLAS's small ones end at 1e6 */

typedef struct Product {
    Transpose ta, tb;
    View a, b;
    Mat c;
    int k;
    real beta;
    const real *row;  /* [n] that c begins from, or NULL                   */
    int unit, panels; /* panel i ends at the unit (i+1)·units/panels       */
} Product;

/* The first row of panel i; the rows behind the last whole unit belong to the last panel. */
static int panel_begin(const Product *p, int i)
{
    const int64_t units = p->c.rows / p->unit;
    return i == p->panels ? p->c.rows : (int)(i * units / p->panels) * p->unit;
}

/* Into at most `panels`, each of at least PANEL_LEAST multiplications. */
static void cut(Product *p, int unit, int panels)
{
    const int64_t units = p->c.rows / unit;
    const int64_t of_unit = (int64_t)unit * p->c.cols * p->k;
    const int64_t most = units / (PANEL_LEAST / of_unit + 1);
    p->unit = unit;
    p->panels = most < 1 ? 1 : most < panels ? (int)most : panels;
}

/* A panel that begins from the row needs no pass of its own to add it. */
static void begin_from_row(const Product *p, real *c, int rows)
{
    for (int i = 0; i < rows; i++)
        memcpy(c + (size_t)i * (size_t)p->c.cols, p->row, (size_t)p->c.cols * sizeof *c);
}

static void one_panel(void *args, int i)
{
    const Product *p = args;
    const int first = panel_begin(p, i), rows = panel_begin(p, i + 1) - first;
    const size_t a = p->ta == T ? (size_t)first : (size_t)first * (size_t)p->a.cols;
    real *c = p->c.at + (size_t)first * (size_t)p->c.cols;

    if (p->row)
        begin_from_row(p, c, rows);
    blas_gemm(p->ta, p->tb, rows, p->c.cols, p->k, p->a.at + a, p->a.cols, p->b.at, p->b.cols,
              p->row ? 1 : p->beta, c, p->c.cols);
}

/* ---- the unit of the kernels -------------------------------------------------------------------- */

/* Products as in training: op(A) [m,k] · op(B) [k,n], with k on both sides of the depth at which
 * OpenBLAS cuts a product, and rows that leave a rest. */
static const struct {
    Transpose ta, tb;
    int m, n, k;
} sample[] = {
    { N, T, 130, 96, 784 }, { N, T, 256, 128, 100 }, { N, N, 127, 200, 256 },
    { T, N, 200, 96, 128 }, { N, T, 97, 784, 64 },   { N, N, 255, 784, 32 },
};
enum { SAMPLE_M = 256, SAMPLE_N = 784, SAMPLE_K = 784 };
static const int sample_panels[] = { 2, 3, 4, 7, 16 };
enum { SAMPLES = sizeof sample / sizeof *sample };
enum { CUTS = sizeof sample_panels / sizeof *sample_panels };

/* Whether sample s, cut at multiples of `unit`, always has the bits of the whole product. */
static bool sample_holds(int s, int unit, const real *a, const real *b, real *whole, real *other)
{
    const int m = sample[s].m, n = sample[s].n, k = sample[s].k;
    Product p = { .ta = sample[s].ta, .tb = sample[s].tb, .c = { m, n, whole }, .k = k };
    p.a = p.ta == T ? (View){ k, m, a } : (View){ m, k, a };
    p.b = p.tb == T ? (View){ n, k, b } : (View){ k, n, b };
    cut(&p, unit, 1);
    one_panel(&p, 0);
    p.c.at = other;
    for (int j = 0; j < CUTS; j++) {
        cut(&p, unit, sample_panels[j]);
        for (int i = 0; i < p.panels; i++)
            one_panel(&p, i);
        if (memcmp(whole, other, (size_t)m * (size_t)n * sizeof *other) != 0)
            return false;
    }
    return true;
}

static bool unit_holds(int unit, const real *a, const real *b, real *whole, real *other)
{
    for (int s = 0; s < SAMPLES; s++)
        if (!sample_holds(s, unit, a, b, whole, other))
            return false;
    return true;
}

static int kernel_unit; /* rows, or 0: none holds; written once */

static void find_unit(void)
{
    static const int candidates[] = { 8, 12, 16, 24, 32, 48 };
    const size_t operand = (size_t)SAMPLE_N * SAMPLE_K, result = (size_t)SAMPLE_M * SAMPLE_N;
    real *at = malloc((2 * operand + 2 * result) * sizeof *at);
    if (!at)
        return;
    uint32_t noise = 1; /* any numbers whose sums must be rounded will do */
    for (size_t i = 0; i < 2 * operand; i++) {
        noise = noise * 1664525u + 1013904223u;
        at[i] = (real)(noise >> 8) / (real)(1 << 24) - (real)0.5;
    }
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates && !kernel_unit; i++)
        if (unit_holds(candidates[i], at, at + operand, at + 2 * operand,
                       at + 2 * operand + result))
            kernel_unit = candidates[i];
    free(at);
}

int gemm_unit(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_unit);
    return kernel_unit;
}

/* ---- products ----------------------------------------------------------------------------------- */

static void product(Transpose ta, View a, Transpose tb, View b, real beta, const real *row, Mat c)
{
    const int k = ta == T ? a.rows : a.cols, unit = gemm_unit();
    assert((ta == T ? a.cols : a.rows) == c.rows);
    assert((tb == T ? b.cols : b.rows) == k);
    assert((tb == T ? b.rows : b.cols) == c.cols);

    Product p = { ta, tb, a, b, c, k, beta, row, 0, 0 };
    cut(&p, unit ? unit : SHAPE_ROWS, unit ? parallel_threads() : INT_MAX);
    parallel_for(p.panels, one_panel, &p);
}

void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c)
{
    product(ta, a, tb, b, beta, NULL, c);
}

void gemm_row(Transpose ta, View a, Transpose tb, View b, View row, Mat c)
{
    assert(row.cols == c.cols);
    product(ta, a, tb, b, 1, row.at, c);
}
