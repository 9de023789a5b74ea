/* The sub-streams of RNG_METRIC: which random numbers of metrics are for what. Only append. */
#ifndef GANTRAIN_EVAL_METRIC_DRAWS_H
#define GANTRAIN_EVAL_METRIC_DRAWS_H

enum {
    METRIC_DRAW_SPLITS,      /* of the inception score                  */
    METRIC_DRAW_FAKE_SUBSET, /* of the kernel distance; step: subset    */
    METRIC_DRAW_REAL_SUBSET,
    METRIC_DRAW_BASELINE, /* training images in the place of samples */
};

#endif
