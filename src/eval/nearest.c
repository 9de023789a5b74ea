/* Exhaustive nearest neighbours: d² = Σ (x - y)² in bytes.
 *
 * Not |x|² + |y|² - 2x·y, one product of matrices: it loses most precision by cancellation where
 * two images are nearly equal, the case of interest. The data are gathered in blocks like a batch,
 * so a source that combines its images can be searched too. */
#include "gantrain/eval/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "gantrain/base/clones.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

enum {
    BLOCK_ROWS = 512,
    BLOCK_VALUES = 1 << 22,
    CHUNK = 16384 /* values whose squared differences sum up within an int */
};
_Static_assert((int64_t)CHUNK * 255 * 255 <= INT32_MAX, "a chunk fits");

typedef struct Search {
    const Dataset *data;
    const uint8_t *x; /* [n, X]               */
    const int *skip;  /* [n] or NULL          */
    int k;
    Neighbour *out; /* [n, k]                 */
    int first;      /* sample in row 0 of the block */
    int *index;     /* [rows]                 */
    Mat block;      /* [rows, X]              */
    uint8_t *bytes; /* [rows * X]             */
    Arena arena;
} Search;

GT_CLONES static int64_t distance2(const uint8_t *a, const uint8_t *b, size_t n)
{
    int64_t sum = 0;
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t last = n - first < CHUNK ? n : first + CHUNK;
        int chunk = 0;
        for (size_t j = first; j < last; j++) {
            const int d = a[j] - b[j];
            chunk += d * d;
        }
        sum += chunk;
    }
    return sum;
}

/* Into the sorted list [k], after equal distances. */
static void insert(Neighbour *list, int k, Neighbour new)
{
    int at = k;
    while (at > 0 && list[at - 1].distance2 > new.distance2)
        at--;
    for (int i = k - 1; i > at; i--)
        list[i] = list[i - 1];
    if (at < k)
        list[at] = new;
}

/* Compares image i with the block. */
static void search_block(void *args, int i)
{
    const Search *s = args;
    const size_t n = (size_t)s->block.cols;
    const uint8_t *x = s->x + (size_t)i * n;
    for (int row = 0; row < s->block.rows; row++) {
        const int index = s->first + row;
        if (s->skip && s->skip[i] == index)
            continue;
        const int64_t d2 = distance2(x, s->bytes + (size_t)row * n, n);
        insert(s->out + (size_t)i * (size_t)s->k, s->k, (Neighbour){ index, d2 });
    }
}

static void load_block(Search *s, int rows)
{
    for (int i = 0; i < rows; i++)
        s->index[i] = s->first + i;
    s->block.rows = rows;
    dataset_gather(s->data, s->index, s->block);
    pixels_to_bytes(s->data->range, view(s->block), s->bytes);
}

static void plan(Arena *a, void *plan_me)
{
    Search *s = plan_me;
    const int cols = shape_size(s->data->shape), fit = BLOCK_VALUES / cols;
    const int rows = fit < 1 ? 1 : int_min(fit, BLOCK_ROWS);
    s->block = mat_take(a, rows, cols);
    s->bytes = arena_take(a, mat_size(s->block));
    s->index = arena_take(a, (size_t)rows * sizeof *s->index);
}

Status nearest_images(const Dataset *data, const uint8_t *x, const int *skip, int n, int k,
                      Neighbour *out, Error *e)
{
    assert(data->range && k > 0 && k <= data->count - (skip ? 1 : 0));
    Search s = { .data = data, .x = x, .skip = skip, .k = k, .out = out };
    TRY(arena_build(&s.arena, plan, &s, e));
    const int rows = s.block.rows;
    for (size_t i = 0; i < (size_t)n * (size_t)k; i++)
        out[i] = (Neighbour){ -1, INT64_MAX };
    for (; s.first < data->count; s.first += rows) {
        const int left = data->count - s.first;
        load_block(&s, int_min(left, rows));
        parallel_for(n, search_block, &s);
    }
    arena_close(&s.arena);
    return GT_OK;
}

double neighbour_distance(const Neighbour *n)
{
    return sqrt((double)n->distance2) / 255;
}
