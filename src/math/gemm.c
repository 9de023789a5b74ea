/* Products on several threads with the bits of one.
 *
 * c is cut into panels, one for each thread, and each panel is one BLAS call on one thread. Every
 * panel packs the whole other operand anew, so the cut goes through rows or columns, whichever leaves
 * the smaller operand whole.
 *
 * BLAS kernels work on a few rows and columns at a time and treat the rest at an edge otherwise, so
 * most cuts change last bits; a cut at a multiple of the kernel's unit does not, as long as no panel is
 * so small that BLAS takes its kernels for small products. The units are a property of the kernels
 * that OpenBLAS picked for this processor; gemm_prepare finds them by comparing cut products with
 * whole ones. Where no unit of rows holds, panels of rows follow from the shape
 * alone. Either way the bits do not depend on the number of threads. */
#include "gantrain/math/gemm.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { SHAPE_ROWS = 64 };       /* unit where the cut follows from the shape alone              */
enum { PANEL_LEAST = 1 << 20 }; /* multiplications of a panel; OpenBLAS's small ones end at 1e6 */

typedef struct Product {
    Transpose ta, tb;
    View a, b;
    Mat c;
    int k;
    real beta;
    const real *row;  /* [n] that c begins from, or NULL                        */
    bool across;      /* panels are columns, else rows                          */
    int unit, panels; /* panel i ends at the unit (i+1)·units/panels            */
} Product;

/* The rows or columns that are cut. */
static int cut_side(const Product *p)
{
    return p->across ? p->c.cols : p->c.rows;
}

/* Into at most `panels`, each of at least PANEL_LEAST multiplications. */
static void cut(Product *p, bool across, int unit, int panels)
{
    p->across = across;
    p->unit = unit;
    const int64_t units = cut_side(p) / unit;
    const int64_t of_unit = (int64_t)unit * (across ? p->c.rows : p->c.cols) * p->k;
    const int64_t most = units / (PANEL_LEAST / of_unit + 1);
    p->panels = most < 1 ? 1 : most < panels ? (int)most : panels;
}

/* Where panel i begins; what is left behind the last whole unit belongs to the last panel. */
static int panel_begin(const Product *p, int i)
{
    const int64_t units = cut_side(p) / p->unit;
    return i == p->panels ? cut_side(p) : (int)(i * units / p->panels) * p->unit;
}

/* A panel that begins from the row needs no pass of its own to add it. */
static void begin_from_row(const Product *p, real *c, int rows, const real *from, int cols)
{
    for (int i = 0; i < rows; i++)
        memcpy(c + (size_t)i * (size_t)p->c.cols, from, (size_t)cols * sizeof *c);
}

static void one_panel(void *args, int i)
{
    const Product *p = args;
    const int begin = panel_begin(p, i), length = panel_begin(p, i + 1) - begin;
    const int row = p->across ? 0 : begin, rows = p->across ? p->c.rows : length;
    const int col = p->across ? begin : 0, cols = p->across ? length : p->c.cols;
    const size_t a = p->ta == T ? (size_t)row : (size_t)row * (size_t)p->a.cols;
    const size_t b = p->tb == T ? (size_t)col * (size_t)p->b.cols : (size_t)col;
    real *c = p->c.at + (size_t)row * (size_t)p->c.cols + (size_t)col;

    if (p->row)
        begin_from_row(p, c, rows, p->row + col, cols);
    blas_gemm(p->ta, p->tb, rows, cols, p->k, p->a.at + a, p->a.cols, p->b.at + b, p->b.cols,
              p->row ? 1 : p->beta, c, p->c.cols);
}

/* ---- the units of the kernels ------------------------------------------------------------------- */

/* Products as in training: op(A) [m,k] · op(B) [k,n], with k on both sides of the depth at which
 * OpenBLAS cuts a product, and sides that leave a rest. */
static const struct {
    Transpose ta, tb;
    int m, n, k;
} sample[] = {
    { N, T, 130, 96, 784 }, { N, T, 256, 128, 100 }, { N, N, 127, 200, 256 },
    { T, N, 200, 98, 128 }, { N, T, 97, 784, 64 },   { N, N, 255, 780, 32 },
};
enum { SAMPLE_OPERAND = 130 * 784, SAMPLE_RESULT = 255 * 784 }; /* at the most */
static const int sample_panels[] = { 2, 3, 4, 7, 16 };
enum { SAMPLES = sizeof sample / sizeof *sample };
enum { CUTS = sizeof sample_panels / sizeof *sample_panels };

/* Room for one sample: operands, the whole product, the one from panels. */
typedef struct Bench {
    real *a, *b, *whole, *parts;
} Bench;

/* Whether sample s, cut at multiples of `unit`, always has the bits of the whole product. */
static bool sample_holds(int s, bool across, int unit, const Bench *bench)
{
    const int m = sample[s].m, n = sample[s].n, k = sample[s].k;
    Product p = { .ta = sample[s].ta, .tb = sample[s].tb, .c = { m, n, bench->whole }, .k = k };
    p.a = p.ta == T ? (View){ k, m, bench->a } : (View){ m, k, bench->a };
    p.b = p.tb == T ? (View){ n, k, bench->b } : (View){ k, n, bench->b };
    cut(&p, across, unit, 1);
    one_panel(&p, 0);
    p.c.at = bench->parts;
    for (int j = 0; j < CUTS; j++) {
        cut(&p, across, unit, sample_panels[j]);
        for (int i = 0; i < p.panels; i++)
            one_panel(&p, i);
        if (memcmp(bench->whole, bench->parts, mat_size(p.c) * sizeof(real)) != 0)
            return false;
    }
    return true;
}

static int find_unit(bool across, const Bench *bench)
{
    static const int candidates[] = { 8, 12, 16, 24, 32, 48 };
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        int held = 0;
        while (held < SAMPLES && sample_holds(held, across, candidates[i], bench))
            held++;
        if (held == SAMPLES)
            return candidates[i];
    }
    return 0;
}

/* Multiples of rows and of columns at which a product may be cut; 0: none was found. Properties of the
 * process, found once by gemm_prepare. */
typedef struct Units {
    int rows, cols;
} Units;

static Units units;
static bool prepared;

Status gemm_prepare(Error *e)
{
    const size_t operand = (size_t)SAMPLE_OPERAND, result = (size_t)SAMPLE_RESULT;
    if (prepared)
        return GT_OK;
    real *at = malloc((2 * operand + 2 * result) * sizeof *at);
    if (!at)
        return fail(e, GT_ERESOURCE, "no memory to try out the matrix products");
    const Bench bench = { at, at + operand, at + 2 * operand, at + 2 * operand + result };
    /* normal numbers use every digit of their type, so sums in another order show */
    mat_normal((Mat){ 2, SAMPLE_OPERAND, at }, (Draw){ 1, 0, 0 }, 0);
    units.rows = find_unit(false, &bench);
    units.cols = find_unit(true, &bench);
    prepared = true;
    free(at);
    return GT_OK;
}

/* ---- products ----------------------------------------------------------------------------------- */

static void product(Transpose ta, View a, Transpose tb, View b, real beta, const real *row, Mat c)
{
    const int k = ta == T ? a.rows : a.cols;
    const Units unit = units;
    assert(prepared);
    assert((ta == T ? a.cols : a.rows) == c.rows);
    assert((tb == T ? b.cols : b.rows) == k);
    assert((tb == T ? b.rows : b.cols) == c.cols);

    Product p = { .ta = ta, .tb = tb, .a = a, .b = b, .c = c, .k = k, .beta = beta, .row = row };
    if (!unit.rows)
        cut(&p, false, SHAPE_ROWS, INT_MAX);
    else if (unit.cols && c.rows < c.cols)
        cut(&p, true, unit.cols, parallel_threads());
    else
        cut(&p, false, unit.rows, parallel_threads());
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
