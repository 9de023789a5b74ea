/* Matrix products, cut into panels for the threads without changing a bit. */
#ifndef GANTRAIN_MATH_GEMM_H
#define GANTRAIN_MATH_GEMM_H

#include "gantrain/base/status.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/mat.h"

/* gemm_prepare: find out how this processor's BLAS kernels let a product be cut. Once
 * in a process, before the first product; takes about 20 ms. GT_ERESOURCE. */
Status gemm_prepare(Error *e);

/* gemm: c = op(a)·op(b) + beta·c.   op(a) [m,k], op(b) [k,n], c [m,n]
 * beta is 0 (overwrite) or 1 (accumulate). The same bits for any number of threads. */
void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c);

/* gemm_row: c = op(a)·op(b) + row in every row.   row [1,n], the rest as above */
void gemm_row(Transpose ta, View a, Transpose tb, View b, View row, Mat c);

#endif
