/* Progress on stderr: a live line on a terminal, plain lines elsewhere. */
#ifndef GANTRAIN_TRAIN_PROGRESS_H
#define GANTRAIN_TRAIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/gan/gan.h"

/* Monotonic seconds. */
double progress_now(void);

/* "1h05m", "3m07s" */
enum { PROGRESS_DURATION = 32 };
void progress_duration(double seconds, char out[PROGRESS_DURATION]);

/* ---- of a training --------------------------------------------------------------------------- */

/* How far a run is. */
typedef struct ProgressPoint {
    uint64_t step, steps;   /* done, in all           */
    uint64_t epoch, epochs; /* in progress, in all    */
    double epoch_fraction;  /* of this epoch, 0..1    */
} ProgressPoint;

typedef struct Progress {
    bool live;           /* stderr is a terminal                    */
    bool quiet;          /* print nothing                           */
    double began;        /* monotonic seconds                       */
    uint64_t first_step; /* at which this process began             */
    double drawn;        /* when the live line was last drawn       */
    double rate;         /* steps a second, of the last interval    */
    double rate_time;    /* start of the interval being measured    */
    uint64_t rate_step;
    bool line_open;       /* the cursor is in a live line            */
    char scores[48];      /* of the last evaluation, ...             */
    uint64_t scores_step; /* ... which was at this step              */
} Progress;

/* Prints the legend of the lines, unless quiet.
 *   live   in   whether a live line is wanted, if stderr is a terminal */
void progress_start(Progress *p, uint64_t step, bool quiet, bool live);

/* The scores of `step` (> 0), which its lines show in place of the accuracies of D. */
void progress_set_scores(Progress *p, uint64_t step, const char *scores);

/* progress_step: after every step: redraws the live line, in the width of the terminal, at most ten
 * times a second.
 * progress_log: at every logging interval: prints a plain line if there is no live one.
 * progress_print: on request: prints a plain line in any case, even if quiet.
 * progress_epoch: at the end of an epoch: the live line is finished and stays.
 * progress_end_line: ends an open live line before other output. */
void progress_step(Progress *p, const ProgressPoint *at, const StepStats *s);
void progress_log(Progress *p, const ProgressPoint *at, const StepStats *s);
void progress_print(Progress *p, const ProgressPoint *at, const StepStats *s);
void progress_epoch(Progress *p, const ProgressPoint *at, const StepStats *s);
void progress_end_line(Progress *p);

/* ---- of other tasks -------------------------------------------------------------------------- */

typedef struct TaskProgress {
    bool quiet, live, begun;
    double drawn; /* when the live line was last drawn */
} TaskProgress;

TaskProgress task_progress_start(bool quiet, bool live);

/* progress_classifier: a ProgressFn that shows how far the training of a classifier is, and ends it
 * when a signal asks to stop.
 * progress_data: a DatasetProgress that does the same while data are read.
 * progress_task: on a terminal, a line that names the current task, such as "measuring" "fcd";
 * NULL: none any more.
 *   task_progress   in   a TaskProgress */
Status progress_data(void *task_progress, const char *task, double fraction);
Status progress_classifier(void *task_progress, double done, double accuracy);
void progress_task(void *task_progress, const char *task, const char *object);

#endif
