/* A PNG decoder for tests: chunks with their CRC, zlib, row filters; 8-bit grey and RGB without
 * interlacing. */
#ifndef GANTRAIN_TESTS_PNG_PARTS_H
#define GANTRAIN_TESTS_PNG_PARTS_H

#include <zlib.h>

#include "gantrain/base/file.h"
#include "gantrain/io/image.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static inline uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The chunk at *at must be `type`; checks its CRC and steps over it. */
static inline const uint8_t *take_chunk(const Bytes *file, size_t *at, const char *type, size_t *n)
{
    const uint8_t *chunk = file->at + *at;
    assert_true(*at + 12 <= file->size);
    *n = big_endian(chunk);
    assert_true(*n <= file->size - *at - 12);
    assert_memory_equal(chunk + 4, type, 4);
    assert_int_equal(big_endian(chunk + 8 + *n), crc32(0, chunk + 4, (uInt)(4 + *n)));
    *at += 12 + *n;
    return chunk + 8;
}

static inline int paeth(int left, int up, int corner)
{
    const int p = left + up - corner;
    const int a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? up : corner;
}

static inline int predicted(int filter, int left, int up, int corner)
{
    switch (filter) {
    case 0:
        return 0;
    case 1:
        return left;
    case 2:
        return up;
    case 3:
        return (left + up) / 2;
    default:
        assert_int_equal(filter, 4);
        return paeth(left, up, corner);
    }
}

/* PNG specification, section 9: neighbours outside the picture count as 0. */
static inline void unfilter(Picture *p, const uint8_t *rows)
{
    const int step = p->channels, row = p->width * step;
    for (int y = 0; y < p->height; y++, rows += row + 1) {
        uint8_t *now = p->at + y * row;
        const uint8_t *above = now - row;
        for (int i = 0; i < row; i++) {
            const int left = i < step ? 0 : now[i - step], up = y ? above[i] : 0;
            const int corner = i < step || y == 0 ? 0 : above[i - step];
            now[i] = (uint8_t)(rows[1 + i] + predicted(rows[0], left, up, corner));
        }
    }
}

/* IHDR at *at. */
static inline Picture take_head(const Bytes *file, size_t *at)
{
    size_t n = 0;
    const uint8_t *head = take_chunk(file, at, "IHDR", &n);
    assert_int_equal(n, 13);
    assert_int_equal(head[8], 8);
    assert_true(head[9] == 0 || head[9] == 2);
    assert_memory_equal(head + 10, "\0\0\0", 3);
    return (Picture){ (int)big_endian(head), (int)big_endian(head + 4), head[9] == 2 ? 3 : 1,
                      NULL };
}

/* The pixels of a deflated picture of the size of *p. */
static inline void unpack(Picture *p, const uint8_t *packed, size_t n)
{
    const size_t bytes = (size_t)p->height * (size_t)(p->width * p->channels + 1);
    uLongf got = bytes;
    uint8_t *rows = malloc(bytes);
    p->at = malloc(picture_bytes(p));
    assert_true(rows && p->at);
    assert_int_equal(uncompress(rows, &got, packed, n), Z_OK);
    assert_int_equal(got, bytes);
    unfilter(p, rows);
    free(rows);
}

static inline void take_end(const Bytes *file, size_t at)
{
    size_t n = 0;
    take_chunk(file, &at, "IEND", &n);
    assert_int_equal(n, 0);
    assert_int_equal(at, file->size);
}

static inline Bytes open_png(const char *path)
{
    Bytes file;
    assert_int_equal(file_read(&file, path, 1 << 24, GT_EOUTPUT, NULL), GT_OK);
    assert_memory_equal(file.at, "\x89PNG\r\n\x1a\n", 8);
    return file;
}

#endif
