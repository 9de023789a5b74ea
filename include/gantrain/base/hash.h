/* FNV-1a with 64 bits: names what data are, keeps nobody out.
 * Source: Fowler, Noll, Vo; RFC 9923. */
#ifndef GANTRAIN_BASE_HASH_H
#define GANTRAIN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_DIGITS = 16 }; /* of a hash in hexadecimal */

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

/* The hash of what was hashed so far, HASH_INIT at first, and n bytes more. */
uint64_t hash_update(uint64_t so_far, const void *bytes, size_t n);

#endif
