/* Sums over the rows of a group, which may be distributed over ranks: a sweep sums this rank's
 * rows, one column block after the other; group_sums_over_ranks adds the sums of all ranks; the
 * next sweep uses them. Sums lie in the layer's cache behind the statistics. */
#ifndef GANTRAIN_SRC_NN_LAYERS_GROUPS_H
#define GANTRAIN_SRC_NN_LAYERS_GROUPS_H

#include "gantrain/nn/layer.h"
#include "columns.h"

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
