/* A .npy file, plain or gzip, or an array of an .npz archive, as an Array. */
#ifndef GANTRAIN_SRC_DATA_NPY_FILE_H
#define GANTRAIN_SRC_DATA_NPY_FILE_H

#include "array.h"
#include "gantrain/io/npy.h"

/* npy_open: opens and checks the .npy file `path`, which must outlive *a, with its header against
 * its size. GT_EDATA, GT_ERESOURCE. */
Status npy_open(Array *a, const char *path, Error *e);

/* npy_describe: type and extents of *a from a header. `present`: bytes of data the file has; with
 * `packed` at most that many. *bytes: of the data. GT_EDATA names a->name. */
Status npy_describe(Array *a, const NpyHeader *h, uint64_t present, bool packed, uint64_t *bytes,
                    Error *e);

#endif
