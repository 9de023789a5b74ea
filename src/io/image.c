/* PNG grids through stb_image_write, which chooses the row filters.
 *
 * Of stb only the PNG encoder into memory is used. Its own file writing loses every error, its own
 * deflate grows buffers under assert() and packs worse than zlib, so neither is reached: zlib packs,
 * durable_write writes. The limits on the size keep its int arithmetic from overflowing. */
#include "gantrain/io/image.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/text.h"
#include "gantrain/io/durable.h"

enum { DEFLATE_LEVEL = 6 };

/* What stb has of us while it encodes: it forgets to free it when its own memory runs out after that, and hands
 * no argument through. */
static _Thread_local unsigned char *packed_for_stb;

/* stb frees the result; NULL makes it give up cleanly. IMAGE_MAX_PIXELS keeps `room` in an int. */
static unsigned char *deflate_for_stb(const unsigned char *data, int size, int *packed, int quality)
{
    (void)quality;
    uLongf room = compressBound((uLong)size);
    unsigned char *out = malloc(room);
    assert(room <= INT_MAX);
    if (out && compress2(out, &room, data, (uLong)size, DEFLATE_LEVEL) == Z_OK) {
        *packed = (int)room;
        return packed_for_stb = out;
    }
    free(out);
    return packed_for_stb = NULL;
}

/* No assert: the only one within reach compares lengths that stb itself added up. */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBIW_ASSERT(x) ((void)0)
#define STBIW_MALLOC(size) malloc(size)
#define STBIW_REALLOC(at, size) realloc(at, size)
#define STBIW_FREE(at) free(at)
#define STBIW_ZLIB_COMPRESS deflate_for_stb
#include <stb_image_write.h>

/* ---- the picture ------------------------------------------------------------------------------ */

/* Pixels along one side: `n` tiles of `side`, a gap before each and after the last, perhaps a rule. */
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

bool grid_fits(const Grid *grid)
{
    /* each factor below the limit keeps the products in 64 bits */
    const int most = IMAGE_MAX_SIDE;
    const bool small = grid->rows <= most && grid->cols <= most && grid->width <= most &&
                       grid->height <= most && grid->zoom <= most && grid->gap <= most;
    const int64_t width =
        small ? side_pixels(grid->cols, grid->width, grid->rule_col, grid) : INT64_MAX;
    const int64_t height =
        small ? side_pixels(grid->rows, grid->height, grid->rule_row, grid) : INT64_MAX;
    return width <= most && height <= most && width * height <= IMAGE_MAX_PIXELS;
}

static Status measure(Picture *c, const Grid *grid, const char *path, Error *e)
{
    if (!grid_fits(grid))
        return fail(e, GT_EUSAGE,
                    "%s: a grid of %d x %d tiles of %d x %d pixels, zoom %d, is too large: at most "
                    "%d pixels a side and %d in all, take fewer tiles or less zoom",
                    path, grid->rows, grid->cols, grid->height, grid->width, grid->zoom,
                    IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    *c = (Picture){ .width = (int)side_pixels(grid->cols, grid->width, grid->rule_col, grid),
                    .height = (int)side_pixels(grid->rows, grid->height, grid->rule_row, grid),
                    .channels = grid->channels };
    return GT_OK;
}

/* One tile, planes in, interleaved out, with its top left pixel at (left, top). */
static void paint_tile(Picture *c, const Grid *grid, const uint8_t *tile, int left, int top)
{
    const size_t plane = (size_t)grid->height * (size_t)grid->width;
    for (int y = 0; y < grid->height * grid->zoom; y++) {
        const uint8_t *from = tile + (size_t)(y / grid->zoom) * (size_t)grid->width;
        uint8_t *to =
            c->at + ((size_t)(top + y) * (size_t)c->width + (size_t)left) * (size_t)c->channels;
        for (int x = 0; x < grid->width * grid->zoom; x++)
            for (int k = 0; k < c->channels; k++)
                *to++ = from[(size_t)k * plane + (size_t)(x / grid->zoom)];
    }
}

/* The first pixel of tile i along a side, behind the rule from tile `rule` on. */
static int tile_start(int i, int side, int rule, const Grid *grid)
{
    const int behind = rule && i >= rule ? IMAGE_RULE : 0;
    return grid->gap + i * (side * grid->zoom + grid->gap) + behind;
}

static void paint_box(Picture *c, int left, int top, int right, int bottom, uint8_t grey)
{
    const size_t channels = (size_t)c->channels, width = (size_t)(right - left) * channels;
    for (int y = top; y < bottom; y++)
        memset(c->at + ((size_t)y * (size_t)c->width + (size_t)left) * channels, grey, width);
}

/* A grey line in the middle between the tiles before and behind a rule. */
static void paint_rules(Picture *c, const Grid *grid)
{
    enum { LINE = 2, GREY = 128 };
    const int before = (grid->gap + IMAGE_RULE - LINE) / 2;
    if (grid->rule_row) {
        const int y = tile_start(grid->rule_row, grid->height, 0, grid) - grid->gap + before;
        paint_box(c, 0, y, c->width, y + LINE, GREY);
    }
    if (grid->rule_col) {
        const int x = tile_start(grid->rule_col, grid->width, 0, grid) - grid->gap + before;
        paint_box(c, x, 0, x + LINE, c->height, GREY);
    }
}

static void paint(Picture *c, const Grid *grid, const uint8_t *tiles, int n)
{
    const size_t tile = (size_t)grid->channels * (size_t)grid->height * (size_t)grid->width;
    memset(c->at, grid->background, picture_bytes(c));
    paint_rules(c, grid);
    for (int i = 0; i < n; i++)
        paint_tile(c, grid, tiles + (size_t)i * tile,
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
    TRY(measure(out, grid, name, e));
    assert(n <= grid->rows * grid->cols);
    out->at = malloc(picture_bytes(out));
    if (!out->at)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory for %d x %d pixels", name,
                    out->width, out->height);
    paint(out, grid, tiles, n);
    return GT_OK;
}

/* ---- the file --------------------------------------------------------------------------------- */

static void collect(void *text, void *bytes, int n)
{
    text_add_bytes(text, bytes, (size_t)n);
}

static Status encode(Text *png, const Picture *c, const char *path, Error *e)
{
    const int done = stbi_write_png_to_func(collect, png, c->width, c->height, c->channels, c->at,
                                            c->width * c->channels);
    if (!done)
        free(packed_for_stb);
    packed_for_stb = NULL;
    if (!done || png->failed)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory to encode %d x %d pixels", path,
                    c->width, c->height);
    return GT_OK;
}

Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e)
{
    Picture c = { .at = NULL };
    TRY(grid_paint(grid, tiles, n, path, &c, e));
    Text png = { 0 };
    Status s = encode(&png, &c, path, e);
    if (s == GT_OK)
        s = durable_write(path, png.at, png.used, e);
    text_free(&png);
    picture_free(&c);
    return s;
}
