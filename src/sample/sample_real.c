/* Samples beside the data: real images for the eye, and each sample with the training images nearest to it,
 * which shows whether a generator makes images of its own or gives those back that it has seen. A distance
 * alone says little, so the same is measured of real images: what is usual between two that are not copies. */
#include "gantrain/sample/sample.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/eval/nearest.h"
#include "sample_forms.h"

enum { SUB_REAL = 3 }; /* of RNG_SAMPLE */

static size_t image_bytes(const Sampler *s)
{
    return (size_t)s->x.cols;
}

/* ---- real images ---------------------------------------------------------------------------------- */

/* n different samples of the data, by the seed.   out [n] */
static Status pick_real(const Sampler *s, int n, int *out, Error *e)
{
    int *order = malloc((size_t)s->data.count * sizeof *order);
    if (!order)
        return fail(e, GT_ERESOURCE, "no memory to draw from %d images", s->data.count);
    rng_permutation(rng_draw(s->seed, RNG_SAMPLE, SUB_REAL, 0), s->data.count, order);
    memcpy(out, order, (size_t)n * sizeof *out);
    free(order);
    return GT_OK;
}

/* One sample of the data in bytes; `row` [1,X] is scratch. */
static void take_real(const Sampler *s, int index, Mat row, uint8_t *out)
{
    dataset_gather(&s->data, &index, row);
    pixels_to_bytes(s->range, view(row), out);
}

static Status check_count(const Sampler *s, int least, Error *e)
{
    if (s->data.count >= least)
        return GT_OK;
    return fail(e, GT_EUSAGE, "the data hold %d images: %d are needed, take fewer", s->data.count,
                least);
}

/* ---- beside real images --------------------------------------------------------------------------- */

Status sample_settle_beside(Sampler *s, Error *e)
{
    sample_choose_grid(s);
    const int rows = s->grid.rows;
    TRY(sample_check_places(s, e));
    TRY(check_count(s, s->n, e));
    s->grid.rows = 2 * rows;
    s->grid.rule_row = rows;
    return sample_check_picture(s, e);
}

/* Tiles of the upper half, then of the lower one, which begins in a row of its own. */
static void lay_beside(const Sampler *s, const int *index, uint8_t *tiles)
{
    const int half = s->grid.rule_row * s->grid.cols;
    memset(tiles, s->grid.background, 2 * (size_t)half * image_bytes(s));
    memcpy(tiles, s->pixels, (size_t)s->n * image_bytes(s));
    for (int i = 0; i < s->n; i++)
        take_real(s, index[i], mat_rows(s->x, 0, 1), tiles + (size_t)(half + i) * image_bytes(s));
}

Status sample_write_beside(Sampler *s, Error *e)
{
    const int half = s->grid.rule_row * s->grid.cols;
    int *index = malloc((size_t)s->n * sizeof *index);
    uint8_t *tiles = malloc(2 * (size_t)half * image_bytes(s));
    Status status = index && tiles ? pick_real(s, s->n, index, e)
                                   : fail(e, GT_ERESOURCE, "no memory for %d images", 2 * half);
    if (status == GT_OK) {
        lay_beside(s, index, tiles);
        status = png_write_grid(s->ask->out, &s->grid, tiles, half + s->n, e);
    }
    free(index);
    free(tiles);
    return status;
}

/* ---- nearest neighbours --------------------------------------------------------------------------- */

Status sample_settle_nearest(Sampler *s, Error *e)
{
    const int k = s->ask->neighbours, needed = s->n > k ? s->n : k;
    s->grid = sample_grid(s, s->n, 1 + k);
    s->grid.rule_col = 1;
    TRY(check_count(s, needed > 1 ? needed : 2, e));
    return sample_check_picture(s, e);
}

/* What is found: of samples [n,k], of as many real images [n] among the others. */
typedef struct Found {
    Neighbour *near, *usual;
    int *real;       /* [n]            */
    uint8_t *copies; /* of those [n*X] */
    uint8_t *tiles;  /* [n, 1+k, X]    */
    Arena arena;
    const Sampler *s;
} Found;

static void plan(Arena *a, void *plan_me)
{
    Found *f = plan_me;
    const size_t n = (size_t)f->s->n, k = (size_t)f->s->ask->neighbours, x = image_bytes(f->s);
    f->near = arena_take(a, n * k * sizeof *f->near);
    f->usual = arena_take(a, n * sizeof *f->usual);
    f->real = arena_take(a, n * sizeof *f->real);
    f->copies = arena_take(a, n * x);
    f->tiles = arena_take(a, n * (1 + k) * x);
}

static Status search(Sampler *s, Found *f, Error *e)
{
    TRY(nearest_images(&s->data, s->pixels, NULL, s->n, s->ask->neighbours, f->near, e));
    TRY(pick_real(s, s->n, f->real, e));
    for (int i = 0; i < s->n; i++)
        take_real(s, f->real[i], mat_rows(s->x, 0, 1), f->copies + (size_t)i * image_bytes(s));
    return nearest_images(&s->data, f->copies, f->real, s->n, 1, f->usual, e);
}

static void lay_nearest(const Sampler *s, const Found *f)
{
    const int k = s->ask->neighbours;
    const size_t bytes = image_bytes(s);
    uint8_t *at = f->tiles;
    for (int i = 0; i < s->n; i++) {
        memcpy(at, sample_image(s, i), bytes);
        at += bytes;
        for (int j = 0; j < k; j++, at += bytes)
            take_real(s, f->near[i * k + j].index, mat_rows(s->x, 0, 1), at);
    }
}

static double mean_distance(const Neighbour *near, int n, int step)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += neighbour_distance(&near[i * step]);
    return sum / n;
}

static void tell(Sampler *s, const Found *f)
{
    const int k = s->ask->neighbours;
    text_add(&s->told, "sample  nearest  distance\n");
    for (int i = 0; i < s->n; i++)
        text_add(&s->told, "%6d %8d %9.3f\n", i + 1, f->near[i * k].index,
                 neighbour_distance(&f->near[i * k]));
    text_add(&s->told,
             "mean of the samples to the nearest of %d images: %.3f\n"
             "mean of %d of these images to the nearest other: %.3f\n",
             s->data.count, mean_distance(f->near, s->n, k), s->n,
             mean_distance(f->usual, s->n, 1));
}

Status sample_write_nearest(Sampler *s, Error *e)
{
    Found f = { .s = s };
    TRY(arena_build(&f.arena, plan, &f, e));
    Status status = search(s, &f, e);
    if (status == GT_OK) {
        lay_nearest(s, &f);
        tell(s, &f);
        status = png_write_grid(s->ask->out, &s->grid, f.tiles, s->n * (1 + s->ask->neighbours), e);
    }
    arena_close(&f.arena);
    return status;
}
