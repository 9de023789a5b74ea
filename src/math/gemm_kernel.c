/* The tile of a matrix product, in vectors of VECTOR bytes. CMake compiles this file once for each
 * instruction set, as KERNEL. Multiplications and additions may be fused in this file only. */
#include "gantrain/math/gemm_kernel.h"

#include <stdbool.h>

enum { LANES = VECTOR / sizeof(real), WIDE = 2 };

/* A vector register; memory need not be aligned. */
typedef real Vector __attribute__((vector_size(VECTOR), aligned(sizeof(real)), may_alias));

#define ALWAYS_INLINE static inline __attribute__((always_inline))
/* An unrolled loop, so that arrays it indexes can be registers. */
#define EACH(i, n) _Pragma("GCC unroll 16") for (int i = 0; i < (n); i++)

/* In scalars, where cols is `width` vectors:
 *
 *   for i < rows: for j < cols: acc = from[i,j]; for p < k: acc += a[i,p]·b[p,j]; c[i,j] = acc */
ALWAYS_INLINE void tile(int rows, int width, bool transposed, int k, const real *a, ptrdiff_t lda,
                        const real *b, ptrdiff_t ldb, const real *from, ptrdiff_t ldfrom, real *c,
                        ptrdiff_t ldc)
{
    const ptrdiff_t a_row = transposed ? 1 : lda, a_next = transposed ? lda : 1;
    Vector acc[ROWS][WIDE];

    EACH (i, rows)
        EACH (j, width)
            acc[i][j] = *(const Vector *)(from + i * ldfrom + j * LANES);
    for (int p = 0; p < k; p++, a += a_next, b += ldb) {
        Vector bp[WIDE];
        EACH (j, width)
            bp[j] = *(const Vector *)(b + j * LANES);
        EACH (i, rows)
            EACH (j, width)
                acc[i][j] += a[i * a_row] * bp[j];
    }
    EACH (i, rows)
        EACH (j, width)
            *(Vector *)(c + i * ldc + j * LANES) = acc[i][j];
}

/* ---- a function for each number of rows: its accumulators are registers -------------------- */

#define TILE(name, rows, width, transposed)                                                        \
    static void name##rows(int k, const real *a, ptrdiff_t lda, const real *b, ptrdiff_t ldb,      \
                           const real *from, ptrdiff_t ldfrom, real *c, ptrdiff_t ldc)             \
    {                                                                                              \
        tile(rows, width, transposed, k, a, lda, b, ldb, from, ldfrom, c, ldc);                    \
    }
#define TILES(rows)                                                                                \
    TILE(wide, rows, WIDE, false)                                                                  \
    TILE(narrow, rows, 1, false)                                                                   \
    TILE(wide_transposed, rows, WIDE, true)                                                        \
    TILE(narrow_transposed, rows, 1, true)
#define NAMES(rows) { wide##rows, narrow##rows, wide_transposed##rows, narrow_transposed##rows },

#define EACH_OF_6(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define EACH_OF_14(X) EACH_OF_6(X) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define EACH_OF_(rows, X) EACH_OF_##rows(X)
#define EACH_OF(rows, X) EACH_OF_(rows, X)

EACH_OF(ROWS, TILES)

static GemmTile *const tiles[][GEMM_TILE_FORMS] = { { NULL }, EACH_OF(ROWS, NAMES) };

/* ---- packing b: panels of COLS columns ------------------------------------------------------- */

enum { COLS = WIDE * LANES, LINE = 64 / sizeof(real) };

static void copy(int k, const real *b, ptrdiff_t ldb, real *out)
{
    for (int p = 0; p < k; p++)
        EACH (j, WIDE)
            *(Vector *)(out + p * COLS + j * LANES) = *(const Vector *)(b + p * ldb + j * LANES);
}

typedef real Quad __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

/* A 4 x 4 block: out[p,j] = b[j,p]. */
ALWAYS_INLINE void transpose_quad(const real *b, ptrdiff_t ldb, real *out, ptrdiff_t ldout)
{
    const Quad r0 = *(const Quad *)b, r1 = *(const Quad *)(b + ldb);
    const Quad r2 = *(const Quad *)(b + 2 * ldb), r3 = *(const Quad *)(b + 3 * ldb);
    const Quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
    const Quad low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    const Quad high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    const Quad high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    *(Quad *)out = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *(Quad *)(out + ldout) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *(Quad *)(out + 2 * ldout) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *(Quad *)(out + 3 * ldout) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

static void transpose(int k, const real *b, ptrdiff_t ldb, real *out)
{
    int p = 0;
    for (; p + LINE <= k; p += LINE)
        for (int j = 0; j < COLS; j += 4)
            EACH (q, LINE / 4)
                transpose_quad(b + j * ldb + p + 4 * q, ldb, out + (p + 4 * q) * COLS + j, COLS);
    for (; p < k; p++)
        for (int j = 0; j < COLS; j++)
            out[p * COLS + j] = b[j * ldb + p];
}

/* ---- the kernel ------------------------------------------------------------------------------ */

#define STRING_(name) #name
#define STRING(name) STRING_(name)
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

extern const GemmKernel PASTE(gemm_kernel_, KERNEL);
const GemmKernel PASTE(gemm_kernel_, KERNEL) = {
    STRING(KERNEL), ROWS, COLS, tiles, copy, transpose,
};
