/* A generator against a discriminator: what their turns in a training step are made of. With
 * several ranks losses and statistics are this rank's part of means over the batch of all ranks;
 * gradients are divided by the number of accumulated batches.
 *
 * B batch, X image, Z latent, N reference batch; m images are packed into a row of D: R = B/m rows
 * of m·X values. F outputs of the layer of D that L_G reads: one logit, or features. */
#ifndef GANTRAIN_SRC_GAN_GAME_H
#define GANTRAIN_SRC_GAN_GAME_H

#include "gantrain/gan/passes.h"
#include "player.h"

/* m samples side by side are a row of D: the same numbers in memory.   [B,X] -> [B/m,m·X] */
static inline View packed(const Game *game, View x)
{
    return (View){ x.rows / game->pack, x.cols * game->pack, x.at };
}

/* Rows of D on all ranks, for samples of one kind. */
static inline int game_rows(const Game *game)
{
    return game->gan->global_batch / game->pack;
}

/* ---- building (game_check.c, game_plan.c) ---------------------------------------------------- */

/* game_open: the game of these players with the options of g; then game_infer: their shapes, and
 * whether they fit the data and each other. GT_ECONFIG lists all misfits. */
void game_open(Game *game, Gan *g, Player *G, Player *D);
Status game_infer(Game *game, Error *e);

void game_plan(Game *game, Arena *a);

/* game_reset: the constant latents and classes of the reference batch. */
void game_reset(Game *game);

/* The passes of a step; see gan_passes. */
int game_passes(const Game *game, GanPass pass[GAN_PASSES]);

/* ---- turns (game.c) -------------------------------------------------------------------------- */

/* The discriminator's current update, the generator's update k of this step. Update 0 of the
 * generator reuses the batches of the discriminator's last update; others have numbers that no
 * discriminator update reaches. */
Turn d_turn(const Gan *g);
Turn g_turn(const Gan *g, int k);

/* next_batch: false after the last batch of the turn. */
bool next_batch(Game *game, Turn *t);

/* ---- a batch (game.c) ------------------------------------------------------------------------ */

/* x, y ~ p_data.   [B,X] */
View draw_real(Game *game, const Turn *t);

/* z ~ N(0,1), and the classes of the fakes; the latents of the reference batch follow.   [B+N,Z] */
View draw_latents(Game *game, const Turn *t);

/* G(z|y), behind x in game->images.   [B,X] */
View generate(Game *game, View z);

/* D(x|y), D(G(z|y)|y).   [2R,1] */
View discriminate(Game *game);

/* G(z|y) of the generator's turn: that of the discriminator's last batch, where it is the same.
 * [B,X] */
View fake_batch(Game *game, const Turn *t);

/* What L_G reads of the updated D on these fakes.   gz [B,X], outputs [R,F] */
Outputs discriminate_fake(Game *game, View gz, const Turn *t);

/* From ∂L_G/∂D(G(z)) in game->d_output to the gradient at the output of G; the weights of D get
 * none.   [B+N,X] */
View fake_gradient(Game *game);

/* ---- losses (losses.c) ----------------------------------------------------------------------- */

/* d_loss: L_D of the logits c, real rows first; random pairs exchange labels. ∂L_D/∂c is in
 * game->d_trace.dy.   c [2R,1] */
double d_loss(Game *game, View c, const Turn *t);

/* apply_penalty: dθ_D += ∂P/∂θ_D if the penalty is due at this update.   x, gz [B,X] */
void apply_penalty(Game *game, View x, View gz, const Turn *t, StepStats *s);

/* g_loss: L_G of these outputs. ∂L_G/∂D(G(z)) is in game->d_output.   [R,F] */
double g_loss(Game *game, Outputs f);

/* ---- statistics (step_stats.c) --------------------------------------------------------------- */

/* measure_logits: probabilities, accuracy and saturation of D from its logits, real rows first.
 *   c [2R,1] */
void measure_logits(const Game *game, View c, StepStats *s);

/* measure_spread: how much the fakes of the last batch differ from each other, relative to the
 * real samples. */
void measure_spread(const Game *game, StepStats *s);

/* finish_stats: sums the parts of all ranks and adds what the optimizers measured. */
void finish_stats(const Game *game, StepStats *s);

#endif
