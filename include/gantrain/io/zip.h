/* Reading zip archives: the names in it, and one entry at a time into memory. Nothing is ever
 * extracted to disk, so names are only names.
 *
 * Entries that are stored or deflated, also of more than 4 GiB (zip64). Source: PKWARE,
 * APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. */
#ifndef GANTRAIN_IO_ZIP_H
#define GANTRAIN_IO_ZIP_H

#include "gantrain/base/file.h"

typedef struct ZipEntry {
    const char *name; /* as in the archive; a folder ends in '/'; owned by the Zip */
    uint64_t size;    /* unpacked                                                  */
    uint64_t packed;  /* in the archive                                            */
    uint64_t offset;  /* of its local header                                       */
    uint32_t crc;     /* CRC-32 of the unpacked bytes                              */
    uint16_t method;  /* 0 stored, 8 deflated                                      */
    bool encrypted;
} ZipEntry;

typedef struct Zip {
    const char *path; /* the caller's, for messages */
    Status code;      /* of failures                */
    int fd;
    uint64_t bytes;  /* of the file                 */
    uint64_t base;   /* bytes before the archive    */
    ZipEntry *entry; /* [n] owned                   */
    int n;
    char *names; /* owned */
} Zip;

/* zip_open: reads the central directory of the archive `path`, which must outlive *z. Damage fails
 * with `code`; GT_ERESOURCE. The caller calls zip_close after GT_OK. */
Status zip_open(Zip *z, const char *path, Status code, Error *e);

/* zip_read: unpacks entry i and checks its size and CRC; at most `limit` bytes. May be called by
 * several threads at once. Messages do not name the archive or the entry. The caller frees *out
 * with bytes_free. */
Status zip_read(const Zip *z, int i, size_t limit, Bytes *out, Error *e);

/* For readers of their own, such as io/zip_stream.h. zip_locate: where the bytes of entry i begin,
 * if it can be unpacked and lies within the archive. zip_read_at: n bytes at `from`, which are
 * within the file. Messages name neither archive nor entry. */
Status zip_locate(const Zip *z, int i, uint64_t *from, Error *e);
Status zip_read_at(const Zip *z, uint64_t from, void *to, size_t n, Error *e);

/* Accepts NULL and a zeroed Zip. */
void zip_close(Zip *z);

#endif
