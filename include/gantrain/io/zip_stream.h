/* One entry of a zip archive, read forward: for those too large to unpack into memory. */
#ifndef GANTRAIN_IO_ZIP_STREAM_H
#define GANTRAIN_IO_ZIP_STREAM_H

#include "gantrain/io/zip.h"

struct z_stream_s;

typedef struct ZipStream {
    const Zip *zip; /* must stay open                          */
    const ZipEntry *entry;
    uint64_t from;              /* of its first byte in the file           */
    uint64_t packed;            /* bytes read so far                       */
    uint64_t done;              /* bytes returned so far                   */
    uint32_t crc;               /* of these                                */
    bool ended;                 /* the packed data are complete            */
    struct z_stream_s *inflate; /* owned; NULL: stored                     */
    unsigned char *input;       /* owned; bytes to unpack                  */
} ZipStream;

/* zip_stream_open: entry i from its first byte on. Several streams of one archive may be open.
 * zip_stream_read: the next `want` bytes; *got < want at the end, where size and CRC are right.
 * zip_stream_rewind: the next byte is the first one again.
 * Failures have the code of the archive, or GT_ERESOURCE; messages name neither archive nor entry.
 * zip_stream_close accepts a zeroed stream. */
Status zip_stream_open(ZipStream *s, const Zip *z, int i, Error *e);
Status zip_stream_read(ZipStream *s, void *out, size_t want, size_t *got, Error *e);
Status zip_stream_rewind(ZipStream *s, Error *e);
void zip_stream_close(ZipStream *s);

#endif
