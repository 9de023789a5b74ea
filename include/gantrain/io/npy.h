/* NumPy .npy files of float32 matrices (format version 1.0). */
#ifndef GANTRAIN_IO_NPY_H
#define GANTRAIN_IO_NPY_H

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* npy_write: writes scale·m in C order, durably. GT_EOUTPUT, GT_ERESOURCE. */
Status npy_write(const char *path, View m, double scale, Error *e);

/* npy_read: reads a 2-D C-order '<f4' array into `at` [rows, cols], which the caller frees with
 * free. GT_EDATA names what was found and expected; GT_ERESOURCE. */
Status npy_read(const char *path, float **at, int *rows, int *cols, Error *e);

#endif
