/* The losses of a training step, their gradients and its statistics. With several ranks they are
 * this rank's part of means over the batch of all ranks; gradients are divided by the number of
 * accumulated batches.
 *
 * B batch, X image; m images are packed into a row of D: R = B/m rows of m·X values. F outputs
 * of the layer of D that L_G reads: one logit, or features. */
#ifndef GANTRAIN_SRC_GAN_STEP_PARTS_H
#define GANTRAIN_SRC_GAN_STEP_PARTS_H

#include "gantrain/gan/gan.h"

static inline View forward(const Net *net, Trace *t, View x)
{
    return net_forward(net, t, x, WANT_TRAINING);
}

/* m samples side by side are a row of D: the same numbers in memory.   [B,X] -> [B/m,m·X] */
static inline View packed(const Gan *g, View x)
{
    return (View){ x.rows / g->pack, x.cols * g->pack, x.at };
}

/* d_loss: L_D of the logits c of batch `number`, real rows first; random pairs exchange labels.
 *   c    in    [2R,1]
 *   dc   out   ∂L_D/∂c [2R,1] */
double d_loss(const Gan *g, View c, uint64_t number, Mat dc);

/* apply_penalty: dθ_D += ∂P/∂θ_D if the penalty is due at this update.   x, gz [B,X] */
PenaltyValue apply_penalty(Gan *g, View x, View gz, uint64_t number);

/* discriminate: the outputs of the updated D that L_G reads.   x, gz [B,X], outputs [R,F] */
Outputs discriminate(Gan *g, View x, View gz);

/* g_loss: L_G of these outputs.
 *   df   out   ∂L_G/∂D(G(z)) [R,F] */
double g_loss(const Gan *g, Outputs f, Mat df);

/* backward_to_fakes: from df to ∂L_G/∂G(z); the weights of D get no gradient.   [B,X] */
View backward_to_fakes(Gan *g, View df);

/* measure_logits: probabilities, accuracy and saturation of D from its logits, real rows first.
 *   c [2R,1] */
void measure_logits(const Gan *g, View c, StepStats *s);

/* measure_spread: how much the fakes of the last batch differ from each other, relative to the
 * real samples. */
void measure_spread(const Gan *g, StepStats *s);

/* finish_stats: sums the parts of all ranks and adds what the optimisers measured. */
void finish_stats(const Gan *g, StepStats *s);

#endif
