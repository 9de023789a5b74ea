/* The product of OpenBLAS, one thread a call: what ours is measured against, in tests and in bench.
 * src/math/blas_float.c or src/math/blas_double.c implements them. */
#ifndef GANTRAIN_MATH_BLAS_H
#define GANTRAIN_MATH_BLAS_H

#include "gantrain/math/gemm.h"

/* C = op(A)·op(B) + beta·C, row-major; op(A) is [m,k], op(B) is [k,n], C is [m,n]; ld = row stride. */
void blas_gemm(Transpose ta, Transpose tb, int m, int n, int k, const real *a, int lda,
               const real *b, int ldb, real beta, real *c, int ldc);

/* The kernel type BLAS picked for this processor; for messages. */
const char *blas_core(void);

#endif
