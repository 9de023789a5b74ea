/* FNV-1a with 64 bits: identifies data, not cryptographic. Source: Fowler, Noll, Vo; RFC 9923. */
#ifndef GANTRAIN_BASE_HASH_H
#define GANTRAIN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_DIGITS = 16 }; /* of a hash in hexadecimal */

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

/* h := (h xor byte)·p for each of the n bytes. Start with HASH_INIT. */
static inline uint64_t hash_update(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * UINT64_C(0x100000001b3);
    return h;
}

#endif
