/* An IDX file, plain or gzip, as an array. */
#ifndef GANTRAIN_SRC_DATA_IDX_ARRAY_H
#define GANTRAIN_SRC_DATA_IDX_ARRAY_H

#include "array.h"

/* idx_open: opens and checks `path`, which must outlive *a, with its header against its size.
 *   rank   in   expected: 1 for labels, 3 for images (which also accepts 4)
 * GT_EDATA with path, byte offset, what was found and what was expected; GT_ERESOURCE. */
Status idx_open(Array *a, const char *path, int rank, Error *e);

#endif
