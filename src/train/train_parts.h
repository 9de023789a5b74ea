/* What the files of this folder share. Rank 0 alone calls functions that read or write the run
 * folder; run_events, run_handle_requests and run_recover are collective. */
#ifndef GANTRAIN_SRC_TRAIN_TRAIN_PARTS_H
#define GANTRAIN_SRC_TRAIN_TRAIN_PARTS_H

#include "gantrain/io/image.h"
#include "gantrain/train/run.h"
#include "gantrain/train/train.h"

/* ---- run.c: counts --------------------------------------------------------------------------- */

/* Samples drawn, and epochs completed, by the end of step `step`. */
uint64_t run_samples(const Run *r, uint64_t step);

/* The generator updates that the config asks for; that `t` would ask for in its place. */
uint64_t run_length(const Run *r);
uint64_t run_length_by(const Run *r, const TrainOptions *t);

ProgressPoint run_progress(const Run *r);

/* Whether step `step` completes a multiple of n epochs; it may span several epochs. n = 0:
 * never. */
bool run_every_epochs(const Run *r, uint64_t step, int64_t n);

/* Whether the config asks for a checkpoint after step `step`. */
bool run_checkpoint_scheduled(const Run *r, uint64_t step);

/* The layout of the sample grid. */
Grid run_grid(const Run *r);

/* ---- before training ------------------------------------------------------------------------- */

/* Warns of a config that is valid but probably unintended. */
void run_warn_config(const Run *r);

/* Logs the defaults that were fitted to small data, if any. */
void run_log_fit(const Run *r);

/* Logs the disk space of checkpoints, from `least` MiB on. */
void run_log_disk(const Run *r, double least);

/* Logs the plan of a run: parameters, memory, operations, length. */
void run_log_plan(const Run *r);

/* environment_write: durably write environment.json: the program, the machine and the sizes of the
 * run, none of which changes a bit of it. GT_EOUTPUT, GT_ERESOURCE. */
Status environment_write(const Run *r, Error *e);

/* ---- warm.c: runs that begin with trained weights -------------------------------------------- */

/* run_begin_warm: before the folder `out` is opened: if the config has init_from, and no checkpoint
 * there will be resumed, take the weights and record the checksum of their file in r->config.
 * GT_ECHECKPOINT as warm_start; GT_EUSAGE: --overwrite would delete the file. */
Status run_begin_warm(Run *r, const TrainRequest *q, const char *out, Error *e);

/* run_adopt_origin: a resumed run began as its checkpoint says, whatever the config says. */
Status run_adopt_origin(Run *r, const Config *checkpoint, Error *e);

/* run_suggest_warm_start: after r->unlike was refused: adds the command that begins a new run with
 * its weights. Returns the code of `e`. */
Status run_suggest_warm_start(const Run *r, const TrainRequest *q, Error *e);

/* ---- lengths.c: schedules of extended runs --------------------------------------------------- */

/* run_schedule_length: the length of the run that schedules follow in the update after `step`. */
uint64_t run_schedule_length(const Run *r, uint64_t step);

/* run_adopt_lengths: before the state of `step` of a checkpoint with this config is loaded: if the
 * run now has another length, and a schedule depends on it, the earlier length is added to
 * train.earlier_lengths. GT_ECHECKPOINT: the list is full. */
Status run_adopt_lengths(Run *r, const Config *checkpoint, uint64_t step, Error *e);

/* run_warn_extended: after a start: warns of learning rates that jump. */
void run_warn_extended(const Run *r);

/* ---- write_failures.c ------------------------------------------------------------------------ */

/* run_write_failed: remember that `what` ("checkpoint not written") failed at this step, and warn
 * unless it fails for the same cause as the last time.
 * run_output_recovered: `what` was written; report that if it had failed before. */
void run_write_failed(Run *r, const char *what, const Error *why);
void run_output_recovered(Run *r, const char *what);

/* run_report_failures: at the end: add what is missing to `e`, and the last step that is saved.
 * Returns the code of e.
 * run_warn_failures: the same as warnings, for a run that ends with another error. */
Status run_report_failures(const Run *r, Error *e);
void run_warn_failures(const Run *r);

/* run_check_folder: GT_EOUTPUT if the run folder was moved or removed: nothing can be saved any
 * more, and another folder may be at its path. */
Status run_check_folder(Run *r, Error *e);

/* ---- state.c: checkpoints -------------------------------------------------------------------- */

/* run_start: start at step 0, or load the checkpoint that the request asks for. GT_EOUTPUT: the
 * folder holds an earlier run; GT_ECHECKPOINT: no checkpoint can be read, or it does not fit. */
Status run_start(Run *r, const TrainRequest *q, Error *e);

/* run_load_before: load the newest readable scheduled checkpoint before step `before`: a run that
 * was stopped and resumed meanwhile finds the same one. *found: there is one. GT_ECHECKPOINT: none
 * of those can be read. */
Status run_load_before(Run *r, uint64_t before, bool *found, Error *e);

/* run_truncate_after_step: remove what an earlier run wrote after the step at which this one
 * stands. */
Status run_truncate_after_step(const Run *r, const TrainRequest *q, Error *e);

/* run_save: save the state unless this step is saved already, and rotate checkpoints. An old
 * checkpoint that cannot be removed is a write failure, not an error. */
Status run_save(Run *r, Error *e);

/* run_save_origin: a run that begins warm saves its state at step 0, to which it can roll back and
 * from which it can be resumed without the file that it began with. */
Status run_save_origin(Run *r, Error *e);

/* run_sync_metrics: sync metrics.jsonl before a checkpoint is saved: a run that resumes from it
 * does not write the earlier rows again. */
void run_sync_metrics(Run *r);

/* run_recover: after a divergence, described by `e`: roll back to the last good state with half the
 * learning rates. Returns the code of `e` when all of train.recoveries are used up. */
Status run_recover(Run *r, Error *e);

/* ---- best.c: early stopping ------------------------------------------------------------------ */

/* run_update_best: after an evaluation: save the state if it is the best; end the run here if
 * evaluate.patience is exhausted. Errors as checkpoint_save. */
Status run_update_best(Run *r, Error *e);

/* run_validate_best: reset a loaded r->best that is of another score or whose file is missing or
 * older. */
void run_validate_best(Run *r);

bool run_patience_exhausted(const Run *r);

/* Logs the best score, and early stopping. */
void run_log_best(const Run *r);

/* ---- metrics.c ------------------------------------------------------------------------------- */

/* metrics_row: the row of the step just done, with its newline.
 * metrics_append: append it to the file `path`. */
void metrics_row(const Run *r, Text *line);
Status metrics_append(const Run *r, const char *path, Error *e);

/* metrics_truncate: remove the rows of `path` after `step` and a torn last line. A missing file is
 * fine. GT_EOUTPUT: a line is not a row of gantrain.
 * metrics_truncate_all: of all files of rows in a run folder. */
Status metrics_truncate(const char *path, uint64_t step, Error *e);
Status metrics_truncate_all(const RunFolder *f, uint64_t step, Error *e);

/* ---- confusion_rows.c ------------------------------------------------------------------------ */

/* Whether the evaluation of this step has a confusion matrix; append it to confusion.jsonl. */
bool run_has_confusion(const Run *r);
Status run_write_confusion(Run *r, Error *e);

/* ---- events.c -------------------------------------------------------------------------------- */

/* Whether step number `step`, from 1, gets a row of metrics. */
bool run_row_due(const Run *r, uint64_t step);

/* run_events: run all events that are due after the step just done. Failures of output do not end
 * the run; GT_EDIVERGED (a state that cannot be saved because a value is not finite) and
 * run_check_folder do. */
Status run_events(Run *r, Error *e);

/* run_handle_requests: what SIGUSR1 and SIGUSR2 asked for, between two steps. Errors as
 * run_events. */
Status run_handle_requests(Run *r, const Requests *requests, Error *e);

/* The picture of this epoch; report.html. */
Status run_sample(Run *r, Error *e);
Status run_report(Run *r, Error *e);

/* ---- live_diagnosis.c ------------------------------------------------------------------------ */

/* run_diagnose_live: report a cause of trouble that several rows in succession show, once.
 * run_diagnose: report what metrics.jsonl shows about the whole run. */
Status run_diagnose_live(Run *r, Error *e);
void run_diagnose(Run *r);

#endif
