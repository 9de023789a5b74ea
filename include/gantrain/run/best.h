/* The best state of a run by one score: a file of its own, and the end of a run that gets no better. */
#ifndef GANTRAIN_RUN_BEST_H
#define GANTRAIN_RUN_BEST_H

#include <stdint.h>

enum { BEST_OF = 128 };

/* Part of every checkpoint, so that a resumed run goes on waiting where it was. */
typedef struct Best {
    /* what is compared: "fcd, 10000 samples, classifier 0123456789abcdef-1"; "" nothing yet */
    char of[BEST_OF];
    double value;
    uint64_t step;              /* of the file                                 */
    uint64_t stale_evaluations; /* evaluations since then that were no better  */
} Best;

#endif
