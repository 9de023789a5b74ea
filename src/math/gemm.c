/* Matrix products on several threads, with the bits of one.
 *
 * c is divided into tasks: ranges of its columns and, if those are few, of its rows. A task runs
 * over
 *
 *   blocks of columns, as wide as a packed part of op(b) fits the second-level cache;
 *     slabs of k, mostly one: these rows of op(b) are packed into panels, each as wide as a tile;
 *       blocks of rows, each as high as a tile:
 *         tiles (math/gemm_kernel.h), then the epilogue.
 *
 * a is not packed: a tile's rows stay in the first-level cache for all panels of a block. No
 * element depends on how c is divided, so the division may follow the number of threads.
 *
 * The order of loops is that of Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix
 * Multiplication", without the packing of a, which costs more than it gains on the matrices of
 * small nets. */
#include "gantrain/math/gemm.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gantrain/math/gemm_kernel.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

enum {
    PACKED = 1 << 18,     /* values of op(b) in a packed block: 1 MiB, for the second-level cache */
    BLOCK = 1024,         /* maximum columns of a block */
    SMALL_B = 1 << 16,    /* values of an op(b) that every task may pack for itself */
    PACK_A_COLS = 128,    /* columns from which packing a transposed a pays */
    PACK_A_BLOCKS = 4,    /* row blocks of a transposed a packed at once */
    TASKS_PER_THREAD = 2, /* so that others can take work from a delayed thread */
    MIN_TASK = 1 << 18,   /* multiplications: a few microseconds */
    ELEMENT_COST = 32,    /* of an element of c besides its k multiplications */
};
_Static_assert((int)GEMM_DEPTH *(int)GEMM_COLS <= (int)PACKED, "a panel can be packed");

/* The initial value of c[i,j] is at[i·row + j·col]. */
typedef struct From {
    const real *at;
    ptrdiff_t row, col;
} From;

typedef struct Product {
    const GemmKernel *kernel;
    Transpose ta, tb;
    View a, b;
    Mat c;
    int k;
    From from;
    const Epilogue *then; /* or NULL          */
    bool consume;         /* c is not written */
    int row_tasks, col_tasks;
} Product;

/* A part of c and of k. */
typedef struct Part {
    int row, rows, col, cols, p, depth;
} Part;

/* Working memory of a thread. */
typedef struct Scratch {
    _Alignas(64) real b[PACKED]; /* panels of [depth, kernel->cols] */
    _Alignas(64) real a[PACK_A_BLOCKS][GEMM_DEPTH * GEMM_ROWS];
    _Alignas(64) real tile[GEMM_ROWS * GEMM_COLS];
    _Alignas(64) real c[GEMM_ROWS * BLOCK]; /* if c is not written */
} Scratch;

static _Thread_local Scratch scratch;

static int ceil_div(int n, int size)
{
    return (n + size - 1) / size;
}

/* The begin of part i when n is divided evenly into `count`. */
static int cut(int n, int count, int i)
{
    return (int)((int64_t)n * i / count);
}

/* ---- packing --------------------------------------------------------------------------------- */

/* Columns [col, col + cols) of op(b) as one panel, padded with zeros. */
static void pack_panel(const Product *f, Part s, real *out)
{
    const int width = f->kernel->cols, ldb = f->b.cols;
    const size_t ld = (size_t)ldb, row = (size_t)s.p, col = (size_t)s.col;

    if (s.cols == width) {
        if (f->tb == T)
            f->kernel->transpose(s.depth, f->b.at + col * ld + row, ldb, out);
        else
            f->kernel->copy(s.depth, f->b.at + row * ld + col, ldb, out);
        return;
    }
    if (s.cols < width)
        memset(out, 0, (size_t)(s.depth * width) * sizeof *out);
    if (f->tb == N)
        for (int p = 0; p < s.depth; p++)
            memcpy(out + p * width, f->b.at + (row + (size_t)p) * ld + col,
                   (size_t)s.cols * sizeof *out);
    else
        for (int j = 0; j < s.cols; j++)
            for (int p = 0; p < s.depth; p++)
                out[p * width + j] = f->b.at[(col + (size_t)j) * ld + row + (size_t)p];
}

static void pack_b(const Product *f, Part s)
{
    const int width = f->kernel->cols;
    for (int j = 0; j < s.cols; j += width) {
        Part panel = s;
        panel.col += j;
        panel.cols = int_min(width, s.cols - j);
        pack_panel(f, panel, scratch.b + j * s.depth);
    }
}

/* Packs row blocks of a transposed a, each as [depth, GEMM_ROWS]: read in place, the few columns of
 * a tile are far apart and compete for the same cache lines. */
static void pack_a(const Product *f, Part s, int blocks)
{
    const real *a = f->a.at + (size_t)s.p * (size_t)f->a.cols + s.row;
    for (int p = 0; p < s.depth; p++, a += f->a.cols)
        for (int i = 0; i < blocks; i++) {
            const int row = cut(s.rows, blocks, i);
            const bool inside = s.row + row + GEMM_ROWS <= f->a.cols;
            const size_t n = (size_t)(inside ? GEMM_ROWS : f->a.cols - s.row - row);
            memcpy(scratch.a[i] + p * GEMM_ROWS, a + row, n * sizeof *a);
        }
}

/* ---- a task ---------------------------------------------------------------------------------- */

/* Rows of a as a tile reads them. */
typedef struct Rows {
    const real *at;
    ptrdiff_t ld;
    int form;
} Rows;

static Rows rows_of_a(const Product *f, Part s, const real *packed)
{
    const ptrdiff_t ld = f->a.cols;
    if (packed)
        return (Rows){ packed, GEMM_ROWS, GEMM_TRANSPOSED };
    if (f->ta == N)
        return (Rows){ f->a.at + s.row * ld + s.p, ld, 0 };
    return (Rows){ f->a.at + s.p * ld + s.row, ld, GEMM_TRANSPOSED };
}

/* The rows of c that a tile writes. */
typedef struct Target {
    real *at;
    ptrdiff_t ld;
} Target;

static Target target_of(const Product *f, Part s)
{
    if (f->consume)
        return (Target){ scratch.c, BLOCK };
    return (Target){ f->c.at + (ptrdiff_t)s.row * f->c.cols + s.col, f->c.cols };
}

/* A tile that is wider than the rest of c goes through scratch.tile. */
static void one_tile(const Product *f, Part s, Rows a, const real *b, Target c)
{
    const int width = f->kernel->cols, form = a.form + (2 * s.cols <= width ? GEMM_NARROW : 0);
    const int tile_cols = form & GEMM_NARROW ? width / 2 : width;
    const From from = s.p ? (From){ f->c.at, f->c.cols, 1 } : f->from;
    const real *begin = from.at + s.row * from.row + s.col * from.col;
    real *tile = scratch.tile;
    GemmTile *multiply = f->kernel->tile[s.rows][form];

    if (s.cols == tile_cols) {
        multiply(s.depth, a.at, a.ld, b, width, begin, from.row, c.at, c.ld);
        return;
    }
    for (int i = 0; i < s.rows; i++)
        memcpy(tile + i * width, begin + i * from.row, (size_t)s.cols * sizeof *tile);
    multiply(s.depth, a.at, a.ld, b, width, tile, width, tile, width);
    for (int i = 0; i < s.rows; i++)
        memcpy(c.at + i * c.ld, tile + i * width, (size_t)s.cols * sizeof *tile);
}

/* The rows of one tile, in all columns of a block. */
static void one_row_block(const Product *f, Part s, const real *packed)
{
    const int width = f->kernel->cols;
    const Rows a = rows_of_a(f, s, packed);
    const Target c = target_of(f, s);

    for (int j = 0; j < s.cols; j += width) {
        Part tile = s;
        tile.col += j;
        tile.cols = int_min(width, s.cols - j);
        one_tile(f, tile, a, scratch.b + j * s.depth, (Target){ c.at + j, c.ld });
    }
    if (!f->then || s.p + s.depth < f->k)
        return;
    const size_t cols = (size_t)f->c.cols;
    const Patch done = { s.rows, s.cols, (size_t)s.row * cols + (size_t)s.col, cols };
    f->then->fn(f->then->args, done, c.at, (size_t)c.ld);
}

/* Rows [begin, end) of a part. */
static Part part_rows(Part s, int begin, int end)
{
    s.row += begin;
    s.rows = end - begin;
    return s;
}

/* All rows of a block of columns, for one slab of k. */
static void one_slab(const Product *f, Part s)
{
    const int blocks = ceil_div(s.rows, f->kernel->rows);
    const bool pack = f->ta == T && s.cols >= PACK_A_COLS;

    pack_b(f, s);
    for (int i = 0; i < blocks; i += PACK_A_BLOCKS) {
        const int n = int_min(PACK_A_BLOCKS, blocks - i);
        const Part group = part_rows(s, cut(s.rows, blocks, i), cut(s.rows, blocks, i + n));
        if (pack)
            pack_a(f, group, n);
        for (int j = 0; j < n; j++)
            one_row_block(f, part_rows(group, cut(group.rows, n, j), cut(group.rows, n, j + 1)),
                          pack ? scratch.a[j] : NULL);
    }
}

/* The fewest blocks whose panels can be packed with slabs of this depth. */
static int blocks_for(int panels, int width, int depth)
{
    return ceil_div(panels, int_min(BLOCK, PACKED / depth) / width);
}

/* Columns [begin, end) of panels [first, last). */
static void one_block(const Product *f, Part s, int first, int last)
{
    const int width = f->kernel->cols, slabs = ceil_div(f->k, GEMM_DEPTH);
    s.col = first * width;
    s.cols = int_min(last * width, f->c.cols) - s.col;
    for (int i = 0; i < slabs; i++) {
        s.p = cut(f->k, slabs, i);
        s.depth = cut(f->k, slabs, i + 1) - s.p;
        one_slab(f, s);
    }
}

static void one_task(void *args, int i)
{
    const Product *f = args;
    const int width = f->kernel->cols, all = ceil_div(f->c.cols, width);
    const int row_task = i % f->row_tasks, col_task = i / f->row_tasks;
    const int first = cut(all, f->col_tasks, col_task);
    const int panels = cut(all, f->col_tasks, col_task + 1) - first;
    const int blocks = blocks_for(panels, width, ceil_div(f->k, ceil_div(f->k, GEMM_DEPTH)));
    Part s = { .row = cut(f->c.rows, f->row_tasks, row_task) };

    s.rows = cut(f->c.rows, f->row_tasks, row_task + 1) - s.row;
    for (int j = 0; j < blocks; j++)
        one_block(f, s, first + cut(panels, blocks, j), first + cut(panels, blocks, j + 1));
}

/* ---- products -------------------------------------------------------------------------------- */

/* By rows if op(b) is small: then threads share neither a nor cache lines of c. Else by columns:
 * then a thread keeps its part of a layer's weights in its cache from product to product. What is
 * consumed is divided by rows. */
static void divide(Product *f)
{
    const int width = f->kernel->cols, threads = parallel_threads();
    const int panels = ceil_div(f->c.cols, width), blocks = ceil_div(f->c.rows, f->kernel->rows);
    const double columns = 2 * f->c.cols <= width ? width / 2 : f->c.cols;
    const double work = f->c.rows * columns * (f->k + ELEMENT_COST) / MIN_TASK + 1;
    const int most = threads > 1 ? TASKS_PER_THREAD * threads : 1;
    const int wanted = work < most ? (int)work : most;

    f->row_tasks = f->col_tasks = 1;
    if (f->consume || (double)f->c.cols * f->k <= SMALL_B) {
        f->row_tasks = int_min(blocks, int_min(wanted, threads));
    } else {
        f->col_tasks = int_min(panels, wanted);
        f->row_tasks = int_min(blocks, ceil_div(wanted, f->col_tasks));
    }
}

static void run(Product *f)
{
    assert((f->ta == T ? f->a.rows : f->a.cols) == f->k && f->k > 0);
    assert((f->ta == T ? f->a.cols : f->a.rows) == f->c.rows && f->c.rows > 0);
    assert((f->tb == T ? f->b.cols : f->b.rows) == f->k);
    assert((f->tb == T ? f->b.rows : f->b.cols) == f->c.cols && f->c.cols > 0);
    assert(!f->consume || f->k <= GEMM_DEPTH);
    f->kernel = gemm_kernel();
    divide(f);
    parallel_for(f->row_tasks * f->col_tasks, one_task, f);
}

static const real zeros[GEMM_COLS];
static const From from_zeros = { zeros, 0, 0 };

void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c)
{
    Product f = { .ta = ta, .tb = tb, .a = a, .b = b, .c = c, .k = ta == T ? a.rows : a.cols };
    f.from = beta == 0 ? from_zeros : (From){ c.at, c.cols, 1 };
    run(&f);
}

void gemm_row(Transpose ta, View a, Transpose tb, View b, View row, Mat c, const Epilogue *then)
{
    Product f = { .ta = ta, .tb = tb, .a = a, .b = b, .c = c, .k = ta == T ? a.rows : a.cols };
    assert(!row.cols || row.cols == c.cols);
    f.from = row.cols ? (From){ row.at, 0, 1 } : from_zeros;
    f.then = then;
    run(&f);
}

void gemm_consume(Transpose ta, View a, Transpose tb, View b, bool from_zero, View c,
                  const Epilogue *then)
{
    const Mat shape = { c.rows, c.cols, NULL };
    Product f = { .ta = ta, .tb = tb, .a = a, .b = b, .c = shape, .k = ta == T ? a.rows : a.cols };
    f.from = from_zero ? from_zeros : (From){ c.at, c.cols, 1 };
    f.then = then;
    f.consume = true;
    run(&f);
}
