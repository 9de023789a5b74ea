/* What several ranks have of a step together. */
#ifndef GANTRAIN_SRC_GAN_TOGETHER_H
#define GANTRAIN_SRC_GAN_TOGETHER_H

#include "gantrain/gan/gan.h"

/* spread: mat_spread of the rows of all ranks.   m [B,X] */
double spread(const Gan *g, View m);

/* sum_stats: every rank's part in the means of a step becomes the mean. */
void sum_stats(const Gan *g, StepStats *s);

#endif
