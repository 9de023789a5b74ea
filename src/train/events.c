/* The table of what happens between steps: when it is due, and what it does. */
#include <inttypes.h>

#include "gantrain/report/report.h"
#include "gantrain/train/run.h"
#include "gantrain/train/ranks.h"

/* ---- when ------------------------------------------------------------------------------------------- */

static bool ended(const Run *r)
{
    return r->gan.step == r->steps;
}

static bool every(uint64_t step, int64_t n)
{
    return n > 0 && step % (uint64_t)n == 0;
}

/* A step may span several epochs: what counts is whether a multiple of n was reached or passed. */
static bool every_epochs(const Run *r, uint64_t step, int64_t n)
{
    const uint64_t m = (uint64_t)n;
    return m > 0 && run_epochs(r, step) / m > run_epochs(r, step - 1) / m;
}

static bool scored_at(const Run *r, uint64_t step)
{
    return r->evaluation.n > 0 &&
           (step == r->steps || every_epochs(r, step, r->config.evaluate.every_epochs));
}

static bool evaluation_due(const Run *r)
{
    return scored_at(r, r->gan.step);
}

static bool epoch_due(const Run *r)
{
    return ended(r) || every_epochs(r, r->gan.step, 1);
}

/* Scores have their row at once. */
bool run_row_due(const Run *r, uint64_t step)
{
    return step == r->steps || every(step, r->config.log.every_steps) || scored_at(r, step);
}

static bool log_due(const Run *r)
{
    return run_row_due(r, r->gan.step);
}

static bool sample_due(const Run *r)
{
    return ended(r) || every_epochs(r, r->gan.step, r->config.sample.every_epochs);
}

bool run_checkpoint_scheduled(const Run *r, uint64_t step)
{
    const int64_t n = r->config.checkpoint.every_steps;
    return n ? every(step, n) : step > 0 && every_epochs(r, step, 1);
}

static bool checkpoint_due(const Run *r)
{
    return ended(r) || run_checkpoint_scheduled(r, r->gan.step);
}

/* At epochs, when there was enough work since the last one to pay for it: some seconds of training, and a
 * sixteenth of the run, because a report grows with the run. Work and no clock: equal runs write equal
 * reports. */
static bool report_due(const Run *r)
{
    const double work = 4e11; /* operations */
    const uint64_t step = r->gan.step, since = step > r->reported ? step - r->reported : 0;
    return ended(r) ||
           (epoch_due(r) && (double)since * gan_flops(&r->gan) >= work && since >= step / 16);
}

/* ---- what ------------------------------------------------------------------------------------------- */

static Status evaluate(Run *r, Error *e)
{
    char words[SCORES_SUMMARY];
    TRY(training_scores_measure(&r->evaluation, &r->gan, e));
    training_scores_summary(&r->evaluation, words);
    if (*words)
        progress_set_scores(&r->progress, r->gan.step, words);
    return GT_OK;
}

static Status tell_epoch(Run *r, Error *e)
{
    const ProgressPoint at = run_progress(r);
    (void)e;
    progress_epoch(&r->progress, &at, &r->stats);
    return GT_OK;
}

static Status write_log(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const ProgressPoint at = run_progress(r);
    folder_file(&r->folder, "metrics.jsonl", path);
    progress_log(&r->progress, &at, &r->stats);
    return metrics_append(r, path, e);
}

static Status write_grid(Run *r, const char *path, Error *e)
{
    const Grid grid = run_grid(r);

    gan_sample(&r->gan, view(r->grid_z), r->grid);
    pixels_to_bytes(r->data.range, view(r->grid), r->pixels);
    return png_write_grid(path, &grid, r->pixels, r->grid.rows, e);
}

static Status write_plot(Run *r, const char *path, Error *e)
{
    return plot_write(path, &r->canvas, &r->data, training_scores_points(&r->evaluation, &r->gan),
                      e);
}

static Status draw_sample(Run *r, const char *path, Error *e)
{
    return (r->data.range ? write_grid : write_plot)(r, path, e);
}

Status run_sample(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    folder_sample(&r->folder, run_progress(r).epoch, path);
    return draw_sample(r, path, e);
}

Status run_report(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const char *folder = r->folder.path;
    folder_file(&r->folder, "report.html", path);
    r->reported = r->gan.step;
    return report_write(&folder, 1, path, NULL, e);
}

typedef struct Event {
    bool (*due)(const Run *r);
    Status (*happen)(Run *r, Error *e);
    const char *failed;
    bool in_folder; /* needs the run folder */
} Event;

/* In this order: scores are told with the epoch and written with the log; what ends the run comes before
 * what is done at its end; a report reads what all others wrote. */
static const Event events[] = {
    { evaluation_due, evaluate, "not evaluated", false },
    { evaluation_due, run_update_best, "best checkpoint not written", true },
    { epoch_due, tell_epoch, "epoch not told", false },
    { log_due, write_log, "log not written", true },
    { log_due, run_diagnose_live, "not diagnosed", true },
    { sample_due, run_sample, "samples not written", true },
    { checkpoint_due, run_save, "checkpoint not written", true },
    { report_due, run_report, "report not written", true },
};

/* Again where the folder was moved just now, or one in it was missing. */
static Status retry_after_repair(Run *r, const Event *event, Error *e)
{
    const Status s = event->happen(r, e);
    if (s == GT_OK || s == GT_EDIVERGED || !event->in_folder || !run_mend(r))
        return s;
    *e = (Error){ 0 };
    return event->happen(r, e);
}

static Status run_event(Run *r, const Event *event, Error *e)
{
    Error failure = { 0 };
    if (event->in_folder &&
        !run_follow(r)) { /* which is told; it may come back, and then this is missing */
        fail(&failure, GT_EOUTPUT, "%s: the run folder was not there", r->folder.path);
        write_failures_add(&r->late, event->failed, r->gan.step, &failure);
        return GT_OK;
    }
    if (retry_after_repair(r, event, &failure) == GT_OK) {
        run_output_recovered(r, event->failed);
        return GT_OK;
    }
    if (failure.code == GT_EDIVERGED) { /* no state after this one could be saved either */
        progress_end_line(&r->progress);
        *e = failure;
        return e->code;
    }
    run_write_failed(r, event->failed, &failure);
    return GT_OK;
}

static Status let_all_happen(Run *r, Error *e)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (events[i].due(r))
            TRY(run_event(r, &events[i], e));
    return GT_OK;
}

/* Whether events of any kind are due, which every rank can tell: reports and samples are due where epochs
 * end, scores where there is a row. */
static bool anything_due(const Run *r)
{
    return epoch_due(r) || log_due(r) || checkpoint_due(r);
}

Status run_events(Run *r, Error *e)
{
    if (!anything_due(r))
        return GT_OK;
    if (checkpoint_due(r) || evaluation_due(r))
        gan_gather_optimizer(&r->gan); /* a state may be saved */
    if (ranks_is_root())
        (void)let_all_happen(r, e);
    return ranks_sync_status(r, e);
}

/* ---- from outside ----------------------------------------------------------------------------------- */

/* Before the first step there is nothing to save. */
static Status save_now(Run *r, Error *e)
{
    if (r->gan.step == 0)
        return GT_OK;
    progress_end_line(&r->progress);
    TRY(run_save(r, e));
    log_info(r->log, "saved at step %" PRIu64 " of %" PRIu64, r->gan.step, r->steps);
    return GT_OK;
}

static Status snapshot_now(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const ProgressPoint at = run_progress(r);
    folder_file(&r->folder, FOLDER_SNAPSHOT, path);
    progress_print(&r->progress, &at, &r->stats);
    return draw_sample(r, path, e);
}

static Status answer(Run *r, const Requests *asked, Error *e)
{
    static const Event save = { NULL, save_now, "checkpoint not written", true };
    static const Event look = { NULL, snapshot_now, "samples not written", true };
    if (asked->save)
        TRY(run_event(r, &save, e));
    if (asked->look)
        TRY(run_event(r, &look, e));
    return GT_OK;
}

Status run_handle_requests(Run *r, const Requests *asked, Error *e)
{
    if (!asked->save && !asked->look)
        return GT_OK;
    gan_gather_optimizer(&r->gan);
    if (ranks_is_root())
        (void)answer(r, asked, e);
    return ranks_sync_status(r, e);
}
