/* OpenBLAS, loaded when it is first needed and not before: training does without it. Its product is
 * what ours is measured against. */
#ifndef GANTRAIN_MATH_BLAS_H
#define GANTRAIN_MATH_BLAS_H

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* blas_load: once in a process, before the other two, while no other thread runs. GT_ERESOURCE: the
 * library is missing, or the address space is limited below what it needs. */
Status blas_load(Error *e);

/* c = a·b for whole matrices, on the calling thread.   a [m,k], b [k,n], c [m,n] */
void blas_gemm(View a, View b, Mat c);

/* The kernels it picked for this processor, for messages. */
const char *blas_core(void);

#endif
