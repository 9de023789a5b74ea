/* Matrix products, spread over the threads without changing a bit. */
#ifndef GANTRAIN_MATH_GEMM_H
#define GANTRAIN_MATH_GEMM_H

#include <stdbool.h>

#include "gantrain/math/mat.h"

typedef enum Transpose { N, T } Transpose;

/* A rectangle of a matrix, by the places of its values there. */
typedef struct Patch {
    int rows, cols;
    size_t first; /* the first value; row i begins at first + i·next */
    size_t next;
} Patch;

/* What is done to a patch of c once it is finished, while it is still in the cache. Its rows stand at
 * at + i·ld. Every value is handed over once, by the thread that made it. */
typedef struct Epilogue {
    void (*fn)(void *args, Patch p, const real *at, size_t ld);
    void *args;
} Epilogue;

/* The most k for gemm_consume. */
enum { GEMM_DEPTH = 2048 };

/* gemm: c = op(a)·op(b) + beta·c.   op(a) [m,k], op(b) [k,n], c [m,n]
 * beta is 0 (overwrite) or 1 (accumulate). The same bits for any number of threads. */
void gemm(Transpose ta, View a, Transpose tb, View b, real beta, Mat c);

/* The same, and then `then`; NULL: nothing.
 *   gemm_row     c = op(a)·op(b) + row in every row.   row [1,n], or empty: zeros
 *   gemm_consume   c = op(a)·op(b) + c, which only `then` gets to see; the c in memory stays as it is. The parts of a row come from
 *                one thread, in their order, and are the same for any number of threads.
 *                from_zero: c is taken for zeros. k at most GEMM_DEPTH */
void gemm_row(Transpose ta, View a, Transpose tb, View b, View row, Mat c, const Epilogue *then);
void gemm_consume(Transpose ta, View a, Transpose tb, View b, bool from_zero, View c,
                  const Epilogue *then);

/* The same of rows [first, first + rows) of c, one at least. */
void gemm_consume_rows(Transpose ta, View a, Transpose tb, View b, bool from_zero, View c,
                       int first, int rows, const Epilogue *then);

#endif
