/* What the options of every gradient penalty begin with; not every row has all of these keys. */
#ifndef GANTRAIN_SRC_GAN_PENALTY_OPTIONS_H
#define GANTRAIN_SRC_GAN_PENALTY_OPTIONS_H

#include <stdint.h>

typedef struct PenaltyOptions {
    double weight; /* lambda, or gamma                       */
    double target; /* of ‖g‖                                 */
    double scale;  /* of the noise, in deviations of the data */
    int64_t every;
} PenaltyOptions;

#endif
