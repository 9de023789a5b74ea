/* The tile plan: c is cut into tiles of at most TILE_ROWS x TILE_COLS; each tile is one BLAS call on
 * one thread. OpenBLAS gives other bits for another split (edge kernels) and for another thread
 * count, therefore the split follows from the shape of c alone. */
#include "gantrain/math/gemm.h"

#include <assert.h>

#include "gantrain/math/parallel.h"

enum { TILE_ROWS = 64, TILE_COLS = 512 };

typedef struct Product {
    Transpose ta, tb;
    View a, b;
    Mat c;
    int k;
    real beta;
    int tiles_across;
} Product;

static int at_most(int n, int limit)
{
    return n < limit ? n : limit;
}

static void one_tile(void *args, int i)
{
    const Product *p = args;
    const int row = i / p->tiles_across * TILE_ROWS;
    const int col = i % p->tiles_across * TILE_COLS;
    const size_t a = p->ta == T ? (size_t)row : (size_t)row * (size_t)p->a.cols;
    const size_t b = p->tb == T ? (size_t)col * (size_t)p->b.cols : (size_t)col;
    real *c = p->c.at + (size_t)row * (size_t)p->c.cols + (size_t)col;

    blas_gemm(p->ta, p->tb, at_most(p->c.rows - row, TILE_ROWS),
              at_most(p->c.cols - col, TILE_COLS), p->k, p->a.at + a, p->a.cols, p->b.at + b,
              p->b.cols, p->beta, c, p->c.cols);
}

void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c)
{
    const int k = ta == T ? a.rows : a.cols;
    assert((ta == T ? a.cols : a.rows) == c.rows);
    assert((tb == T ? b.cols : b.rows) == k);
    assert((tb == T ? b.rows : b.cols) == c.cols);

    const int down = (c.rows + TILE_ROWS - 1) / TILE_ROWS;
    const int across = (c.cols + TILE_COLS - 1) / TILE_COLS;
    Product p = { ta, tb, a, b, c, k, beta, across };
    parallel_for(down * across, one_tile, &p);
}
