/* The orientation of a picture: read from its EXIF block, and applied.
 *
 * EXIF is a TIFF file of which only the first directory matters here. Source: CIPA DC-008, Exif
 * 2.32, sections 4.5 and 4.6.4 A. */
#include "picture_codec.h"

#include <stdlib.h>
#include <string.h>

enum { ORIENTATION_TAG = 0x0112, TYPE_SHORT = 3, FIELD_BYTES = 12 };

typedef struct Tiff {
    const uint8_t *at;
    size_t n;
    bool big_endian;
} Tiff;

/* A number of `bytes` at an offset; 0 beyond the end. */
static uint32_t number(const Tiff *t, size_t offset, size_t bytes)
{
    uint32_t x = 0;
    if (offset > t->n || t->n - offset < bytes)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        x = x << 8 | t->at[offset + (t->big_endian ? i : bytes - 1 - i)];
    return x;
}

static int orientation_of(const Tiff *t, size_t directory)
{
    const uint32_t fields = number(t, directory, 2);
    for (uint32_t i = 0; i < fields; i++) {
        const size_t field = directory + 2 + i * (size_t)FIELD_BYTES;
        if (field > t->n)
            break;
        if (number(t, field, 2) == ORIENTATION_TAG && number(t, field + 2, 2) == TYPE_SHORT) {
            const uint32_t value = number(t, field + 8, 2);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}

int exif_orientation(const uint8_t *at, size_t n)
{
    static const char begin[] = "Exif\0"; /* and the NUL of the literal */
    if (n < sizeof begin + 8 || memcmp(at, begin, sizeof begin) != 0)
        return 1;
    Tiff t = { at + sizeof begin, n - sizeof begin, false };
    if (memcmp(t.at, "MM", 2) == 0)
        t.big_endian = true;
    else if (memcmp(t.at, "II", 2) != 0)
        return 1;
    return number(&t, 2, 2) == 42 ? orientation_of(&t, number(&t, 4, 4)) : 1;
}

/* Where the pixel (x, y) of the result is taken from. Orientations 5 to 8 exchange the axes; bit by
 * bit: what is mirrored first. */
static const uint8_t *source_pixel(const Picture *p, int orientation, int x, int y)
{
    static const bool from_right[] = { 0, 0, 1, 1, 0, 0, 0, 1, 1 };
    static const bool from_below[] = { 0, 0, 0, 1, 1, 0, 1, 1, 0 };
    const int column = orientation >= 5 ? y : x, row = orientation >= 5 ? x : y;
    const int sx = from_right[orientation] ? p->width - 1 - column : column;
    const int sy = from_below[orientation] ? p->height - 1 - row : row;
    return p->at + ((size_t)sy * (size_t)p->width + (size_t)sx) * (size_t)p->channels;
}

Status picture_turn(Picture *p, int orientation, Error *e)
{
    if (orientation <= 1)
        return GT_OK;
    Picture q = { orientation >= 5 ? p->height : p->width, orientation >= 5 ? p->width : p->height,
                  p->channels, malloc(picture_bytes(p)) };
    if (!q.at)
        return fail(e, GT_ERESOURCE, "not enough memory to turn it");
    uint8_t *to = q.at;
    for (int y = 0; y < q.height; y++)
        for (int x = 0; x < q.width; x++) {
            const uint8_t *from = source_pixel(p, orientation, x, y);
            for (int k = 0; k < p->channels; k++)
                *to++ = from[k];
        }
    picture_free(p);
    *p = q;
    return GT_OK;
}
