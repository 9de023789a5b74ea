/* IDX files, the format of MNIST: plain or gzip, told apart by their first bytes.
 *
 * 00 00 TT DD, then DD big-endian 32-bit extents, then the data. We take unsigned bytes (TT = 08). */
#ifndef GANTRAIN_DATA_IDX_H
#define GANTRAIN_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum { IDX_RANK_MAX = 4 };

/* An array of unsigned bytes. */
typedef struct Idx {
    int rank;                  /* 1..IDX_RANK_MAX                    */
    uint32_t at[IDX_RANK_MAX]; /* extents, at[0] items               */
    uint8_t *data;             /* [at[0] * at[1] * ...] owned        */
    size_t bytes;              /* of data                            */
} Idx;

/* idx_read: read `path` and check it: header before any allocation, size of the file (or of the
 * unpacked stream, with its CRC) against the header, to the byte.
 *   rank   in   wanted rank: 1 for labels, 3 for images (4 is taken where 3 is wanted: N,C,H,W)
 * Damage: GT_EDATA with path, byte offset, what was found and what was expected. */
Status idx_read(Idx *x, const char *path, int rank, Error *e);

/* idx_encode: the bytes of a plain IDX file of rank 1..IDX_RANK_MAX; *file is malloc'ed and the
 * caller's. GT_ERESOURCE. (data and io do not see each other: the caller writes it.) */
Status idx_encode(const uint32_t *at, int rank, const uint8_t *data, uint8_t **file, size_t *bytes,
                  Error *e);

/* Accepts NULL and a zeroed Idx. */
void idx_free(Idx *x);

#endif
