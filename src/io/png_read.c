/* Reading PNG files of our own: 8-bit grey or RGB. Warnings of the decoder, and bytes after the
 * last chunk, are errors here. */
#include "picture_codec.h"

#include <string.h>

#include "gantrain/base/file.h"

/* The last chunk: no data, name, CRC. */
static const uint8_t end_chunk[] = { 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82 };

static bool has_end(const uint8_t *at, size_t n)
{
    const size_t end = sizeof end_chunk;
    return n >= end && memcmp(at + n - end, end_chunk, end) == 0;
}

bool png_dimensions(const uint8_t *at, size_t n, int *width, int *height)
{
    PictureHead h;
    if (!has_end(at, n) || picture_examine(at, n, &h, NULL) != GT_OK || h.format != PICTURE_PNG)
        return false;
    *width = h.width;
    *height = h.height;
    return true;
}

static Status check_head(const PictureHead *h, Error *e)
{
    if (h->format != PICTURE_PNG)
        return fail(e, GT_EDATA, "a JPEG picture: expected a PNG");
    if (h->palette || h->alpha || h->depth != 8)
        return fail(e, GT_EDATA, "a PNG with %s: expected 8-bit grey or RGB",
                    h->palette       ? "a palette"
                    : h->alpha       ? "transparency"
                    : h->depth == 16 ? "16 bits a value"
                                     : "less than 8 bits a value");
    return GT_OK;
}

static Status decode(const Bytes *file, Picture *p, Error *e)
{
    PictureHead h;
    if (!has_end(file->at, file->size))
        return fail(e, GT_EDATA,
                    "truncated or not a PNG: its %zu bytes do not end in an IEND chunk",
                    file->size);
    TRY(picture_examine(file->at, file->size, &h, e));
    TRY(check_head(&h, e));
    TRY(png_decode(file->at, file->size, &h, 0, true, p, e));
    if (p->channels == h.channels)
        return GT_OK;
    picture_free(p); /* a tRNS chunk would not change these pixels, but they are not ours */
    return fail(e, GT_EDATA, "a PNG with transparency: expected 8-bit grey or RGB");
}

Status png_read(Picture *p, const char *path, Error *e)
{
    Bytes file;
    *p = (Picture){ 0 };
    TRY(file_read(&file, path, PICTURE_FILE_BYTES, GT_EDATA, e));
    const Status s = decode(&file, p, e);
    bytes_free(&file);
    return s == GT_OK || !e ? s : error_add_prefix(e, path);
}
