/* Reading PNG files with libpng's simplified interface, which returns errors instead of jumping,
 * gives the size before it needs memory for the pixels, and checks the CRC of every chunk. Its
 * warnings, and bytes after the last row, are errors here. */
#include <png.h>

#include "gantrain/io/image.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"

enum { PNG_FILE_BYTES = 256 << 20 };

/* Signature, and the length and name of the first chunk. */
static const uint8_t begin[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n',
                                 0,    0,   0,   13,  'I',  'H',  'D',  'R' };

/* The last chunk: no data, name, CRC. */
static const uint8_t end_chunk[] = { 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82 };

static bool has_end(const uint8_t *at, size_t n)
{
    const size_t end = sizeof end_chunk;
    return n >= end && memcmp(at + n - end, end_chunk, end) == 0;
}

static int64_t number_at(const uint8_t *at)
{
    return (int64_t)at[0] << 24 | (int64_t)at[1] << 16 | (int64_t)at[2] << 8 | at[3];
}

/* W3C PNG, sections 5 and 11. */
bool png_dimensions(const uint8_t *at, size_t n, int *width, int *height)
{
    const size_t head = sizeof begin;
    if (n < head + 8 + sizeof end_chunk || memcmp(at, begin, head) != 0 || !has_end(at, n))
        return false;
    const int64_t w = number_at(at + head), h = number_at(at + head + 4);
    *width = (int)w;
    *height = (int)h;
    return w > 0 && h > 0 && w <= INT32_MAX && h <= INT32_MAX;
}

static Status check_head(const png_image *image, const char *path, Error *e)
{
    if (image->format != PNG_FORMAT_GRAY && image->format != PNG_FORMAT_RGB)
        return fail(e, GT_EDATA, "%s: a PNG with%s: expected 8-bit grey or RGB", path,
                    image->format & PNG_FORMAT_FLAG_COLORMAP ? " a palette"
                    : image->format & PNG_FORMAT_FLAG_ALPHA  ? " transparency"
                                                             : " 16 bits a value");
    if (image->width > IMAGE_MAX_SIDE || image->height > IMAGE_MAX_SIDE ||
        (uint64_t)image->width * image->height > IMAGE_MAX_PIXELS)
        return fail(e, GT_EDATA,
                    "%s: %u x %u pixels: at most %d per side and %d in total are possible", path,
                    image->width, image->height, IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    return GT_OK;
}

static Status fail_decoding(const png_image *image, const char *path, const char *what, Error *e)
{
    const bool memory = strstr(image->message, "emory"); /* or "Memory": its only distinction */
    return memory
               ? fail(e, GT_ERESOURCE, "%s: not enough memory to read it: %s", path, image->message)
               : fail(e, GT_EDATA, "%s: %s: %s", path, what, image->message);
}

static Status read_pixels(png_image *image, Picture *p, const char *path, Error *e)
{
    *p = (Picture){ (int)image->width, (int)image->height, image->format == PNG_FORMAT_RGB ? 3 : 1,
                    NULL };
    p->at = malloc(picture_bytes(p));
    if (!p->at)
        return fail(e, GT_ERESOURCE, "%s: not enough memory for its %d x %d pixels", path, p->width,
                    p->height);
    if (png_image_finish_read(image, NULL, p->at, p->width * p->channels, NULL) &&
        !image->warning_or_error)
        return GT_OK;
    picture_free(p);
    return fail_decoding(image, path, "damaged", e);
}

static Status decode(const Bytes *file, Picture *p, const char *path, Error *e)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    Status s;
    if (!has_end(file->at, file->size))
        return fail(e, GT_EDATA,
                    "%s: truncated or not a PNG: its %zu bytes do not end in an IEND chunk", path,
                    file->size);
    if (!png_image_begin_read_from_memory(&image, file->at, file->size) || image.warning_or_error)
        s = fail_decoding(&image, path, "damaged or not a PNG", e);
    else
        s = check_head(&image, path, e);
    if (s == GT_OK)
        s = read_pixels(&image, p, path, e);
    png_image_free(&image);
    return s;
}

Status png_read(Picture *p, const char *path, Error *e)
{
    Bytes file;
    *p = (Picture){ 0 };
    TRY(file_read(&file, path, PNG_FILE_BYTES, GT_EDATA, e));
    const Status s = decode(&file, p, path, e);
    bytes_free(&file);
    return s;
}
