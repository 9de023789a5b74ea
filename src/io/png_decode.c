/* Decoding PNG files of every type with libpng, which jumps out of its functions on an error: only
 * within attempt(), which calls nothing of ours that would leak. All chunks that do not change
 * pixels are skipped, and with them their decompression. Memory comes from our malloc, so that its
 * lack can be told from damage. */
#include <png.h>

#include "picture_codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/alpha.h"

typedef struct Reading {
    const uint8_t *at; /* [size] the file */
    size_t size, used;
    png_structp png;
    png_infop info;
    uint8_t *pixels; /* [height][width][channels], owned */
    int width, height, channels;
    bool no_memory, cut;
    char error[96], warning[96]; /* the first of each */
} Reading;

/* ---- libpng's callbacks ---------------------------------------------------------------------- */

static void *take(png_structp png, png_alloc_size_t bytes)
{
    Reading *r = png_get_mem_ptr(png);
    void *at = malloc(bytes);
    r->no_memory |= !at;
    return at;
}

static void give_back(png_structp png, void *at)
{
    (void)png;
    free(at);
}

static void on_error(png_structp png, const char *message)
{
    Reading *r = png_get_error_ptr(png);
    snprintf(r->error, sizeof r->error, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, const char *message)
{
    Reading *r = png_get_error_ptr(png);
    if (!*r->warning)
        snprintf(r->warning, sizeof r->warning, "%s", message);
}

static void read_bytes(png_structp png, uint8_t *to, size_t n)
{
    Reading *r = png_get_io_ptr(png);
    if (n > r->size - r->used) {
        r->cut = true;
        png_error(png, "the file ends too early");
    }
    memcpy(to, r->at + r->used, n);
    r->used += n;
}

/* ---- decoding -------------------------------------------------------------------------------- */

/* Every type becomes 8 bits a value: grey, RGB, or either with alpha. */
static void begin(Reading *r)
{
    png_set_read_fn(r->png, r, read_bytes);
    png_set_user_limits(r->png, IMAGE_MAX_SIDE, IMAGE_MAX_SIDE);
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(r->png, r->info);
    png_set_expand(r->png);
    png_set_scale_16(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->width = (int)png_get_image_width(r->png, r->info);
    r->height = (int)png_get_image_height(r->png, r->info);
    r->channels = png_get_channels(r->png, r->info);
}

static void read_rows(Reading *r)
{
    const size_t row = (size_t)r->width * (size_t)r->channels;
    const int passes = png_get_interlace_type(r->png, r->info) == PNG_INTERLACE_NONE
                           ? 1
                           : PNG_INTERLACE_ADAM7_PASSES;
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < r->height; y++)
            png_read_row(r->png, r->pixels + (size_t)y * row, NULL);
    png_read_end(r->png, NULL);
}

/* False: libpng jumped back. */
static bool attempt(Reading *r, void (*work)(Reading *r))
{
    if (setjmp(png_jmpbuf(r->png)))
        return false;
    work(r);
    return true;
}

static Status report(const Reading *r, Error *e)
{
    if (r->no_memory)
        return fail(e, GT_ERESOURCE, "not enough memory to decode it");
    return fail(e, GT_EDATA, "%s: %s", r->cut ? "truncated" : "damaged",
                *r->error ? r->error : r->warning);
}

static Status read_pixels(Reading *r, const PictureHead *h, bool strict, Error *e)
{
    if (!attempt(r, begin))
        return report(r, e);
    if (r->width != h->width || r->height != h->height || r->channels > 4)
        return fail(e, GT_EDATA, "damaged: two headers");
    r->pixels = malloc((size_t)r->width * (size_t)r->height * (size_t)r->channels);
    if (!r->pixels)
        return fail(e, GT_ERESOURCE, "not enough memory for its %d x %d pixels", r->width,
                    r->height);
    if (!attempt(r, read_rows) || r->no_memory || (strict && *r->warning))
        return report(r, e);
    return GT_OK;
}

/* ---- transparency ---------------------------------------------------------------------------- */

/* In place: the result is shorter. */
static void compose(uint8_t *at, size_t pixels, int channels, int background)
{
    uint8_t *to = at;
    for (size_t i = 0; i < pixels; i++, at += channels + 1) {
        const uint8_t alpha = at[channels];
        for (int k = 0; k < channels; k++)
            *to++ = alpha_over(at[k], alpha, (uint8_t)background);
    }
}

static void take_pixels(Reading *r, int background, Picture *out)
{
    const size_t pixels = (size_t)r->width * (size_t)r->height;
    const bool alpha = r->channels % 2 == 0;
    const int channels = r->channels - alpha;
    if (alpha) {
        compose(r->pixels, pixels, channels, background);
        uint8_t *shorter = realloc(r->pixels, pixels * (size_t)channels);
        r->pixels = shorter ? shorter : r->pixels;
    }
    *out = (Picture){ r->width, r->height, channels, r->pixels };
    r->pixels = NULL;
}

Status png_decode(const uint8_t *at, size_t n, const PictureHead *head, int background, bool strict,
                  Picture *out, Error *e)
{
    Reading r = { .at = at, .size = n };
    *out = (Picture){ 0 };
    r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning, &r, take,
                                     give_back);
    r.info = r.png ? png_create_info_struct(r.png) : NULL;
    const Status s = r.info ? read_pixels(&r, head, strict, e)
                            : fail(e, GT_ERESOURCE, "not enough memory to decode it");
    if (s == GT_OK)
        take_pixels(&r, background, out);
    png_destroy_read_struct(&r.png, &r.info, NULL);
    free(r.pixels);
    return s;
}
