/* All distances between two sets as matrix products:
 *
 *   |x - y|² = |x - c|² + |y - c|² - 2 (x - c)·(y - c)
 *
 * A product of matrices is many times as fast as differences, but cancellation of large numbers
 * leaves only rounding errors. So both sets are centred at c first, and the squares come from the
 * same kernel (the diagonal of x·xᵀ), which is one chain of FMAs for every pair
 * (math/gemm_kernel.h): equal rows cancel to exactly 0. */
#include "numerics.h"

#include <assert.h>

#include "gantrain/base/clones.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"

enum { A_ROWS = 512, B_ROWS = 2048, DIAGONAL = 32 };

typedef struct Block {
    View from;            /* [rows,X]                 */
    const double *centre; /* [X]                      */
    Mat at;               /* [rows,X] from - centre   */
    real *norm2;          /* [rows] squared norms     */
} Block;

typedef struct Pairs {
    Block a, b;
    int first_a, first_b; /* rows of the sets where the blocks begin */
    Mat d2;               /* [A_ROWS, B_ROWS] products, then distances */
    Mat tile;             /* [DIAGONAL, DIAGONAL] */
    DistanceVisit *visit;
    void *args;
} Pairs;

GT_CLONES static void subtract(int n, const real *restrict x, const double *restrict centre,
                               real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = (real)((double)x[j] - centre[j]);
}

static void centre_row(void *args, int i)
{
    const Block *b = args;
    subtract(b->from.cols, view_rows(b->from, i, 1).at, b->centre, mat_rows(b->at, i, 1).at);
}

/* Fills a block with rows of a set. */
static void load_block(Block *b, View from, Mat tile)
{
    b->from = from;
    b->at.rows = from.rows;
    parallel_for(from.rows, centre_row, b);
    for (int i = 0; i < from.rows; i += DIAGONAL) {
        const int n = int_min(DIAGONAL, from.rows - i);
        const View x = view_rows(view(b->at), i, n);
        gemm(N, x, T, x, 0, (Mat){ n, n, tile.at });
        for (int j = 0; j < n; j++)
            b->norm2[i + j] = tile.at[j * n + j];
    }
}

/* d2 = |x|² + |y|² - 2 d2; negative rounding errors become 0 */
GT_CLONES static void to_distances(int n, real x2, const real *restrict y2, real *restrict d2)
{
    for (int j = 0; j < n; j++) {
        const double d = ((double)x2 + (double)y2[j]) - 2 * (double)d2[j];
        d2[j] = d > 0 ? (real)d : 0;
    }
}

static void visit_row(void *args, int i)
{
    const Pairs *p = args;
    real *d2 = mat_rows(p->d2, i, 1).at;
    to_distances(p->d2.cols, p->a.norm2[i], p->b.norm2, d2);
    p->visit(p->args, p->first_a + i, p->first_b, p->d2.cols, d2);
}

static void plan(Arena *a, void *plan_me)
{
    Pairs *p = plan_me;
    const int X = p->a.from.cols;
    p->a.at = mat_take(a, A_ROWS, X);
    p->b.at = mat_take(a, B_ROWS, X);
    p->a.norm2 = arena_take(a, A_ROWS * sizeof(real));
    p->b.norm2 = arena_take(a, B_ROWS * sizeof(real));
    p->d2 = mat_take(a, A_ROWS, B_ROWS);
    p->tile = mat_take(a, DIAGONAL, DIAGONAL);
}

Status distances_visit(View a, View b, const double *centre, DistanceVisit *visit, void *args,
                       Error *e)
{
    Pairs p = { .a = { a, centre, { 0 }, NULL }, .b = { b, centre, { 0 }, NULL } };
    Arena arena = { 0 };

    assert(a.cols == b.cols && a.rows > 0 && b.rows > 0);
    p.visit = visit;
    p.args = args;
    TRY(arena_build(&arena, plan, &p, e));
    for (p.first_b = 0; p.first_b < b.rows; p.first_b += B_ROWS) {
        load_block(&p.b, view_rows(b, p.first_b, int_min(B_ROWS, b.rows - p.first_b)), p.tile);
        for (p.first_a = 0; p.first_a < a.rows; p.first_a += A_ROWS) {
            load_block(&p.a, view_rows(a, p.first_a, int_min(A_ROWS, a.rows - p.first_a)), p.tile);
            p.d2.rows = p.a.at.rows;
            p.d2.cols = p.b.at.rows;
            gemm(N, view(p.a.at), T, view(p.b.at), 0, p.d2);
            parallel_for(p.d2.rows, visit_row, &p);
        }
    }
    arena_close(&arena);
    return GT_OK;
}

typedef struct Nearest {
    int k;
    bool self;
    real *d2; /* [n,k] ascending */
} Nearest;

/* Into an ascending list of k; drops the largest. */
static void insert(int k, real *d2, real x)
{
    int at = k - 1;
    for (; at > 0 && d2[at - 1] > x; at--)
        d2[at] = d2[at - 1];
    d2[at] = x;
}

static void keep_nearest(void *args, int i, int first, int n, const real *d2)
{
    const Nearest *s = args;
    real *kept = s->d2 + (size_t)i * (size_t)s->k, *worst = kept + s->k - 1;
    for (int j = 0; j < n; j++)
        if (d2[j] < *worst && !(s->self && first + j == i))
            insert(s->k, kept, d2[j]);
}

Status nearest_distances(View a, View b, const double *centre, bool self, int k, real *d2, Error *e)
{
    Nearest s = { k, self, d2 };
    for (size_t i = 0; i < (size_t)a.rows * (size_t)k; i++)
        d2[i] = (real)INFINITY;
    return distances_visit(a, b, centre, keep_nearest, &s, e);
}

/* Rows of b that are read at a time. */
typedef struct Piece {
    Mat rows; /* [B_ROWS,X] */
} Piece;

static void plan_piece(Arena *a, void *plan_me)
{
    Piece *p = plan_me;
    p->rows = mat_take(a, B_ROWS, p->rows.cols);
}

static Status visit_source(View a, const RowSource *b, const double *centre, Nearest *s, Mat piece,
                           Error *e)
{
    for (int first = 0; first < b->n; first += B_ROWS) {
        const Mat rows = mat_rows(piece, 0, int_min(B_ROWS, b->n - first));
        b->read(b->context, first, rows);
        TRY(distances_visit(a, view(rows), centre, keep_nearest, s, e));
    }
    return GT_OK;
}

Status nearest_rows(View a, const RowSource *b, const double *centre, real *d2, Error *e)
{
    Nearest nearest = { 1, false, d2 };
    Piece piece = { .rows.cols = b->cols };
    Arena arena = { 0 };
    for (int i = 0; i < a.rows; i++)
        d2[i] = (real)INFINITY;
    TRY(arena_build(&arena, plan_piece, &piece, e));
    const Status s = visit_source(a, b, centre, &nearest, piece.rows, e);
    arena_close(&arena);
    return s;
}
