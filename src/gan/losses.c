/* The losses of a game, and its penalty. */
#include "game.h"

#include "gantrain/math/vec.h"

/* Of this rank's rows of D in the batch of all ranks. */
static int row_offset(const Game *game)
{
    return game->gan->row_offset / game->pack;
}

/* Random pairs of a real and a fake row trade places; applied twice, everything is in place again.
 *   in, out [2R,1] */
static void exchange_labels(const Game *game, uint64_t number, View in, Mat out)
{
    const double share = game->gan->options->discriminator.label_flipping;
    const Draw draw = rng_draw(game->gan->seed, RNG_LABEL, 0, number);
    const int R = in.rows / 2;
    for (int i = 0; i < R; i++) {
        const bool flip = (double)row_uniform(draw, (uint32_t)(row_offset(game) + i)) < share;
        out.at[i] = in.at[flip ? R + i : i];
        out.at[R + i] = in.at[flip ? i : R + i];
    }
}

static double mean_loss(const Game *game, View c, Mat dc)
{
    const int R = c.rows / 2;
    const Outputs outputs = { .real = view_rows(c, 0, R),
                              .fake = view_rows(c, R, R),
                              .global_rows = game_rows(game) };
    return objective_d(&game->gan->options->objective, outputs, mat_rows(dc, 0, R),
                       mat_rows(dc, R, R));
}

static double flipped_loss(const Game *game, View c, uint64_t number, Mat dc)
{
    exchange_labels(game, number, c, game->flipped);
    const double loss = mean_loss(game, view(game->flipped), game->d_flipped);
    exchange_labels(game, number, view(game->d_flipped), dc);
    return loss;
}

/* weight·mean D(x)², of B rows in all */
static double drift(double weight, View c, Mat dc, int B)
{
    double sum = 0;
    for (int i = 0; i < c.rows; i++) {
        sum += (double)c.at[i] * (double)c.at[i];
        dc.at[i] += (real)(2 * weight / B) * c.at[i];
    }
    return weight * sum / B;
}

double d_loss(Game *game, View c, const Turn *t)
{
    const DiscriminatorOptions *o = &game->gan->options->discriminator;
    const Mat dc = game->d_trace.dy; /* [2R,1] */
    const int R = c.rows / 2;
    double loss =
        o->label_flipping > 0 ? flipped_loss(game, c, t->number, dc) : mean_loss(game, c, dc);
    if (o->drift > 0)
        loss += drift(o->drift, view_rows(c, 0, R), mat_rows(dc, 0, R), game_rows(game));
    mat_divide(dc, (real)game->gan->accumulate);
    return loss;
}

void apply_penalty(Game *game, View x, View gz, const Turn *t, StepStats *s)
{
    const Gan *g = game->gan;
    const Spec *penalty = &g->options->penalty;
    const uint64_t every = (uint64_t)penalty_every(penalty);
    const PenaltyInputs in = { .real = packed(game, x),
                               .fake = packed(game, gz),
                               .points = game->points,
                               .draw = rng_draw(g->seed, RNG_POINTS, 0, t->number),
                               .row_offset = row_offset(game),
                               .global_batch = game_rows(game) };
    PenaltyValue P = { 0, 0 };
    if (every && (g->updates + 1) % every == 0)
        P = penalty_add(penalty, &game->D->net, &game->d_on_points, in, 1.0 / g->accumulate);
    s->penalty = P.cost;
    s->slope = P.gradient_norm;
}

double g_loss(Game *game, Outputs f)
{
    const Gan *g = game->gan;
    return objective_g(&g->options->objective, f, g->accumulate, game->d_output);
}
