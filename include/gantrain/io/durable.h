/* The only writer of files in the program: a file is complete, or unchanged.
 *
 * Protocol: a temporary file in the same folder (O_CREAT|O_EXCL|O_NOFOLLOW), write, fsync, close,
 * rename, fsync of the folder. A failed fsync is final and never repeated: Linux marks the pages
 * clean after the first failure. */
#ifndef GANTRAIN_IO_DURABLE_H
#define GANTRAIN_IO_DURABLE_H

#include <stddef.h>

#include "gantrain/base/status.h"

/* durable_write: replaces the file `path`. A symbolic link at `path` is replaced, not followed; a
 * device is refused. GT_EOUTPUT (or GT_ERESOURCE: no descriptors) names the failing call and the
 * path, and the old file is unchanged, unless the fsync of the folder failed: then the new file
 * may not survive a power failure. */
Status durable_write(const char *path, const void *bytes, size_t size, Error *e);

typedef struct Piece {
    const void *at;
    size_t size;
} Piece;

/* durable_write_pieces: the same for a file of n concatenated pieces. */
Status durable_write_pieces(const char *path, const Piece *piece, int n, Error *e);

/* durable_probe: whether files can be created and written in `folder`; leaves nothing there.
 * GT_EOUTPUT or GT_ERESOURCE name the failing call. */
Status durable_probe(const char *folder, Error *e);

/* durable_append: appends one record, with a single write(2) unless that is partial, and creates
 * the file if it is missing. Not synced: a power failure may lose the record, a clean exit never
 * truncates it. A partial record is removed again. Regular files only; symbolic links are not
 * followed. */
Status durable_append(const char *path, const void *bytes, size_t size, Error *e);

/* durable_sync: makes the records of a file, or the names in a folder, survive a power failure. A
 * missing path is not an error. */
Status durable_sync(const char *path, Error *e);

/* durable_remove: removes a file, durably once its folder is synced. A missing file is not an
 * error. */
Status durable_remove(const char *path, Error *e);

/* durable_mkdir: mkdir -p, durable. */
Status durable_mkdir(const char *path, Error *e);

/* durable_sweep: removes the temporary files (by our name pattern) that a killed process left in
 * `folder`. The caller holds the folder's lock. */
void durable_sweep(const char *folder);

#endif
