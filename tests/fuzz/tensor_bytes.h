/* Bytes as a safetensors file. The first says how: as they are (even), or as a header, a NUL and data, to which
 * the length is put in front, so that the fuzzer need not keep it right (odd). */
#ifndef GANTRAIN_TESTS_TENSOR_BYTES_H
#define GANTRAIN_TESTS_TENSOR_BYTES_H

#include "fuzz.h"

enum { TENSOR_BYTES = 1 << 16 };

/* Makes it what every file holds; false: too long. */
static inline bool give_tensors(const uint8_t *data, size_t size)
{
    static uint8_t file[TENSOR_BYTES + 8];
    if (size < 1 || size > TENSOR_BYTES)
        return false;
    fuzz_give(data + 1, size - 1);
    if (!(data[0] & 1))
        return true;
    const uint8_t *text = data + 1, *nul = memchr(text, 0, size - 1);
    const size_t n = nul ? (size_t)(nul - text) : size - 1, rest = nul ? size - 2 - n : 0;
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)n >> 8 * i);
    memcpy(file + 8, text, n);
    if (rest > 0)
        memcpy(file + 8 + n, nul + 1, rest);
    fuzz_give(file, 8 + n + rest);
    return true;
}

#endif
