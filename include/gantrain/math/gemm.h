/* Matrix products. The same bits for any number of threads. */
#ifndef GANTRAIN_MATH_GEMM_H
#define GANTRAIN_MATH_GEMM_H

#include <stdbool.h>

#include "gantrain/math/mat.h"

typedef enum Transpose { N, T } Transpose;

/* A rectangle of a matrix, as indices into its values. */
typedef struct Patch {
    int rows, cols;
    size_t first; /* the first value; row i begins at first + i·next */
    size_t next;
} Patch;

/* Called with every patch of c when it is complete, while it is still in the cache; its rows are at
 * at + i·ld. Every value is in exactly one patch, which the thread that computed it passes. */
typedef struct Epilogue {
    void (*fn)(void *args, Patch p, const real *at, size_t ld);
    void *args;
} Epilogue;

/* The largest k of gemm_consume. */
enum { GEMM_DEPTH = 2048 };

/* c = op(a)·op(b) + beta·c.   op(a) [m,k], op(b) [k,n], c [m,n];   beta: 0 or 1 */
void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c);

/* c = op(a)·op(b) + row in every row, then the epilogue.   row [1,n] or empty;  then or NULL */
void gemm_row(Transpose ta, View a, Transpose tb, View b, View row, Mat c, const Epilogue *then);

/* op(a)·op(b) + c, passed to the epilogue only: c is read, and left as it is. from_zero: c counts
 * as zeros and is not read. k is at most GEMM_DEPTH. One thread passes all parts of a row, from
 * left to right; the parts are the same for any number of threads. */
void gemm_consume(Transpose ta, View a, Transpose tb, View b, bool from_zero, View c,
                  const Epilogue *then);

#endif
