/* Grids of images as one picture. */
#include "gantrain/io/image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Pixels of n tiles of `side`, a gap before each and after the last, and the rule if there is
 * one. */
static int64_t side_pixels(int n, int side, int rule, const Grid *grid)
{
    return (int64_t)n * side * grid->zoom + ((int64_t)n + 1) * grid->gap + (rule ? IMAGE_RULE : 0);
}

size_t picture_bytes(const Picture *p)
{
    return (size_t)p->width * (size_t)p->height * (size_t)p->channels;
}

void picture_free(Picture *p)
{
    if (!p)
        return;
    free(p->at);
    *p = (Picture){ 0 };
}

/* The size of the picture without its pixels; all zeros: too large. */
static Picture measure(const Grid *grid)
{
    const int64_t most = IMAGE_MAX_SIDE; /* factors within it keep the products within 64 bits */
    if (grid->rows > most || grid->cols > most || grid->width > most || grid->height > most ||
        grid->zoom > most || grid->gap > most)
        return (Picture){ 0 };
    const int64_t width = side_pixels(grid->cols, grid->width, grid->rule_col, grid);
    const int64_t height = side_pixels(grid->rows, grid->height, grid->rule_row, grid);
    if (width > most || height > most || width * height > IMAGE_MAX_PIXELS)
        return (Picture){ 0 };
    return (Picture){ (int)width, (int)height, grid->channels, NULL };
}

bool grid_fits(const Grid *grid)
{
    return measure(grid).width > 0;
}

/* Paints one tile with its top left pixel at (left, top). */
static void paint_tile(Picture *p, const Grid *grid, const uint8_t *tile, int left, int top)
{
    const size_t plane = (size_t)grid->height * (size_t)grid->width;
    for (int y = 0; y < grid->height * grid->zoom; y++) {
        const uint8_t *from = tile + (size_t)(y / grid->zoom) * (size_t)grid->width;
        uint8_t *to =
            p->at + ((size_t)(top + y) * (size_t)p->width + (size_t)left) * (size_t)p->channels;
        for (int x = 0; x < grid->width * grid->zoom; x++)
            for (int k = 0; k < p->channels; k++)
                *to++ = from[(size_t)k * plane + (size_t)(x / grid->zoom)];
    }
}

/* The first pixel of tile i along a side; tiles from `rule` on come after the rule. */
static int tile_start(int i, int side, int rule, const Grid *grid)
{
    const int shift = rule && i >= rule ? IMAGE_RULE : 0;
    return grid->gap + i * (side * grid->zoom + grid->gap) + shift;
}

static void paint_box(Picture *p, int left, int top, int right, int bottom, uint8_t grey)
{
    const size_t channels = (size_t)p->channels, width = (size_t)(right - left) * channels;
    for (int y = top; y < bottom; y++)
        memset(p->at + ((size_t)y * (size_t)p->width + (size_t)left) * channels, grey, width);
}

/* Draws a grey line in the middle between the tiles before and after a rule. */
static void paint_rules(Picture *p, const Grid *grid)
{
    enum { LINE = 2, GREY = 128 };
    const int before = (grid->gap + IMAGE_RULE - LINE) / 2;
    if (grid->rule_row) {
        const int y = tile_start(grid->rule_row, grid->height, 0, grid) - grid->gap + before;
        paint_box(p, 0, y, p->width, y + LINE, GREY);
    }
    if (grid->rule_col) {
        const int x = tile_start(grid->rule_col, grid->width, 0, grid) - grid->gap + before;
        paint_box(p, x, 0, x + LINE, p->height, GREY);
    }
}

static void paint(Picture *p, const Grid *grid, const uint8_t *tiles, int n)
{
    const size_t tile = (size_t)grid->channels * (size_t)grid->height * (size_t)grid->width;
    memset(p->at, grid->background, picture_bytes(p));
    paint_rules(p, grid);
    for (int i = 0; i < n; i++)
        paint_tile(p, grid, tiles + (size_t)i * tile,
                   tile_start(i % grid->cols, grid->width, grid->rule_col, grid),
                   tile_start(i / grid->cols, grid->height, grid->rule_row, grid));
}

Status grid_paint(const Grid *grid, const uint8_t *tiles, int n, const char *name, Picture *out,
                  Error *e)
{
    assert(grid->channels == 1 || grid->channels == 3);
    assert(grid->rows > 0 && grid->cols > 0 && grid->height > 0 && grid->width > 0);
    assert(grid->gap >= 0 && grid->zoom > 0 && n >= 0);
    assert(grid->rule_row < grid->rows && grid->rule_col < grid->cols);
    *out = measure(grid);
    if (out->width == 0)
        return fail(e, GT_EUSAGE,
                    "%s: a grid of %d x %d tiles of %d x %d pixels, zoom %d, is too large: at most "
                    "%d pixels per side and %d in total are possible, use fewer tiles or less zoom",
                    name, grid->rows, grid->cols, grid->height, grid->width, grid->zoom,
                    IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    assert(n <= grid->rows * grid->cols);
    out->at = malloc(picture_bytes(out));
    if (!out->at)
        return fail(e, GT_ERESOURCE, "%s: not enough memory for %d x %d pixels", name, out->width,
                    out->height);
    paint(out, grid, tiles, n);
    return GT_OK;
}

Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e)
{
    Picture p;
    TRY(grid_paint(grid, tiles, n, path, &p, e));
    const Status s = png_write(path, &p, e);
    picture_free(&p);
    return s;
}
