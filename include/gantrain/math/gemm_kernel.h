/* The innermost part of a matrix product, made for a kind of processor.
 *
 * A kernel keeps a tile of c in registers while it runs through k:
 *
 *   c[i,j] = from[i,j] + Σ_p a[i,p]·b[p,j],   p = 0, 1, ..., k-1
 *
 * Every element is its own chain of fused multiplications and additions in the order of p. Hence its bits
 * depend neither on the tile it is in, nor on the kernel, on all processors that fuse. */
#ifndef GANTRAIN_MATH_GEMM_KERNEL_H
#define GANTRAIN_MATH_GEMM_KERNEL_H

#include <stddef.h>

#include "gantrain/math/real.h"

enum { GEMM_ROWS = 14, GEMM_COLS = 32 }; /* no kernel's tile is larger */

/* One tile: op(a) [rows,k] · b [k,cols] + from [rows,cols] into c [rows,cols].
 *   a      two forms: a[i·lda + p], or transposed a[p·lda + i]
 *   b      b[p·ldb + j];  from, c alike;  ld = distance of two rows; from with ld 0: one row for all
 * A form is a sum of: NARROW, half the columns; TRANSPOSED, a is given so. */
enum { GEMM_NARROW = 1, GEMM_TRANSPOSED = 2, GEMM_TILE_FORMS = 4 };
typedef void GemmTile(int k, const real *a, ptrdiff_t lda, const real *b, ptrdiff_t ldb,
                      const real *from, ptrdiff_t ldfrom, real *c, ptrdiff_t ldc);

typedef struct GemmKernel {
    const char *name;
    int rows, cols;                           /* of the largest tile                     */
    GemmTile *const (*tile)[GEMM_TILE_FORMS]; /* [rows + 1]; none for 0 rows             */
    /* out[p·cols + j] = b[p·ldb + j], or b[j·ldb + p], for p < k, j < cols */
    void (*copy)(int k, const real *b, ptrdiff_t ldb, real *out);
    void (*turn)(int k, const real *b, ptrdiff_t ldb, real *out);
} GemmKernel;

/* The kernels that this processor can run, best first; the last runs on all. Ends with NULL. */
const GemmKernel *const *gemm_kernels(void);

/* The one that products use: the best, until another is chosen (tests do). */
const GemmKernel *gemm_kernel(void);
void gemm_use(const GemmKernel *kernel);

#endif
