/* The tile plan: c is cut into tiles of at most TILE_ROWS x TILE_COLS; each tile is one BLAS call on
 * one thread. OpenBLAS gives other bits for another split (edge kernels) and for another thread
 * count, therefore the split follows from the shape of c alone. */
#include "gantrain/math/gemm.h"

#include <assert.h>
#include <string.h>

#include "gantrain/math/parallel.h"

enum { TILE_ROWS = 64, TILE_COLS = 512 };

typedef struct Product {
    Transpose ta, tb;
    View a, b;
    Mat c;
    int k;
    real beta;
    const real *row; /* [n] that c begins from, or NULL */
    int tiles_across;
} Product;

static int at_most(int n, int limit)
{
    return n < limit ? n : limit;
}

/* A tile that begins from the row needs no pass of its own to add it. */
static void begin_from_row(const Product *p, real *c, int rows, int col, int cols)
{
    for (int i = 0; i < rows; i++)
        memcpy(c + (size_t)i * (size_t)p->c.cols, p->row + col, (size_t)cols * sizeof *c);
}

static void one_tile(void *args, int i)
{
    const Product *p = args;
    const int row = i / p->tiles_across * TILE_ROWS, rows = at_most(p->c.rows - row, TILE_ROWS);
    const int col = i % p->tiles_across * TILE_COLS, cols = at_most(p->c.cols - col, TILE_COLS);
    const size_t a = p->ta == T ? (size_t)row : (size_t)row * (size_t)p->a.cols;
    const size_t b = p->tb == T ? (size_t)col * (size_t)p->b.cols : (size_t)col;
    real *c = p->c.at + (size_t)row * (size_t)p->c.cols + (size_t)col;

    if (p->row)
        begin_from_row(p, c, rows, col, cols);
    blas_gemm(p->ta, p->tb, rows, cols, p->k, p->a.at + a, p->a.cols, p->b.at + b, p->b.cols,
              p->row ? 1 : p->beta, c, p->c.cols);
}

static void product(Transpose ta, View a, Transpose tb, View b, real beta, const real *row, Mat c)
{
    const int k = ta == T ? a.rows : a.cols;
    assert((ta == T ? a.cols : a.rows) == c.rows);
    assert((tb == T ? b.cols : b.rows) == k);
    assert((tb == T ? b.rows : b.cols) == c.cols);

    const int down = (c.rows + TILE_ROWS - 1) / TILE_ROWS;
    const int across = (c.cols + TILE_COLS - 1) / TILE_COLS;
    Product p = { ta, tb, a, b, c, k, beta, row, across };
    parallel_for(down * across, one_tile, &p);
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
