/* Reading whole regular files. */
#ifndef GANTRAIN_BASE_FILE_H
#define GANTRAIN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

typedef struct Bytes {
    unsigned char *at; /* owned; one NUL byte follows the last byte */
    size_t size;
} Bytes;

/* file_open: a regular file (no folder, FIFO or device) for reading; *fd -1 after a failure,
 * else the caller closes it.
 * file_read: the whole of a regular file of at most `limit` bytes. Both fail with `code`, or
 * with GT_ERESOURCE when memory or descriptors run out. EINTR and short reads are handled. The
 * caller frees the result with bytes_free. */
Status file_open(int *fd, uint64_t *size, const char *path, Status code, Error *e);
Status file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e);

/* Whether `path` exists. A path that cannot be examined counts as existing, so that opening it
 * reports the cause and a failing disk is not taken for an empty one. */
bool file_exists(const char *path);

/* Accepts NULL and a zeroed Bytes. */
void bytes_free(Bytes *b);

#endif
