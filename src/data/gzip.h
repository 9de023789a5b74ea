/* Reading a regular file forward; gzip, recognised by its first bytes (1f 8b) and not by its name,
 * is unpacked. Output is bounded by what the caller requests, whatever the file claims. */
#ifndef GANTRAIN_SRC_DATA_GZIP_H
#define GANTRAIN_SRC_DATA_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

struct z_stream_s;

typedef struct Gzip {
    const char *path; /* for messages; not owned, must outlive this */
    int fd;
    bool ended;                 /* the last gzip member was complete       */
    uint64_t size;              /* of the file, in bytes                   */
    uint64_t consumed;          /* bytes read from the file so far         */
    struct z_stream_s *inflate; /* owned; NULL: a plain file               */
    unsigned char *input;       /* [GZIP_INPUT] owned; bytes to unpack     */
} Gzip;

/* gzip_open: opens a regular file that is not empty. Nothing stays open after a failure:
 * GT_EDATA "path: No such file or directory", GT_ERESOURCE without memory or descriptors. */
Status gzip_open(Gzip *g, const char *path, Error *e);

/* gzip_read: the next `want` bytes into `out`. *got < want at the end of the file; of gzip, every
 * member was then complete with the right CRC and length, and nothing followed.
 * GT_EDATA names the byte of the file; GT_ERESOURCE. */
Status gzip_read(Gzip *g, void *out, size_t want, size_t *got, Error *e);

/* gzip_rewind: the next byte is the first one again. */
Status gzip_rewind(Gzip *g, Error *e);

/* The most bytes the file can yield: its size, or for gzip 1032 times as much. */
uint64_t gzip_max_output(const Gzip *g);

/* Accepts NULL and a zeroed Gzip. */
void gzip_close(Gzip *g);

#endif
