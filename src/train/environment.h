/* environment.json of a run folder: which program trained there, and on what. */
#ifndef GANTRAIN_SRC_TRAIN_ENVIRONMENT_H
#define GANTRAIN_SRC_TRAIN_ENVIRONMENT_H

#include "gantrain/train/run.h"

/* environment_write: the facts about this process and the run it begins or goes on with, durably, as one
 * object of numbers and strings. GT_EOUTPUT, GT_ERESOURCE. */
Status environment_write(const Run *r, Error *e);

#endif
