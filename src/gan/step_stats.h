/* What several ranks have of a step together. */
#ifndef GANTRAIN_SRC_GAN_STEP_STATS_H
#define GANTRAIN_SRC_GAN_STEP_STATS_H

#include "gantrain/gan/gan.h"

/* global_spread: mat_spread of the rows of all ranks.   m [B,X] */
double global_spread(const Gan *g, View m);

/* step_stats_allreduce: every rank's part in the means of a step becomes the mean. */
void step_stats_allreduce(const Gan *g, StepStats *s);

#endif
