/* A run while it runs: what the loop and its events share. */
#ifndef GANTRAIN_TRAIN_RUN_H
#define GANTRAIN_TRAIN_RUN_H

#include "gantrain/base/log.h"
#include "gantrain/io/image.h"
#include "gantrain/run/best.h"
#include "gantrain/run/config.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/run/folder.h"
#include "gantrain/train/write_failures.h"
#include "gantrain/sample/plot.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/signals.h"
#include "gantrain/train/train.h"
#include "gantrain/train/live_diagnosis.h"

typedef struct Run {
    const Log *log;
    Config config;
    Dataset data;
    Gan gan;
    RunFolder folder;
    Progress progress;
    StepStats stats;   /* of the last step                                              */
    uint64_t steps;    /* generator updates in all; fewer once a run waits in vain      */
    uint64_t saved;    /* step of the newest checkpoint, or UINT64_MAX: none            */
    uint64_t reported; /* step of the report, or where this process began             */
    LiveDiagnosis live_diagnosis; /* while it trains */
    WriteFailures late; /* output that could not be written; told at the end, exit 6     */
    bool gone;          /* the run folder was removed: nothing can be written            */
    uint64_t *damaged;  /* steps of checkpoints that were passed over, owned             */
    int n_damaged;

    /* images: the sample grid                                                       */
    Mat grid_z;      /* its latents, the same every epoch                      [n,Z]  */
    Mat grid;        /* their images                                           [n,X]  */
    uint8_t *pixels; /* the same in bytes                                      [n*X]  */
    /* points                                                                        */
    Raster canvas; /* of their picture                                                */
    TrainingScores evaluation;
    Best best;
    Arena arena; /* of all these                                                    */
} Run;

/* run_open: open the data of r->config, check that they fit it, build the GAN and what draws it.
 * GT_EDATA, GT_ECONFIG, GT_ERESOURCE. Whoever opens closes, also after a failure. */
Status run_open(Run *r, Error *e);

/* run_warn_config: warn of what in an opened run can be trained but is hardly meant. run_open calls it. */
void run_warn_config(const Run *r);
void run_close(Run *r);

/* run_start: at step 0, or at the checkpoint that was asked for. GT_EOUTPUT: the folder holds an
 * earlier run; GT_ECHECKPOINT: none can be read, or it does not fit. */
Status run_start(Run *r, const TrainRequest *q, Error *e);

/* run_load_before: the state of the newest checkpoint from before step `before` that can be read and was
 * due by itself: a run that was stopped in between must find the same one. `found`: there is one.
 * GT_ECHECKPOINT: none of those there are can be read. */
Status run_load_before(Run *r, uint64_t before, bool *found, Error *e);

/* Whether a checkpoint is due after that step, whatever else happens. */
bool run_checkpoint_scheduled(const Run *r, uint64_t step);

/* run_recover: after a divergence, which `e` tells: go back to the last good state with half the learning
 * rates. The code of `e` when that has been done train.recoveries times already. */
Status run_recover(Run *r, Error *e);

/* run_truncate_after_step: remove what an earlier run wrote after the step where this one stands. */
Status run_truncate_after_step(const Run *r, const TrainRequest *q, Error *e);

/* Samples drawn up to step `step`; epochs done. */
uint64_t run_samples(const Run *r, uint64_t step);
uint64_t run_epochs(const Run *r, uint64_t step);

/* Where the run stands now. */
ProgressPoint run_progress(const Run *r);

/* The generator updates that the config asks for. */
uint64_t run_length(const Run *r);

/* How the sample grid looks. */
Grid run_grid(const Run *r);

/* Whether step number `step`, from 1, gets a row of metrics. */
bool run_row_due(const Run *r, uint64_t step);

/* run_events: let every event happen that is due after the step just done.
 * Failures of output are kept in r->late and do not end the run; GT_EDIVERGED, a state that cannot
 * be saved because a value is not finite, does. */
Status run_events(Run *r, Error *e);

/* run_handle_requests: what SIGUSR1 and SIGUSR2 asked for, between two steps. As run_events. */
Status run_handle_requests(Run *r, const Requests *asked, Error *e);

/* run_save: save the state now, unless this step is saved already, and remove checkpoints that are
 * too many. An old one that cannot be removed is told, and kept in r->late. */
Status run_save(Run *r, Error *e);

/* run_sync_metrics: before a checkpoint, which must not outlive the rows before it: nobody would write them again. */
void run_sync_metrics(Run *r);

/* run_sample: the picture of this epoch. run_report: report.html, from the files of the run folder. */
Status run_sample(Run *r, Error *e);
Status run_report(Run *r, Error *e);

/* run_update_best: after an evaluation: save the state as the best when it is; end the run here when
 * evaluate.patience is used up. As checkpoint_save. */
Status run_update_best(Run *r, Error *e);

/* run_validate_best: forget a best state that was taken up but is none: by another score, or without its file. */
void run_validate_best(Run *r);

/* Whether patience is used up. */
bool run_patience_exhausted(const Run *r);

/* Says at the end which state was the best, and whether the run ended for lack of a better one. */
void run_log_best(const Run *r);

/* run_write_failed: say that `what` went wrong ("checkpoint not written"), remember why, and go on. run_output_recovered: it did not;
 * said when it had before.
 * run_report_failures: everything that is missing at the end, into `e`, and whether the last state is saved; or, for a
 * run that ends with another message, as warnings. */
void run_write_failed(Run *r, const char *what, const Error *e);
void run_output_recovered(Run *r, const char *what);
Status run_report_failures(const Run *r, Error *e);
void run_warn_failures(const Run *r);

/* run_follow: find a folder again that was moved, and say so. False: it is gone.
 * run_mend: as folder_repair, and say so. */
bool run_follow(Run *r);
bool run_mend(Run *r);

/* metrics_truncate: drop the rows of `path` after `step` and a torn last line: what a run that goes on
 * from there will write again. A missing file is fine. GT_EOUTPUT: a line is not ours. */
Status metrics_truncate(const char *path, uint64_t step, Error *e);

/* metrics_row: the row of the step just done, with its newline.
 * metrics_append: append it.
 * metrics_column: the names of its columns that are no scores, for i = 0, 1, ...; NULL after the last. */
const char *metrics_column(int i);
void metrics_row(const Run *r, Text *line);
Status metrics_append(const Run *r, const char *path, Error *e);

/* run_diagnose_live: look at the row of the step just done; a cause that has held for several rows is told, once. */
Status run_diagnose_live(Run *r, Error *e);

/* run_diagnose: tell what metrics.jsonl says of the whole run. */
void run_diagnose(Run *r);

/* The plan of a run for a person: parameters, memory, operations, length. */
void run_plan(const Run *r, Text *out);

#endif
