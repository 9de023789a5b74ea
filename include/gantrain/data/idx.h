/* IDX files, the format of MNIST, plain or gzip (recognised by content).
 *
 * 00 00 TT DD, then DD big-endian 32-bit extents, then the data; only unsigned bytes (TT = 08). */
#ifndef GANTRAIN_DATA_IDX_H
#define GANTRAIN_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum { IDX_RANK_MAX = 4 };

/* An array of unsigned bytes. */
typedef struct Idx {
    int rank; /* 1..IDX_RANK_MAX */
    uint32_t extent[IDX_RANK_MAX];
    uint8_t *data; /* [extent[0], extent[1], ...] owned */
    size_t bytes;  /* of data                           */
} Idx;

/* idx_read: reads and checks `path`: the header before any allocation, then the size of the file
 * (or of the unpacked stream, with its CRC) against the header, to the byte.
 *   rank   in   expected rank: 1 for labels, 3 for images (which also accepts 4: N,C,H,W)
 * Damage: GT_EDATA with path, byte offset, what was found and what was expected. */
Status idx_read(Idx *x, const char *path, int rank, Error *e);

/* idx_encode: the bytes of a plain IDX file of rank 1..IDX_RANK_MAX. The caller writes *file (data
 * and io do not depend on each other) and frees it. GT_ERESOURCE. */
Status idx_encode(const uint32_t *extent, int rank, const uint8_t *data, uint8_t **file,
                  size_t *bytes, Error *e);

/* Accepts NULL and a zeroed Idx. */
void idx_free(Idx *x);

#endif
