/* What a person sees while training: one live line an epoch on a terminal, plain lines elsewhere. */
#ifndef GANTRAIN_TRAIN_PROGRESS_H
#define GANTRAIN_TRAIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/gan/gan.h"

/* Where a run stands. */
typedef struct ProgressPoint {
    uint64_t step, steps;  /* done, in all          */
    uint64_t epoch;        /* the one in progress, from 1 */
    uint64_t epochs;       /* the last one          */
    double epoch_fraction; /* share of the epoch done, 0..1 */
} ProgressPoint;

typedef struct Progress {
    bool live;        /* stderr is a terminal                         */
    bool quiet;       /* say nothing                                  */
    double began;     /* monotonic seconds                            */
    uint64_t first;   /* step at which this process began             */
    double drawn;     /* when the live line was last drawn            */
    double rate_time; /* start of the interval the rate is taken over */
    uint64_t rate_step;
    double rate;          /* steps a second, of the last interval         */
    bool line_open;       /* the cursor stands in a live line             */
    char scores[48];      /* what was measured, in words ...              */
    uint64_t scores_step; /* ... at this step                             */
} Progress;

/* Monotonic seconds. */
double progress_now(void);

/* "1h05m", "3m07s" */
enum { PROGRESS_DURATION = 32 };
void progress_duration(double seconds, char out[PROGRESS_DURATION]);

void progress_start(Progress *p, uint64_t step, bool quiet, bool live);

/* What was measured at `step` (> 0): told by the lines of that step in the place of D's accuracies. */
void progress_set_scores(Progress *p, uint64_t step, const char *words);

/* After every step: refreshes the live line at most ten times a second. */
void progress_step(Progress *p, const ProgressPoint *at, const StepStats *s);

/* At every logging interval: a plain line where there is no terminal. */
void progress_log(Progress *p, const ProgressPoint *at, const StepStats *s);

/* The same when somebody asks: even if quiet, and on a terminal. */
void progress_print(Progress *p, const ProgressPoint *at, const StepStats *s);

/* At the end of an epoch: the live line is finished and stays. */
void progress_epoch(Progress *p, const ProgressPoint *at, const StepStats *s);

/* Leave a live line before something else is said. */
void progress_end_line(Progress *p);

#endif
