/* For layers that sum over the rows of a batch: a chunk of work is a block of columns, whose sums are
 * taken in double, row after row, so that no bit depends on who does which block. */
#ifndef GANTRAIN_SRC_NN_LAYERS_COLUMNS_H
#define GANTRAIN_SRC_NN_LAYERS_COLUMNS_H

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

/* The numbers of a row in these columns. */
static inline const real *columns_in(View m, int row, Columns c)
{
    return m.at + (size_t)row * (size_t)m.cols + c.first;
}

static inline real *columns_out(Mat m, int row, Columns c)
{
    return m.at + (size_t)row * (size_t)m.cols + c.first;
}

/* Over rows [row, row + rows) of x: mean, and the sum of (x - mean)².   [n] out, in two passes */
void columns_moments(View x, int row, int rows, Columns c, double *mean, double *square);

/* out[0, first + j] += sum[j]: into the gradient of a parameter.   out [1,F] */
void columns_finish(Columns c, const double *sum, Mat out);

#endif
