/* NumPy .npy files: the header of any; float32 matrices as a whole. */
#ifndef GANTRAIN_IO_NPY_H
#define GANTRAIN_IO_NPY_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

enum {
    NPY_WORD = 32,  /* bytes of a string with its NUL                               */
    NPY_RANK = 32,  /* NumPy's limit                                                */
    NPY_PROBE = 12, /* bytes of a file from which npy_header_bytes tells its header */
};

typedef struct NpyHeader {
    char descr[NPY_WORD]; /* "<f4"; "records": a structured array */
    bool fortran_order;
    int rank;
    int64_t shape[NPY_RANK];
    size_t bytes; /* of the header: the data begin here */
} NpyHeader;

/* npy_header_bytes: the size of the header of a file that begins with the n bytes at `at`, at most
 * 1 MiB. npy_parse: the header itself; n is not less than its size. GT_EDATA. */
Status npy_header_bytes(const unsigned char *at, size_t n, const char *path, size_t *bytes,
                        Error *e);
Status npy_parse(NpyHeader *h, const unsigned char *at, size_t n, const char *path, Error *e);

/* npy_write: writes scale·m in C order, durably. GT_EOUTPUT, GT_ERESOURCE. */
Status npy_write(const char *path, View m, double scale, Error *e);

/* npy_read: reads a 2-D C-order '<f4' array into `at` [rows, cols], which the caller frees with
 * free. GT_EDATA names what was found and expected; GT_ERESOURCE. */
Status npy_read(const char *path, float **at, int *rows, int *cols, Error *e);

#endif
