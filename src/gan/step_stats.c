/* What a training step measures. */
#include "game.h"

#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/simd.h"
#include "gantrain/math/vec.h"

void measure_logits(const Game *game, View c, StepStats *s)
{
    const double n = game_rows(game);
    const real SATURATED = (real)4.59511985; /* σ(4.595) = 0.99 */
    const int R = c.rows / 2;
    double p_real = 0, p_fake = 0;
    int right_real = 0, right_fake = 0, saturated = 0;
    for (int i = 0; i < R; i++) {
        const real real_c = c.at[i], fake_c = c.at[R + i];
        p_real += (double)real_logistic(real_c);
        p_fake += (double)real_logistic(fake_c);
        right_real += real_c > 0;
        right_fake += fake_c <= 0;
        saturated += (real_fabs(real_c) > SATURATED) + (real_fabs(fake_c) > SATURATED);
    }
    s->d_real = p_real / n;
    s->d_fake = p_fake / n;
    s->d_accuracy_real = right_real / n;
    s->d_accuracy_fake = right_fake / n;
    s->d_saturation = saturated / (2 * n);
}

/* mat_spread of the rows of all ranks: first their mean, then the squares around it.   m [B,X] */
static double global_spread(const Game *game, View m)
{
    const int rows = game->gan->global_batch;
    double *mean = game->columns, square = 0;
    if (!game->D->net.data_parallel)
        return mat_spread(m);
    memset(mean, 0, (size_t)m.cols * sizeof *mean);
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++)
            mean[j] += (double)view_rows(m, i, 1).at[j];
    comm_sum(mean, m.cols);
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++) {
            const double d = (double)view_rows(m, i, 1).at[j] - mean[j] / rows;
            square += d * d;
        }
    comm_sum(&square, 1);
    return sqrt(square / ((double)rows * m.cols));
}

void measure_spread(const Game *game, StepStats *s)
{
    const View all = view(game->images);
    const int B = game->gan->batch;
    s->data_spread = global_spread(game, view_rows(all, 0, B));
    s->sample_spread = global_spread(game, view_rows(all, B, B)) / s->data_spread;
}

static void sum_over_ranks(StepStats *s)
{
    double *const part[] = { &s->d_loss,          &s->g_loss,          &s->penalty,
                             &s->slope,           &s->d_real,          &s->d_fake,
                             &s->d_accuracy_real, &s->d_accuracy_fake, &s->d_saturation };
    enum { PARTS = sizeof part / sizeof *part };
    double sum[PARTS];
    for (int i = 0; i < PARTS; i++)
        sum[i] = *part[i];
    comm_sum(sum, PARTS);
    for (int i = 0; i < PARTS; i++)
        *part[i] = sum[i];
}

void finish_stats(const Game *game, StepStats *s)
{
    if (game->D->net.data_parallel)
        sum_over_ranks(s);
    s->d_update_ratio = game->D->optim.update_ratio;
    s->g_update_ratio = game->G->optim.update_ratio;
    s->finite = isfinite(s->d_loss + s->g_loss + s->penalty + s->d_grad_norm + s->g_grad_norm);
}
