/* h := (h xor byte)·p for every byte. */
#include "gantrain/base/hash.h"

uint64_t hash_update(uint64_t so_far, const void *bytes, size_t n)
{
    const uint64_t p = UINT64_C(0x100000001b3);
    const unsigned char *at = bytes;
    uint64_t h = so_far;
    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * p;
    return h;
}
