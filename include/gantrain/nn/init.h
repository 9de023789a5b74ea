/* Initialization of weights: a row of `inits` per scheme. */
#ifndef GANTRAIN_NN_INIT_H
#define GANTRAIN_NN_INIT_H

#include "gantrain/base/option.h"
#include "gantrain/base/rng.h"
#include "gantrain/math/mat.h"

typedef struct Init {
    Entry is;
    /* w [fan_out, fan_in] out, from the random numbers of `d` */
    void (*fill)(const void *options, Draw d, Mat w);
} Init;

extern const Registry inits;

#endif
