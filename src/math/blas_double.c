/* BLAS for real = double. */
#include "gantrain/math/blas.h"

#include <cblas.h>

void blas_gemm(Transpose ta, Transpose tb, int m, int n, int k, const real *a, int lda,
               const real *b, int ldb, real beta, real *c, int ldc)
{
    cblas_dgemm(CblasRowMajor, ta == T ? CblasTrans : CblasNoTrans,
                tb == T ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

const char *blas_core(void)
{
    return openblas_get_corename();
}
