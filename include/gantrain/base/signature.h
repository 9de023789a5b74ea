/* What a file is, by its first bytes: for messages about a file that is something else. */
#ifndef GANTRAIN_BASE_SIGNATURE_H
#define GANTRAIN_BASE_SIGNATURE_H

#include <stddef.h>

enum { SIGNATURE_BYTES = 512 }; /* of a file are enough to recognise it */

typedef struct Signature {
    const char *name;   /* "a PNG picture"                              */
    const char *remedy; /* "unpack it first (gunzip)"; NULL: no general one */
} Signature;

/* signature_find: the format of a file that begins with these n bytes; NULL: unknown.
 * signature_name: its name; NULL: unknown. */
const Signature *signature_find(const unsigned char *at, size_t n);
const char *signature_name(const unsigned char *at, size_t n);

#endif
