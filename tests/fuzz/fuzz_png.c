/* A PNG. The first byte selects the form: the file (even), or chunks that get correct checksums,
 * so that they reach the decoder (odd): two bytes of length, four of name, the data. */
#include <zlib.h>

#include "fuzz.h"
#include "gantrain/io/image.h"

enum { MOST = 1 << 14 };

static size_t put_big(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(x >> (24 - 8 * i));
    return 4;
}

static size_t put_chunks(uint8_t *to, const uint8_t *from, size_t n)
{
    static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    size_t used = sizeof signature;
    memcpy(to, signature, used);
    for (size_t at = 0; n - at >= 6;) {
        const size_t wanted = (size_t)from[at] << 8 | from[at + 1], left = n - at - 6;
        const size_t length = wanted < left ? wanted : left;
        used += put_big(to + used, (uint32_t)length);
        memcpy(to + used, from + at + 2, 4 + length);
        const uint32_t crc = (uint32_t)crc32_z(0, to + used, 4 + length);
        used += 4 + length;
        used += put_big(to + used, crc);
        at += 6 + length;
    }
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[3 * MOST];
    static Error e;
    Picture p;
    int width = 0, height = 0;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1 || size > MOST)
        return 0;
    const bool chunks = data[0] & 1;
    const size_t n = chunks ? put_chunks(file, data + 1, size - 1) : size - 1;
    const uint8_t *png = chunks ? file : data + 1;
    fuzz_set_file(png, n);
    const Status s = png_read(&p, "input", &e);
    must_report(s, &e);
    if (s == GT_OK)
        must(png_dimensions(png, n, &width, &height) && width == p.width && height == p.height,
             "both readers find the same size");
    picture_free(&p);
    return 0;
}
