/* Sums over the rows of a batch: a chunk of work is a block of columns, summed in double, row after
 * row, so that no bit depends on which thread computes it. */
#ifndef GANTRAIN_SRC_NN_LAYERS_COLUMNS_H
#define GANTRAIN_SRC_NN_LAYERS_COLUMNS_H

#include "gantrain/nn/layer.h"

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

/* Options of normalising layers; only batch_norm has the keys `momentum` and `affine`. */
typedef struct NormOptions {
    double momentum, epsilon;
    bool affine; /* γ and β exist */
} NormOptions;

/* ---- groups of rows -------------------------------------------------------------------------- */

/* Sums over the rows of a group, which may be distributed over ranks: a sweep sums this rank's
 * rows, one column block after the other; group_sums_over_ranks adds the sums of all ranks; the
 * next sweep uses them. Sums lie in the layer's cache behind the statistics. */
enum { GROUP_STATS = 4, GROUP_SUMS = 4 };

/* Reals of cache for every group: statistics are reals, sums are doubles, F columns each. */
static inline int group_cache(int F)
{
    return GROUP_STATS * F + GROUP_SUMS * F * (int)(sizeof(double) / sizeof(real));
}

/* A block of columns of one group: one chunk of work. */
typedef struct GroupPart {
    int row, rows;           /* of the group on this rank     */
    int global_rows;         /* of the whole group            */
    Columns in;              /* these columns             */
    real *stat[GROUP_STATS]; /* [n] each                  */
    double *sum[GROUP_SUMS]; /* [n] each                  */
    bool training;           /* outside it means are 0        */
} GroupPart;

/* group_sweep: run `work` on every part of a pass, on all threads. */
typedef void GroupWork(const Layer *l, const Pass *p, const GroupPart *part);
void group_sweep(const Layer *l, const Pass *p, GroupWork *work);

/* group_sums_over_ranks: sum n kinds of sums, from kind `first` on, over ranks. */
void group_sums_over_ranks(const Pass *p, int first, int n);

/* group_add_gradient: a gradient += this rank's sums of a kind, over all groups.   grad [1,F] */
void group_add_gradient(const Pass *p, int kind, Mat grad);

/* group_clear: zero the part's sums of a kind.
 * group_means: these sums as means over the group; 0 outside training.   mean [n] out */
void group_clear(const GroupPart *part, int kind);
void group_means(const GroupPart *part, int kind, real mean[COLUMN_BLOCK]);

/* Row i of the part's columns. */
static inline const real *group_row(View m, const GroupPart *part, int i)
{
    return columns_in(m, part->row + i, part->in);
}

static inline real *group_row_out(Mat m, const GroupPart *part, int i)
{
    return columns_out(m, part->row + i, part->in);
}

#endif
