/* NumPy .npy files of float32 matrices (format version 1.0), for latents that are handed to and fro. */
#ifndef GANTRAIN_IO_NPY_H
#define GANTRAIN_IO_NPY_H

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* npy_write: [rows, cols] in C order, durably. GT_EOUTPUT. */
Status npy_write(const char *path, const float *at, int rows, int cols, Error *e);

/* npy_write_view: scale times every number of m. GT_EOUTPUT, GT_ERESOURCE. */
Status npy_write_view(const char *path, View m, double scale, Error *e);

/* npy_read: a 2-D C-order '<f4' file into a malloc'ed array the caller frees. GT_EDATA names what
 * was found and what is wanted. */
Status npy_read(const char *path, float **at, int *rows, int *cols, Error *e);

#endif
