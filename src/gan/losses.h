/* What the two players of a training step lose, and what that means for logits and fakes.
 *
 * B batch, X image; m images are packed into a row of D: R = B/m rows of m·X values. */
#ifndef GANTRAIN_SRC_GAN_LOSSES_H
#define GANTRAIN_SRC_GAN_LOSSES_H

#include "gantrain/gan/gan.h"

static inline View forward(const Net *net, Trace *t, View x)
{
    return net_forward(net, t, x, WANT_TRAINING);
}

/* Rows of m samples side by side, as D sees them, and back: the same numbers in memory. */
static inline View packed(const Gan *g, View x)
{
    return (View){ x.rows / g->pack, x.cols * g->pack, x.at };
}

static inline View unpacked(const Gan *g, View x)
{
    return (View){ x.rows * g->pack, x.cols / g->pack, x.at };
}

/* Rows of D in the whole batch, that of all ranks, and the first of this rank among them. */
static inline int rows_whole(const Gan *g)
{
    return g->whole / g->pack;
}

static inline int rows_first(const Gan *g)
{
    return g->first / g->pack;
}

/* What is a mean over the batch is, of several ranks, this rank's part in it.
 * d_loss_and_gradient: L_D of the logits in g->both [2R,1], real rows first; ∂L_D/∂c into its dy. Some rows exchange
 * labels, by the batch's number. */
double d_loss_and_gradient(Gan *g, uint64_t number);

/* apply_penalty: dθ_D += ∂P/∂θ_D where the penalty is due at this update; else nothing.   x, gz [B,X] */
PenaltyValue apply_penalty(Gan *g, View x, View gz, uint64_t number);

/* g_loss_and_gradient: L_G on fakes gz, by D's logits or its features, both after D moved; D's weights get no gradient.
 *   x, gz   [B,X];   returns ∂L_G/∂G(z) [R,mX] */
View g_loss_and_gradient(Gan *g, View x, View gz, double *loss);

/* How sure the discriminator is, and how often it is right, on the logits c [2R,1]. */
void judge(const Gan *g, StepStats *s, View c);

#endif
