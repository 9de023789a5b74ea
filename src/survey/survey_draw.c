/* A picture of the samples: images in a grid, one class a row where there are classes; points in a
 * plot. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/base/rng.h"
#include "gantrain/io/image.h"
#include "gantrain/sample/sample.h"
#include "survey_parts.h"

enum {
    SUB_SHOWN = 5, /* of RNG_SAMPLE: the order in which images are chosen */
    COLUMNS = 12,
    ROWS = 8,
    CLASS_ROWS = 20,
    GRID_PIXELS = 1600, /* a side, about */
    TILE_PIXELS = 56,   /* small images are enlarged to about this */
};

/* ---- images ---------------------------------------------------------------------------------- */

typedef struct Gallery {
    const Survey *survey;
    Grid grid;
    int *index;     /* [rows*cols] of the image in a tile; -1: empty      */
    int *order;     /* [N] a permutation                                  */
    real *values;   /* [X] of one image                                   */
    uint8_t *tiles; /* [rows*cols, X]                                     */
} Gallery;

static int count_classes(const DatasetSummary *u)
{
    int n = 0;
    for (int k = 0; k < u->classes; k++)
        n += u->class_count[k] > 0;
    return n;
}

static Status choose_grid(Gallery *g, Error *e)
{
    const Survey *s = g->survey;
    const Shape x = s->data.shape;
    const int classes = count_classes(&s->summary), side = int_max(x.h, x.w);
    const int zoom = int_max(1, TILE_PIXELS / side), fit = int_max(1, GRID_PIXELS / (side * zoom));
    const SurveyRequest *q = s->request;
    if (x.c != 1 && x.c != 3)
        return fail(e, GT_EDATA, "%s: images of %d channels cannot be drawn: expected 1 or 3",
                    q->out, x.c);
    g->grid = (Grid){ .rows = int_min(fit, classes > 1 ? int_min(classes, CLASS_ROWS) : ROWS),
                      .cols = int_min(fit, COLUMNS),
                      .channels = x.c,
                      .height = x.h,
                      .width = x.w,
                      .gap = 2,
                      .zoom = zoom,
                      .background = 255 };
    if (q->cols > 0) {
        g->grid.rows = q->rows;
        g->grid.cols = q->cols;
    }
    if (!grid_fits(&g->grid))
        return fail(e, GT_EUSAGE,
                    "%d x %d images of %d x %d pixels are too large for one picture (at most %d "
                    "pixels a side): choose a smaller --grid",
                    g->grid.rows, g->grid.cols, x.h, x.w, IMAGE_MAX_SIDE);
    return GT_OK;
}

/* The next image of the order that has this label (-1: any); -1: none. */
static int take_image(const Gallery *g, int *at, int label)
{
    const Dataset *d = &g->survey->data;
    while (*at < d->count) {
        const int i = g->order[(*at)++];
        if (label < 0 || d->labels[i] == label)
            return i;
    }
    return -1;
}

static int next_class(const DatasetSummary *u, int label)
{
    do
        label++;
    while (label < u->classes && u->class_count[label] == 0);
    return label;
}

static void choose_images(const Gallery *g)
{
    const DatasetSummary *u = &g->survey->summary;
    const bool by_class = count_classes(u) > 1;
    int at = 0, label = by_class ? next_class(u, -1) : -1;
    for (int row = 0; row < g->grid.rows; row++) {
        at = by_class ? 0 : at;
        for (int col = 0; col < g->grid.cols; col++)
            g->index[row * g->grid.cols + col] =
                by_class && label >= u->classes ? -1 : take_image(g, &at, label);
        label = by_class ? next_class(u, label) : label;
    }
}

static void paint_tiles(const Gallery *g)
{
    const Dataset *d = &g->survey->data;
    const int size = shape_size(d->shape);
    const Mat row = { 1, size, g->values };
    memset(g->tiles, g->grid.background, (size_t)(g->grid.rows * g->grid.cols) * (size_t)size);
    for (int i = 0; i < g->grid.rows * g->grid.cols; i++) {
        if (g->index[i] < 0)
            continue;
        dataset_gather(d, &g->index[i], row);
        pixels_to_bytes(d->range, view(row), g->tiles + (size_t)i * (size_t)size);
    }
}

static void plan_gallery(Arena *a, void *gallery)
{
    Gallery *g = gallery;
    const size_t n = (size_t)(g->grid.rows * g->grid.cols);
    const size_t size = (size_t)shape_size(g->survey->data.shape);
    g->index = arena_take(a, n * sizeof *g->index);
    g->order = arena_take(a, (size_t)g->survey->data.count * sizeof *g->order);
    g->values = arena_take(a, size * sizeof *g->values);
    g->tiles = arena_take(a, n * size);
}

static Status draw_images(const Survey *s, Error *e)
{
    Gallery g = { .survey = s };
    Arena arena = { 0 };
    TRY(choose_grid(&g, e));
    TRY(arena_build(&arena, plan_gallery, &g, e));
    rng_permutation(rng_draw((uint64_t)s->config.seed, RNG_SAMPLE, SUB_SHOWN, 0), s->data.count,
                    g.order);
    choose_images(&g);
    paint_tiles(&g);
    const Status status =
        png_write_grid(s->request->out, &g.grid, g.tiles, g.grid.rows * g.grid.cols, e);
    arena_close(&arena);
    return status;
}

/* ---- points ---------------------------------------------------------------------------------- */

typedef struct PointPlot {
    const Dataset *data;
    Raster raster;
} PointPlot;

static void plan_plot(Arena *a, void *plot)
{
    PointPlot *p = plot;
    p->raster = plot_take(a, p->data);
}

static Status draw_points(const Survey *s, Error *e)
{
    PointPlot p = { .data = &s->data };
    Arena arena = { 0 };
    const View none = { 0, s->data.shape.c, NULL };
    TRY(arena_build(&arena, plan_plot, &p, e));
    const Status status = plot_write(s->request->out, &p.raster, &s->data, none, e);
    arena_close(&arena);
    return status;
}

Status survey_draw(const Survey *s, Error *e)
{
    return (s->data.points ? draw_points : draw_images)(s, e);
}
