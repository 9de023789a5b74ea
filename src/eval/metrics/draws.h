/* The sub-streams of RNG_METRIC: which random numbers of a metric are for what. Only append. */
#ifndef GANTRAIN_EVAL_METRICS_DRAWS_H
#define GANTRAIN_EVAL_METRICS_DRAWS_H

enum {
    METRIC_DRAW_SPLITS,      /* of the inception score                  */
    METRIC_DRAW_FAKE_SUBSET, /* of the kernel distance; step: subset    */
    METRIC_DRAW_REAL_SUBSET,
};

#endif
