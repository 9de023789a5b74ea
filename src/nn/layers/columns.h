/* Sums over the rows of a batch: a chunk of work is a block of columns, summed in double, row after
 * row, so that no bit depends on which thread computes it. */
#ifndef GANTRAIN_SRC_NN_LAYERS_COLUMNS_H
#define GANTRAIN_SRC_NN_LAYERS_COLUMNS_H

#include "gantrain/math/mat.h"

enum { COLUMN_BLOCK = 64 };

static inline int column_blocks(int columns)
{
    return (columns + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
}

/* Columns [first, first + n). */
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

/* A row of these columns. */
static inline const real *columns_in(View m, int row, Columns c)
{
    return m.at + (size_t)row * (size_t)m.cols + c.first;
}

static inline real *columns_out(Mat m, int row, Columns c)
{
    return m.at + (size_t)row * (size_t)m.cols + c.first;
}

/* Mean, and sum of (x - mean)², of rows [row, row + rows) of x, in two passes.   [n] out */
void columns_moments(View x, int row, int rows, Columns c, double *mean, double *square);

/* out[0, first + j] += sum[j], for the gradient of a parameter.   out [1,F] */
void columns_finish(Columns c, const double *sum, Mat out);

#endif
