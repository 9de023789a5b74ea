/* The micro-kernels of the matrix product, one for each instruction set.
 *
 * A kernel keeps a tile of c in registers while it runs through k:
 *
 *   c[i,j] = from[i,j] + Σ_p a[i,p]·b[p,j],   p = 0, 1, ..., k-1
 *
 * Every element is one chain of fused multiply-adds in the order of p. On all processors that fuse,
 * its bits depend neither on the tile nor on the kernel. */
#ifndef GANTRAIN_MATH_GEMM_KERNEL_H
#define GANTRAIN_MATH_GEMM_KERNEL_H

#include <stddef.h>

#include "gantrain/math/real.h"

enum { GEMM_ROWS = 14, GEMM_COLS = 32 }; /* of the largest tile of all kernels */

/* One tile: op(a) [rows,k] · b [k,cols] + from [rows,cols] into c [rows,cols].
 *   a      a[i·lda + p], or transposed a[p·lda + i]
 *   b      b[p·ldb + j];  from, c alike;  ld: distance of two rows;  ldfrom 0: the same row for all
 * A form is a sum of NARROW (half the columns) and TRANSPOSED (a is transposed). */
enum { GEMM_NARROW = 1, GEMM_TRANSPOSED = 2, GEMM_TILE_FORMS = 4 };
typedef void GemmTile(int k, const real *a, ptrdiff_t lda, const real *b, ptrdiff_t ldb,
                      const real *from, ptrdiff_t ldfrom, real *c, ptrdiff_t ldc);

typedef struct GemmKernel {
    const char *name;
    int rows, cols;                           /* of the largest tile        */
    GemmTile *const (*tile)[GEMM_TILE_FORMS]; /* [rows + 1], NULL for 0 rows */
    /* Pack a panel: out[p·cols + j] = b[p·ldb + j], or b[j·ldb + p], for p < k, j < cols. */
    void (*copy)(int k, const real *b, ptrdiff_t ldb, real *out);
    void (*transpose)(int k, const real *b, ptrdiff_t ldb, real *out);
} GemmKernel;

/* The kernels that this processor can run, fastest first, then NULL. */
const GemmKernel *const *gemm_kernels(void);

/* The kernel of all products: the fastest, until a test chooses another. */
const GemmKernel *gemm_kernel(void);
void gemm_use(const GemmKernel *kernel);

#endif
