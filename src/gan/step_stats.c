/* Statistics of a step over ranks. */
#include "step_stats.h"

#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"

/* Root mean square of x - μ: μ first, as a sum over ranks, then the squares. */
double global_spread(const Gan *g, View m)
{
    double *mean = g->columns, square = 0;
    if (!g->D.data_parallel)
        return mat_spread(m);
    memset(mean, 0, (size_t)m.cols * sizeof *mean);
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++)
            mean[j] += (double)view_rows(m, i, 1).at[j];
    comm_sum(mean, m.cols);
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++) {
            const double d = (double)view_rows(m, i, 1).at[j] - mean[j] / g->whole;
            square += d * d;
        }
    comm_sum(&square, 1);
    return sqrt(square / ((double)g->whole * m.cols));
}

void step_stats_allreduce(const Gan *g, StepStats *s)
{
    double *const part[] = { &s->d_loss,          &s->g_loss,          &s->penalty,
                             &s->slope,           &s->d_real,          &s->d_fake,
                             &s->d_accuracy_real, &s->d_accuracy_fake, &s->d_saturation };
    enum { PARTS = sizeof part / sizeof *part };
    double sum[PARTS];
    if (!g->D.data_parallel)
        return;
    for (int i = 0; i < PARTS; i++)
        sum[i] = *part[i];
    comm_sum(sum, PARTS);
    for (int i = 0; i < PARTS; i++)
        *part[i] = sum[i];
}
