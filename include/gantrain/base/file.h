/* Reading whole regular files. */
#ifndef GANTRAIN_BASE_FILE_H
#define GANTRAIN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/status.h"

typedef struct Bytes {
    unsigned char *at; /* owned; one NUL byte follows the last byte */
    size_t size;
} Bytes;

/* file_read: the whole of a regular file (no folder, FIFO or device), at most `limit` bytes.
 * `code` is the status of every failure but too little memory or too few descriptors
 * (GT_ERESOURCE). EINTR and short reads are handled. The result is freed with bytes_free. */
Status file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e);

/* Whether a path has something at its end. What cannot be looked at counts as there: whoever opens it
 * tells why, and nobody takes a failing disk for an empty one. */
bool file_exists(const char *path);

/* Accepts NULL and a zeroed Bytes. */
void bytes_free(Bytes *b);

#endif
