/* OpenBLAS, loaded on first use: training does not need it. `bench` measures our matrix product
 * against its own; evaluation uses its eigenvalues (LAPACK). */
#ifndef GANTRAIN_MATH_BLAS_H
#define GANTRAIN_MATH_BLAS_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

enum { BLAS_EIGEN_MAX = 16384 };

/* Called before the others, outside parallel loops; further calls are allowed.
 *   threads   in   how many will call the others at the same time
 * GT_ERESOURCE: the library is missing, or the address space is limited below what it needs. */
Status blas_load(int threads, Error *e);

/* c = a·b for whole matrices, on the calling thread.   a [m,k], b [k,n], c [m,n] */
void blas_gemm(View a, View b, Mat c);

/* The kernels it chose for this processor, for messages. */
const char *blas_core(void);

/* a = Vᵀ·diag(w)·V of a symmetric matrix, on the calling thread (LAPACK's DSYEVD).
 *   n         in      at most BLAS_EIGEN_MAX
 *   a [n,n]   in/out  finite; afterwards V, one eigenvector per row, or undefined if !vectors
 *   w [n]     out     eigenvalues, ascending
 * GT_ERESOURCE; GT_EINTERNAL: it did not converge. */
Status blas_eigen(int n, double *a, double *w, bool vectors, Error *e);

#endif
