/* PNG files from chunks without checksums: two bytes of length, four of name, the data. */
#ifndef GANTRAIN_TESTS_FUZZ_PNG_CHUNKS_H
#define GANTRAIN_TESTS_FUZZ_PNG_CHUNKS_H

#include <stdint.h>
#include <string.h>
#include <zlib.h>

static inline size_t fuzz_put_big(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(x >> (24 - 8 * i));
    return 4;
}

/* The file of the chunks in from[n], with their checksums; to has room for 3 n + 8 bytes. */
static inline size_t fuzz_put_chunks(uint8_t *to, const uint8_t *from, size_t n)
{
    static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    size_t used = sizeof signature;
    memcpy(to, signature, used);
    for (size_t at = 0; n - at >= 6;) {
        const size_t wanted = (size_t)from[at] << 8 | from[at + 1], left = n - at - 6;
        const size_t length = wanted < left ? wanted : left;
        used += fuzz_put_big(to + used, (uint32_t)length);
        memcpy(to + used, from + at + 2, 4 + length);
        const uint32_t crc = (uint32_t)crc32_z(0, to + used, 4 + length);
        used += 4 + length;
        used += fuzz_put_big(to + used, crc);
        at += 6 + length;
    }
    return used;
}

#endif
