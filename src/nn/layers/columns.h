/* For layers that sum over the rows of a batch: a chunk of work is a block of columns, whose sums are
 * taken in double, row after row, so that no bit depends on who does which block. */
#ifndef GANTRAIN_NN_LAYERS_COLUMNS_H
#define GANTRAIN_NN_LAYERS_COLUMNS_H

#include "gantrain/math/mat.h"

enum { COLUMN_BLOCK = 64 };

static inline int column_blocks(int columns)
{
    return (columns + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
}

/* Columns of block number `block`: from `first` on, n of them. */
typedef struct Columns {
    int first, n;
} Columns;

static inline Columns columns_of(int columns, int block)
{
    const int first = block * COLUMN_BLOCK, left = columns - first;
    return (Columns){ first, left < COLUMN_BLOCK ? left : COLUMN_BLOCK };
}

/* sum += v, sum += u∘v, sum += (v - mean)², for one row.   [n] each */
void columns_add(int n, const real *v, double *sum);
void columns_add_product(int n, const real *u, const real *v, double *sum);
void columns_add_squares(int n, const real *v, const double *mean, double *sum);

/* out[0, first + j] += sum[j]: into the gradient of a parameter.   out [1,F] */
void columns_finish(Columns c, const double *sum, Mat out);

#endif
