/* What several ranks have of a step together. */
#ifndef GANTRAIN_SRC_GAN_RANKS_H
#define GANTRAIN_SRC_GAN_RANKS_H

#include "gantrain/gan/gan.h"

/* ranks_spread: mat_spread of the rows of all ranks.   m [B,X] */
double ranks_spread(const Gan *g, View m);

/* ranks_sum_stats: every rank's part in the means of a step becomes the mean. */
void ranks_sum_stats(const Gan *g, StepStats *s);

#endif
