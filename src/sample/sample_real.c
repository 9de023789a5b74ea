/* Samples with real images, and with their nearest training images, which shows whether the
 * generator reproduces its data. The distances between real images are the reference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/eval/nearest.h"
#include "sampler.h"

enum { SUB_REAL = 3 }; /* of RNG_SAMPLE */

static size_t image_bytes(const Sampler *s)
{
    return (size_t)s->x.cols;
}

/* n different samples of the data, drawn by the seed.   index [n] out */
static Status draw_real(const Sampler *s, int n, int *index, Error *e)
{
    int *order = malloc((size_t)s->data.count * sizeof *order);
    if (!order)
        return fail(e, GT_ERESOURCE, "no memory to draw from %d images", s->data.count);
    rng_permutation(rng_draw(s->seed, RNG_SAMPLE, SUB_REAL, 0), s->data.count, order);
    memcpy(index, order, (size_t)n * sizeof *index);
    free(order);
    return GT_OK;
}

/* One sample of the data as bytes. s->x is free once its pixels are made: row 0 is scratch. */
static void copy_real(const Sampler *s, int index, uint8_t *out)
{
    const Mat row = mat_rows(s->x, 0, 1);
    dataset_gather(&s->data, &index, row);
    pixels_to_bytes(s->range, view(row), out);
}

/* `what` needs `needed` different images of the data. */
static Status check_count(const Sampler *s, const char *what, int needed, Error *e)
{
    if (s->data.count >= needed)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%s: the data have %d image%s, %d are needed", what, s->data.count,
                s->data.count == 1 ? "" : "s", needed);
}

static Status set_double_grid(Sampler *s, Error *e)
{
    TRY(sample_choose_grid(s, e));
    TRY(check_count(s, "--beside-real, as many real images as samples", s->n, e));
    s->grid.rule_row = s->grid.rows;
    s->grid.rows *= 2;
    return sample_check_picture(s, e);
}

static Status write_beside_real(Sampler *s, Error *e)
{
    const int half = s->grid.rule_row * s->grid.cols; /* tiles of the upper half */
    const size_t bytes = image_bytes(s);
    int *index = malloc((size_t)s->n * sizeof *index);
    uint8_t *tiles = malloc(2 * (size_t)half * bytes);
    Status status = index && tiles ? draw_real(s, s->n, index, e)
                                   : fail(e, GT_ERESOURCE, "no memory for %d images", 2 * half);
    if (status == GT_OK) {
        memset(tiles, s->grid.background, 2 * (size_t)half * bytes);
        memcpy(tiles, s->pixels, (size_t)s->n * bytes);
        for (int i = 0; i < s->n; i++)
            copy_real(s, index[i], tiles + (size_t)(half + i) * bytes);
        status = png_write_grid(s->request->out, &s->grid, tiles, half + s->n, e);
    }
    free(index);
    free(tiles);
    return status;
}

const SampleForm form_beside_real = {
    ".png", LAYOUT_BESIDE_REAL, true, set_double_grid, write_beside_real, NULL,
};

static Status set_neighbour_grid(Sampler *s, Error *e)
{
    const int k = s->request->neighbours;
    char what[64];
    snprintf(what, sizeof what, "--nearest %d", k);
    TRY(check_count(s, what, k, e));
    TRY(check_count(s, "--nearest, which compares with distances between real images", 2, e));
    TRY(check_count(s, "--nearest, which compares with as many real images as samples", s->n, e));
    s->grid = sample_grid(s, s->n, 1 + k);
    s->grid.rule_col = 1;
    return sample_check_picture(s, e);
}

typedef struct Search {
    const Sampler *s;
    Neighbour *near;      /* of the samples [n,k]                           */
    Neighbour *reference; /* of the real images, among the others [n]       */
    int *real;            /* n real images [n]                              */
    uint8_t *real_pixels; /* of them [n,X]                                  */
    uint8_t *tiles;       /* [n, 1+k, X]                                    */
    Arena arena;
} Search;

static void plan(Arena *a, void *plan_me)
{
    Search *f = plan_me;
    const size_t n = (size_t)f->s->n, k = (size_t)f->s->request->neighbours, x = image_bytes(f->s);
    f->near = arena_take(a, n * k * sizeof *f->near);
    f->reference = arena_take(a, n * sizeof *f->reference);
    f->real = arena_take(a, n * sizeof *f->real);
    f->real_pixels = arena_take(a, n * x);
    f->tiles = arena_take(a, n * (1 + k) * x);
}

static Status search(Search *f, Error *e)
{
    const Sampler *s = f->s;
    TRY(nearest_images(&s->data, s->pixels, NULL, s->n, s->request->neighbours, f->near, e));
    TRY(draw_real(s, s->n, f->real, e));
    for (int i = 0; i < s->n; i++)
        copy_real(s, f->real[i], f->real_pixels + (size_t)i * image_bytes(s));
    return nearest_images(&s->data, f->real_pixels, f->real, s->n, 1, f->reference, e);
}

static void fill_tiles(const Search *f)
{
    const Sampler *s = f->s;
    const int k = s->request->neighbours;
    const size_t bytes = image_bytes(s);
    uint8_t *tile = f->tiles;
    for (int i = 0; i < s->n; i++) {
        memcpy(tile, sample_image(s, i), bytes);
        tile += bytes;
        for (int j = 0; j < k; j++, tile += bytes)
            copy_real(s, f->near[i * k + j].index, tile);
    }
}

static double mean_distance(const Neighbour *near, int n, int step)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += neighbour_distance(&near[i * step]);
    return sum / n;
}

static void report(Sampler *s, const Search *f)
{
    const int k = s->request->neighbours;
    text_add(&s->report, "sample  nearest  distance\n");
    for (int i = 0; i < s->n; i++)
        text_add(&s->report, "%6d %8d %9.3f\n", i + 1, f->near[i * k].index,
                 neighbour_distance(&f->near[i * k]));
    text_add(&s->report,
             "mean of the samples to the nearest of %d images: %.3f\n"
             "mean of %d of these images to the nearest other: %.3f\n",
             s->data.count, mean_distance(f->near, s->n, k), s->n,
             mean_distance(f->reference, s->n, 1));
}

static Status write_neighbours(Sampler *s, Error *e)
{
    Search f = { .s = s };
    TRY(arena_build(&f.arena, plan, &f, e));
    Status status = search(&f, e);
    if (status == GT_OK) {
        fill_tiles(&f);
        report(s, &f);
        status = png_write_grid(s->request->out, &s->grid, f.tiles,
                                s->n * (1 + s->request->neighbours), e);
    }
    arena_close(&f.arena);
    return status;
}

const SampleForm form_neighbours = {
    ".png", LAYOUT_NEIGHBOURS, true, set_neighbour_grid, write_neighbours, NULL,
};
