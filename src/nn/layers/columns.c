/* The loops of columns.h. */
#include "columns.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/comm.h"
#include "gantrain/math/parallel.h"

GT_CLONES void columns_add(int n, const real *v, double *restrict sum)
{
    for (int j = 0; j < n; j++)
        sum[j] += (double)v[j];
}

GT_CLONES void columns_add_product(int n, const real *u, const real *v, double *restrict sum)
{
    for (int j = 0; j < n; j++)
        sum[j] += (double)(u[j] * v[j]);
}

GT_CLONES void columns_add_squares(int n, const real *v, const double *mean, double *restrict sum)
{
    for (int j = 0; j < n; j++) {
        const double d = (double)v[j] - mean[j];
        sum[j] += d * d;
    }
}

void columns_moments(View x, int row, int rows, Columns c, double *mean, double *square)
{
    for (int j = 0; j < c.n; j++)
        mean[j] = square[j] = 0;
    for (int i = row; i < row + rows; i++)
        columns_add(c.n, columns_in(x, i, c), mean);
    for (int j = 0; j < c.n; j++)
        mean[j] /= rows;
    for (int i = row; i < row + rows; i++)
        columns_add_squares(c.n, columns_in(x, i, c), mean, square);
}

void columns_finish(Columns c, const double *sum, Mat out)
{
    for (int j = 0; j < c.n; j++)
        out.at[c.first + j] += (real)sum[j];
}

/* ---- groups of rows -------------------------------------------------------------------------- */

typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    GroupWork *work;
} Sweep;

static int groups_of(const Pass *p)
{
    return (p->y.rows + p->group - 1) / p->group;
}

/* The sums.   [GROUP_SUMS,groups,F] */
static double *sums_of(const Pass *p)
{
    const size_t stats = (size_t)groups_of(p) * GROUP_STATS * (size_t)p->y.cols;
    return (double *)(void *)(p->cache + stats);
}

static GroupPart part_of(const Pass *p, int group, int block)
{
    const int F = p->y.cols, row = group * p->group;
    const int rows = p->y.rows - row < p->group ? p->y.rows - row : p->group;
    const Columns c = columns_of(F, block);
    const bool training = (p->want & WANT_TRAINING) != 0;
    GroupPart part = { row, rows, p->global_rows, c, { NULL }, { NULL }, training };
    for (int i = 0; i < GROUP_STATS; i++)
        part.stat[i] = p->cache + (size_t)(group * GROUP_STATS + i) * (size_t)F + c.first;
    for (int i = 0; i < GROUP_SUMS; i++)
        part.sum[i] = sums_of(p) + (size_t)(i * groups_of(p) + group) * (size_t)F + c.first;
    return part;
}

static void run_part(void *args, int i)
{
    const Sweep *s = args;
    const int n = column_blocks(s->p->y.cols);
    const GroupPart part = part_of(s->p, i / n, i % n);
    s->work(s->l, s->p, &part);
}

void group_sweep(const Layer *l, const Pass *p, GroupWork *work)
{
    Sweep s = { l, p, work };
    parallel_for(groups_of(p) * column_blocks(p->y.cols), run_part, &s);
}

void group_sums_over_ranks(const Pass *p, int first, int n)
{
    const int each = groups_of(p) * p->y.cols;
    if (p->global_rows > p->group)
        comm_sum(sums_of(p) + first * each, n * each);
}

void group_add_gradient(const Pass *p, int kind, Mat grad)
{
    const int F = p->y.cols;
    const double *sum = sums_of(p) + (size_t)(kind * groups_of(p)) * (size_t)F;
    for (int j = 0; j < F; j++) {
        double total = 0;
        for (int g = 0; g < groups_of(p); g++)
            total += sum[g * F + j];
        grad.at[j] += (real)total;
    }
}

void group_clear(const GroupPart *part, int kind)
{
    for (int j = 0; j < part->in.n; j++)
        part->sum[kind][j] = 0;
}

void group_means(const GroupPart *part, int kind, real mean[COLUMN_BLOCK])
{
    const double weight = part->training ? 1.0 / part->global_rows : 0;
    for (int j = 0; j < part->in.n; j++)
        mean[j] = (real)(part->sum[kind][j] * weight);
}
