/* How many modes of a mixture a generator has found, and how evenly. */
#ifndef GANTRAIN_EVAL_MODES_H
#define GANTRAIN_EVAL_MODES_H

#include "gantrain/data/dataset.h"

/* A sample is of high quality when it is nearer than 3 standard deviations to its nearest centre,
 * distances being counted in the centre's own std; it then belongs to that mode. */
typedef struct ModeScore {
    double modes; /* those with one high-quality sample at least                            */
    double
        high_quality;  /* share of the samples, 0..1                                             */
    double reverse_kl; /* Σ q_k log(q_k / p_k), in nats: q the shares of the modes among the
                          * high-quality samples, p the weights of the mixture; NaN without any      */
} ModeScore;

/* modes_score: of samples [n, dim].   tally [modes->n] out: high-quality samples of every mode
 * Source: Srivastava et al. 2017 (VEEGAN), §4; Lin et al. 2018 (PacGAN), §4.1, and its code. With n
 * samples of the mixture itself the last is about (M - 1) / 2n, not 0. */
ModeScore modes_score(const Modes *modes, View samples, int *tally);

#endif
