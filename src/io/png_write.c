/* PNG encoding by stb_image_write, which filters the rows; zlib deflates them.
 *
 * Only the encoder into memory is used: stb's file writing loses errors, and its own deflate grows
 * buffers under assert() and packs worse than zlib. The limits on the size of a picture keep its
 * int arithmetic from overflowing. */
#include "png_write.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "gantrain/io/durable.h"

/* stb passes no argument to deflate_for_stb, and leaks its result when stb runs out of memory. */
static _Thread_local int deflate_level;
static _Thread_local unsigned char *deflated;

/* stb frees the result; NULL makes it fail cleanly. IMAGE_MAX_PIXELS keeps `room` in an int. */
static unsigned char *deflate_for_stb(const unsigned char *data, int size, int *packed, int quality)
{
    (void)quality;
    uLongf room = compressBound((uLong)size);
    unsigned char *out = malloc(room);
    assert(room <= INT_MAX);
    if (out && compress2(out, &room, data, (uLong)size, deflate_level) == Z_OK) {
        *packed = (int)room;
        return deflated = out;
    }
    free(out);
    return deflated = NULL;
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

uint8_t *png_encode(const Picture *p, bool filtered, int level, size_t *bytes)
{
    int n = 0;
    deflate_level = level;
    deflated = NULL;
    stbi_write_force_png_filter = filtered ? -1 : 0;
    uint8_t *file = stbi_write_png_to_mem(p->at, 0, p->width, p->height, p->channels, &n);
    if (!file)
        free(deflated);
    *bytes = (size_t)n;
    return file;
}

Status png_write(const char *path, const Picture *p, Error *e)
{
    enum { LEVEL = 6 };
    size_t bytes;
    uint8_t *file = png_encode(p, true, LEVEL, &bytes);
    if (!file)
        return fail(e, GT_ERESOURCE, "%s: not enough memory to encode %d x %d pixels", path,
                    p->width, p->height);
    const Status s = durable_write(path, file, bytes, e);
    free(file);
    return s;
}
