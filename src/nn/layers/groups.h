/* For layers that take sums over the rows of a group, which may be spread over ranks: a sweep takes them of
 * the rows of this rank, column block by column block; group_sums_over_ranks makes them those of all; the
 * next sweep uses them. They lie in the layer's cache, behind its notes. */
#ifndef GANTRAIN_SRC_NN_LAYERS_GROUPS_H
#define GANTRAIN_SRC_NN_LAYERS_GROUPS_H

#include "gantrain/nn/layer.h"
#include "columns.h"

enum { GROUP_NOTES = 4, GROUP_SUMS = 4 };

/* Reals of cache for every group: notes are reals, sums doubles, F columns each. */
static inline int group_cache(int F)
{
    return GROUP_NOTES * F + GROUP_SUMS * F * (int)(sizeof(double) / sizeof(real));
}

/* Some columns of one group of rows: what one chunk works on. */
typedef struct GroupPart {
    int row, rows;           /* of the group on this rank */
    int of;                  /* and on all                */
    Columns in;              /* these columns             */
    real *note[GROUP_NOTES]; /* [n] each                  */
    double *sum[GROUP_SUMS]; /* [n] each                  */
    bool training;           /* else every mean is 0      */
} GroupPart;

/* group_sweep: `work` on every part of a pass, by all threads. */
typedef void GroupWork(const Layer *l, const Pass *p, const GroupPart *part);
void group_sweep(const Layer *l, const Pass *p, GroupWork *work);

/* group_sums_over_ranks: n kinds of sums, from kind `first` on. */
void group_sums_over_ranks(const Pass *p, int first, int n);

/* group_add_gradient: a parameter's gradient += the sums of a kind of all groups, before they are of all ranks.
 *   grad [1,F] */
void group_add_gradient(const Pass *p, int kind, Mat grad);

/* group_clear: kind's sums of the part become 0. group_means: they as means over the group; outside training
 * they have no effect.   mean [n] out */
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
