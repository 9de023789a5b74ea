/* Heads of PNG and JPEG files, read without a library: size, type, orientation. */
#include "picture_codec.h"

#include <string.h>

#include "gantrain/base/signature.h"

static int big16(const uint8_t *at)
{
    return at[0] << 8 | at[1];
}

static uint32_t big32(const uint8_t *at)
{
    return (uint32_t)big16(at) << 16 | (uint32_t)big16(at + 2);
}

static Status check_size(uint32_t width, uint32_t height, PictureHead *h, Error *e)
{
    if (width == 0 || height == 0)
        return fail(e, GT_EDATA, "damaged: %u x %u pixels", width, height);
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE ||
        (uint64_t)width * height > IMAGE_MAX_PIXELS)
        return fail(e, GT_EDATA, "%u x %u pixels: at most %d per side and %d in total are possible",
                    width, height, IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS);
    h->width = (int)width;
    h->height = (int)height;
    return GT_OK;
}

/* ---- PNG: W3C PNG, sections 5 and 11.2.2 --------------------------------------------------- */

enum { PNG_HEAD = 26, COLOUR = 2, PALETTE = 3, ALPHA = 4 };

static Status examine_png(const uint8_t *at, size_t n, PictureHead *h, Error *e)
{
    static const char chunk[] = "\0\0\0\rIHDR"; /* length and name of the first chunk */
    if (n < PNG_HEAD || memcmp(at + 8, chunk, sizeof chunk - 1) != 0)
        return fail(e, GT_EDATA, "truncated or damaged: a PNG without an IHDR chunk");
    const int type = at[25];
    h->format = PICTURE_PNG;
    h->depth = at[24];
    h->palette = type == PALETTE;
    h->alpha = type & ALPHA;
    h->channels = type & COLOUR ? 3 : 1;
    return check_size(big32(at + 16), big32(at + 20), h, e);
}

/* ---- JPEG: ITU-T T.81, annex B ------------------------------------------------------------- */

enum { SOF0 = 0xC0, DHT = 0xC4, JPG = 0xC8, DAC = 0xCC, SOF15 = 0xCF, RST0 = 0xD0, SOI = 0xD8 };
enum { EOI = 0xD9, SOS = 0xDA, APP1 = 0xE1, TEM = 0x01, FRAME_BYTES = 8 };

static bool is_frame(int marker)
{
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static bool stands_alone(int marker)
{
    return (marker >= RST0 && marker <= SOI) || marker == TEM;
}

static Status read_frame(const uint8_t *at, PictureHead *h, Error *e)
{
    h->depth = at[2];
    h->channels = at[7] == 1 ? 1 : 3;
    TRY(check_size((uint32_t)big16(at + 5), (uint32_t)big16(at + 3), h, e));
    if (h->orientation >= 5) {
        const int width = h->width;
        h->width = h->height;
        h->height = width;
    }
    return GT_OK;
}

static Status examine_jpeg(const uint8_t *at, size_t n, PictureHead *h, Error *e)
{
    h->format = PICTURE_JPEG;
    for (size_t i = 2; i + 4 <= n;) {
        const int marker = at[i + 1];
        if (at[i] != 0xFF || marker == 0xFF || marker == 0 || stands_alone(marker)) {
            i += at[i] == 0xFF && stands_alone(marker) ? 2 : 1; /* as decoders do: resynchronise */
            continue;
        }
        const size_t length = (size_t)big16(at + i + 2), left = n - i - 2;
        if (marker == SOS || marker == EOI || length < 2 || length > left)
            break;
        if (marker == APP1 && h->orientation == 1)
            h->orientation = exif_orientation(at + i + 4, length - 2);
        if (is_frame(marker) && length >= FRAME_BYTES)
            return read_frame(at + i + 2, h, e);
        i += 2 + length;
    }
    return fail(e, GT_EDATA, "truncated or damaged: a JPEG without a frame header");
}

/* ---- either --------------------------------------------------------------------------------- */

Status picture_examine(const uint8_t *at, size_t n, PictureHead *h, Error *e)
{
    static const uint8_t png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    *h = (PictureHead){ .orientation = 1 };
    if (n >= sizeof png && memcmp(at, png, sizeof png) == 0)
        return examine_png(at, n, h, e);
    if (n >= 3 && memcmp(at, "\xFF\xD8\xFF", 3) == 0)
        return examine_jpeg(at, n, h, e);
    const char *name = signature_name(at, n < SIGNATURE_BYTES ? n : SIGNATURE_BYTES);
    return n == 0 ? fail(e, GT_EDATA, "empty: expected a PNG or a JPEG")
                  : fail(e, GT_EDATA, "%s%s: expected a PNG or a JPEG", name ? "is " : "",
                         name ? name : "of an unknown format");
}

Status picture_decode(const uint8_t *at, size_t n, int background, Picture *out, Error *e)
{
    PictureHead h;
    *out = (Picture){ 0 };
    TRY(picture_examine(at, n, &h, e));
    if (h.format == PICTURE_PNG)
        return png_decode(at, n, &h, background, false, out, e);
    TRY(jpeg_decode(at, n, &h, out, e));
    const Status s = picture_turn(out, h.orientation, e);
    if (s != GT_OK)
        picture_free(out);
    return s;
}
