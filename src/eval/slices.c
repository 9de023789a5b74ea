/* The sliced Wasserstein distance: the mean over random directions of the Wasserstein distance W1
 * of the projections onto them, which in one dimension follows from sorting.
 * [1] Rabin, Peyré, Delon and Bernot 2011, "Wasserstein Barycenter and its Application to Texture
 *     Mixing", §3. */
#include "numerics.h"

#include "gantrain/base/numbers.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { DIRECTIONS = 512, BLOCK = 16 };

/* Projections of one set onto the directions of a block. */
typedef struct Side {
    View x;          /* [n,X]                               */
    Mat projection;  /* [BLOCK,n]                           */
    uint32_t *key;   /* [BLOCK,n] of them, sorted           */
    uint32_t *spare; /* [BLOCK,n]                           */
} Side;

typedef struct Slices {
    Side a, b;
    Mat direction; /* [BLOCK,X] unit vectors              */
    double distance[DIRECTIONS];
    int first; /* direction of the block              */
} Slices;

static void plan_side(Side *s, Arena *a)
{
    const size_t n = (size_t)BLOCK * (size_t)s->x.rows;
    s->projection = mat_take(a, BLOCK, s->x.rows);
    s->key = arena_take(a, n * sizeof *s->key);
    s->spare = arena_take(a, n * sizeof *s->spare);
}

static void plan(Arena *a, void *plan_me)
{
    Slices *s = plan_me;
    plan_side(&s->a, a);
    plan_side(&s->b, a);
    s->direction = mat_take(a, BLOCK, s->a.x.cols);
}

double wasserstein_1(int n, const uint32_t *a, int m, const uint32_t *b)
{
    const int64_t steps_a = m, steps_b = n; /* quantiles are counted in steps of 1/nm */
    double sum = 0;
    int64_t at = 0;
    for (int i = 0, j = 0; i < n;) {
        const int64_t end_a = (i + 1) * steps_a, end_b = (j + 1) * steps_b;
        const int64_t end = end_a < end_b ? end_a : end_b;
        sum += (double)(end - at) * fabs(float_of_key(a[i]) - float_of_key(b[j]));
        at = end;
        i += end == end_a;
        j += end == end_b;
    }
    return sum / ((double)n * m);
}

static const uint32_t *sort_side(const Side *s, int i)
{
    const size_t at = (size_t)i * (size_t)s->x.rows;
    float_sort(s->x.rows, s->projection.at + at, 1, s->key + at, s->spare + at);
    return s->key + at;
}

static void measure_direction(void *args, int i)
{
    Slices *s = args;
    const uint32_t *a = sort_side(&s->a, i), *b = sort_side(&s->b, i);
    s->distance[s->first + i] = wasserstein_1(s->a.x.rows, a, s->b.x.rows, b);
}

static void draw_directions(Slices *s, Draw d)
{
    mat_normal(s->direction, d, (uint32_t)s->first);
    for (int i = 0; i < BLOCK; i++) {
        const Mat row = mat_rows(s->direction, i, 1);
        mat_divide(row, (real)sqrt(mat_norm2(view(row))));
    }
}

Status sliced_wasserstein(View a, View b, Draw directions, double *distance, Error *e)
{
    Slices s = { .a.x = a, .b.x = b };
    Arena arena = { 0 };
    double sum = 0;
    TRY(arena_build(&arena, plan, &s, e));
    for (; s.first < DIRECTIONS; s.first += BLOCK) {
        draw_directions(&s, directions);
        gemm(N, view(s.direction), T, a, 0, s.a.projection);
        gemm(N, view(s.direction), T, b, 0, s.b.projection);
        parallel_for(BLOCK, measure_direction, &s);
    }
    for (int i = 0; i < DIRECTIONS; i++)
        sum += s.distance[i];
    *distance = sum / DIRECTIONS;
    arena_close(&arena);
    return GT_OK;
}
