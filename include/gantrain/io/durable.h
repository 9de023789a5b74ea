/* The only writer of files in the program: a file is there whole, or not at all.
 *
 * Protocol: temporary name in the same folder (O_CREAT|O_EXCL|O_NOFOLLOW), write, fsync, close,
 * rename, fsync of the folder. A failed fsync loses this file and is never repeated: Linux marks
 * the pages clean after the first failure. */
#ifndef GANTRAIN_IO_DURABLE_H
#define GANTRAIN_IO_DURABLE_H

#include <stddef.h>

#include "gantrain/base/status.h"

/* durable_write: replace `path` by `bytes`. A symbolic link at `path` is replaced, not followed; a
 * device is refused.
 * GT_EOUTPUT (or GT_ERESOURCE: no descriptors) names the failing call and the path; whatever stood
 * at `path` is then unchanged, unless it was the fsync of the folder that failed: then the new file
 * is there, but may not outlive a loss of power. */
Status durable_write(const char *path, const void *bytes, size_t size, Error *e);

/* durable_write_pieces: the same with a file of n pieces, one behind the other. */
typedef struct Piece {
    const void *at;
    size_t size;
} Piece;
Status durable_write_pieces(const char *path, const Piece *piece, int n, Error *e);

/* durable_probe: whether files can be made and written in `folder`; leaves nothing there. GT_EOUTPUT or
 * GT_ERESOURCE name the failing call. */
Status durable_probe(const char *folder, Error *e);

/* durable_append: append one record, with a single write(2) unless that takes only a part; not synced (a record may be lost with
 * the power, never be torn by a clean exit). Creates the file; a record that does not fit is taken
 * back whole. Regular files only, symbolic links are not followed. */
Status durable_append(const char *path, const void *bytes, size_t size, Error *e);

/* durable_sync: make the records of a file, or the names in a folder, outlive a loss of power. A missing one is
 * fine. */
Status durable_sync(const char *path, Error *e);

/* durable_remove: a file; a missing one is fine. It is gone for good once its folder is synced. */
Status durable_remove(const char *path, Error *e);

/* durable_mkdir: mkdir -p, made to outlive a loss of power. */
Status durable_mkdir(const char *path, Error *e);

/* durable_sweep: remove the temporary files a killed process left in `folder` (our own name pattern
 * only). Call it while holding the folder's lock. */
void durable_sweep(const char *folder);

#endif
