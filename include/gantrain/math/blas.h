/* OpenBLAS, loaded when it is first needed and not before: training does without it. Its product is
 * what ours is measured against; its LAPACK finds eigenvalues. */
#ifndef GANTRAIN_MATH_BLAS_H
#define GANTRAIN_MATH_BLAS_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

enum { BLAS_EIGEN_MOST = 16384 };

/* blas_load: before the others, as often as one likes, while no work is given out.
 *   threads   in   how many will call it at the same time
 * GT_ERESOURCE: the library is missing, or the address space is limited below what it needs. */
Status blas_load(int threads, Error *e);

/* c = a·b for whole matrices, on the calling thread.   a [m,k], b [k,n], c [m,n] */
void blas_gemm(View a, View b, Mat c);

/* The kernels it picked for this processor, for messages. */
const char *blas_core(void);

/* blas_eigen: a = Vᵀ·diag(w)·V of a symmetric matrix, on the calling thread (LAPACK's DSYEVD).
 *   n         in      at most BLAS_EIGEN_MOST
 *   a [n,n]   in/out  finite; afterwards V, an eigenvector a row, or when no vectors are wanted nothing
 *   w [n]     out     ascending
 * GT_ERESOURCE; GT_EINTERNAL: it did not converge. */
Status blas_eigen(int n, double *a, double *w, bool vectors, Error *e);

#endif
