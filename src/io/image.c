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

/* stb frees the result; NULL makes it give up cleanly. */
static unsigned char *deflate_for_stb(const unsigned char *data, int size, int *packed, int quality)
{
    (void)quality;
    uLongf room = compressBound((uLong)size);
    unsigned char *out = room <= INT_MAX ? malloc(room) : NULL;
    if (out && compress2(out, &room, data, (uLong)size, DEFLATE_LEVEL) == Z_OK) {
        *packed = (int)room;
        return out;
    }
    free(out);
    return NULL;
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

/* The whole picture, pixels [height][width][channels]. */
typedef struct Canvas {
    int width, height, channels;
    uint8_t *at;
} Canvas;

/* Pixels along one side: `n` tiles of `side`, a gap before each and after the last. */
static int64_t side_pixels(int n, int side, const Grid *grid)
{
    return (int64_t)n * side * grid->zoom + ((int64_t)n + 1) * grid->gap;
}

bool png_fits(const Grid *grid)
{
    /* each factor below the limit keeps the products in 64 bits */
    const int most = IMAGE_MAX_SIDE;
    const bool small = grid->rows <= most && grid->cols <= most && grid->width <= most &&
                       grid->height <= most && grid->zoom <= most && grid->gap <= most;
    const int64_t width = small ? side_pixels(grid->cols, grid->width, grid) : INT64_MAX;
    const int64_t height = small ? side_pixels(grid->rows, grid->height, grid) : INT64_MAX;
    return width <= most && height <= most && width * height <= IMAGE_MAX_PIXELS;
}

static Status measure(Canvas *c, const Grid *grid, const char *path, Error *e)
{
    if (!png_fits(grid))
        return fail(e, GT_EUSAGE,
                    "%s: a grid of %d x %d tiles of %d x %d pixels, zoom %d, is too large: at most "
                    "%d pixels a side and %d in all, take fewer tiles or less zoom",
                    path, grid->rows, grid->cols, grid->height, grid->width, grid->zoom,
                    IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    *c = (Canvas){ .width = (int)side_pixels(grid->cols, grid->width, grid),
                   .height = (int)side_pixels(grid->rows, grid->height, grid),
                   .channels = grid->channels };
    return GT_OK;
}

/* One tile, planes in, interleaved out, with its top left pixel at (left, top). */
static void paint_tile(Canvas *c, const Grid *grid, const uint8_t *tile, int left, int top)
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

static void paint(Canvas *c, const Grid *grid, const uint8_t *tiles, int n)
{
    const size_t tile = (size_t)grid->channels * (size_t)grid->height * (size_t)grid->width;
    memset(c->at, grid->background, (size_t)c->width * (size_t)c->height * (size_t)c->channels);
    for (int i = 0; i < n; i++) {
        const int left = grid->gap + i % grid->cols * (grid->width * grid->zoom + grid->gap);
        const int top = grid->gap + i / grid->cols * (grid->height * grid->zoom + grid->gap);
        paint_tile(c, grid, tiles + (size_t)i * tile, left, top);
    }
}

/* ---- the file --------------------------------------------------------------------------------- */

static void collect(void *text, void *bytes, int n)
{
    text_add_bytes(text, bytes, (size_t)n);
}

static Status encode(Text *png, const Canvas *c, const char *path, Error *e)
{
    const int done = stbi_write_png_to_func(collect, png, c->width, c->height, c->channels, c->at,
                                            c->width * c->channels);
    if (!done || png->failed)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory to encode %d x %d pixels", path,
                    c->width, c->height);
    return GT_OK;
}

Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e)
{
    assert(grid->channels == 1 || grid->channels == 3);
    assert(grid->rows > 0 && grid->cols > 0 && grid->height > 0 && grid->width > 0);
    assert(grid->gap >= 0 && grid->zoom > 0 && n >= 0);
    Canvas c = { .at = NULL };
    TRY(measure(&c, grid, path, e));
    assert(n <= grid->rows * grid->cols);
    c.at = malloc((size_t)c.width * (size_t)c.height * (size_t)c.channels);
    if (!c.at)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory for %d x %d pixels", path, c.width,
                    c.height);
    paint(&c, grid, tiles, n);
    Text png = { 0 };
    Status s = encode(&png, &c, path, e);
    if (s == GT_OK)
        s = durable_write(path, png.at, png.used, e);
    text_free(&png);
    free(c.at);
    return s;
}
