/* Bytes as a safetensors file. The first selects the form: the file (even), or a header, a NUL and
 * data, which get the correct length in front (odd). */
#ifndef GANTRAIN_TESTS_TENSOR_BYTES_H
#define GANTRAIN_TESTS_TENSOR_BYTES_H

#include "fuzz.h"

enum { TENSOR_BYTES = 1 << 16 };

/* Sets the file; false: too long. */
static inline bool set_tensor_file(const uint8_t *data, size_t size)
{
    static uint8_t file[TENSOR_BYTES + 8];
    if (size < 1 || size > TENSOR_BYTES)
        return false;
    fuzz_set_file(data + 1, size - 1);
    if (!(data[0] & 1))
        return true;
    const uint8_t *text = data + 1, *nul = memchr(text, 0, size - 1);
    const size_t n = nul ? (size_t)(nul - text) : size - 1, rest = nul ? size - 2 - n : 0;
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)n >> 8 * i);
    memcpy(file + 8, text, n);
    if (rest > 0)
        memcpy(file + 8 + n, nul + 1, rest);
    fuzz_set_file(file, 8 + n + rest);
    return true;
}

#endif
