/* What a training step does with a player. */
#ifndef GANTRAIN_SRC_GAN_PLAYER_H
#define GANTRAIN_SRC_GAN_PLAYER_H

#include "gantrain/gan/gan.h"

/* One update of a player, from the mean gradient of g->accumulate batches. `number` addresses the
 * samples, latents and random layers of the current batch. */
typedef struct Turn {
    uint64_t number;
    int i, k; /* batch i of update k of this step; i is -1 before the first batch */
    bool last;
} Turn;

/* player_infer: shapes of its net, and of the average where there is one.
 *   name, average_name   in   of its tensors; literals
 * GT_ECONFIG. */
Status player_infer(Player *p, const char *name, const char *average_name, NetShapes shapes,
                    const SpecList *specs, const char *path, Error *e);

void player_plan(Player *p, Arena *a);

/* player_reset: initial weights from the seed; `number` distinguishes the players of a GAN. */
void player_reset(Player *p, uint64_t seed, unsigned number);

/* begin_update: the state of training that the optimizer needs in a step. */
void begin_update(Player *p, const Gan *g);

/* forward: a training pass.   [B,out] */
View forward(const Player *p, Trace *t, View x);

/* update: dθ += ∂L/∂θ of this batch, from dy = ∂L/∂y; after the last batch θ moves. Returns |dθ|
 * then, else 0.   dy [B,out] */
double update(Player *p, Trace *t, View dy, const Turn *turn);

/* update_average: θ̄ = decay·θ̄ + (1-decay)·θ; running statistics are copied. */
void update_average(Player *p);

#endif
