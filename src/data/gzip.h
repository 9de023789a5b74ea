/* A regular file read forward; gzip is unpacked on the way, known by its first bytes (1f 8b) and
 * never by its name. What comes out is bounded by what the caller asks for, whatever the file says. */
#ifndef GANTRAIN_SRC_DATA_GZIP_H
#define GANTRAIN_SRC_DATA_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

struct z_stream_s;

typedef struct Gzip {
    const char *path; /* for messages; the caller's, must outlive this */
    int fd;
    bool ended;                 /* the last packed member was complete           */
    uint64_t size;              /* bytes of the file                             */
    uint64_t taken;             /* bytes read from it so far                     */
    struct z_stream_s *inflate; /* owned; NULL: the file is not packed           */
    unsigned char *input;       /* [GZIP_INPUT] owned; packed bytes on their way */
} Gzip;

/* gzip_open: open a regular file that is not empty. Nothing stays open after a failure:
 * GT_EDATA "path: No such file or directory", GT_ERESOURCE without memory or descriptors. */
Status gzip_open(Gzip *g, const char *path, Error *e);

/* gzip_read: the next `want` bytes into `out`. *got < want: the file ended there, and if it was
 * packed, every member was complete with the right CRC and length and nothing followed.
 * GT_EDATA names the byte of the file; GT_ERESOURCE. */
Status gzip_read(Gzip *g, void *out, size_t want, size_t *got, Error *e);

/* The most bytes that can come out of this file: its size, or when packed 1032 times as much. */
uint64_t gzip_max_output(const Gzip *g);

/* Accepts NULL and a zeroed Gzip. */
void gzip_close(Gzip *g);

#endif
