/* What a training step measures. */
#ifndef GANTRAIN_SRC_GAN_STEP_STATS_H
#define GANTRAIN_SRC_GAN_STEP_STATS_H

#include "gantrain/gan/gan.h"

/* measure_logits: probabilities, accuracy and saturation of D from its logits, real rows first;
 * this rank's part of the means.   c [2R,1] */
void measure_logits(const Gan *g, View c, StepStats *s);

/* measure_spread: how much the fakes of the last batch differ from each other, relative to the
 * real samples. */
void measure_spread(const Gan *g, StepStats *s);

/* finish_stats: sums the parts of all ranks and adds what the optimisers measured. */
void finish_stats(const Gan *g, StepStats *s);

#endif
