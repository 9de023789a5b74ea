/* What happens between steps: a table of events, when each is due and what it does. */
#include <inttypes.h>

#include "gantrain/report/report.h"
#include "gantrain/train/ranks.h"
#include "train_parts.h"

/* ---- when ------------------------------------------------------------------------------------ */

static bool is_last_step(const Run *r)
{
    return r->gan.step == r->steps;
}

static bool is_evaluated(const Run *r, uint64_t step)
{
    return r->evaluation.n > 0 &&
           (step == r->steps || run_every_epochs(r, step, r->config.evaluate.every_epochs));
}

static bool evaluation_due(const Run *r)
{
    return is_evaluated(r, r->gan.step);
}

static bool epoch_due(const Run *r)
{
    return is_last_step(r) || run_every_epochs(r, r->gan.step, 1);
}

bool run_row_due(const Run *r, uint64_t step)
{
    return step == r->steps || step % (uint64_t)r->config.log.every_steps == 0 ||
           is_evaluated(r, step);
}

static bool row_due(const Run *r)
{
    return run_row_due(r, r->gan.step);
}

static bool sample_due(const Run *r)
{
    return is_last_step(r) || run_every_epochs(r, r->gan.step, r->config.sample.every_epochs);
}

static bool checkpoint_due(const Run *r)
{
    return is_last_step(r) || run_checkpoint_scheduled(r, r->gan.step);
}

/* At the end of the first epoch, which has the first pictures, and of later ones if the steps since
 * the last report pay for a new one: some seconds of training, and a sixteenth of the run, because
 * a report grows with the run. Operations, not seconds: equal runs write equal reports. */
static bool report_due(const Run *r)
{
    const double min_flops = 4e11;
    const uint64_t step = r->gan.step, since = step > r->report_step ? step - r->report_step : 0;
    const bool first = r->report_step == r->progress.first_step;
    const bool pays = (double)since * gan_flops(&r->gan) >= min_flops && since >= step / 16;
    return is_last_step(r) || (epoch_due(r) && (first || pays));
}

/* ---- what ------------------------------------------------------------------------------------ */

static Status evaluate(Run *r, Error *e)
{
    char words[SCORES_SUMMARY];
    TRY(training_scores_measure(&r->evaluation, &r->gan, e));
    training_scores_summary(&r->evaluation, words);
    if (*words)
        progress_set_scores(&r->progress, r->gan.step, words);
    return GT_OK;
}

static Status show_epoch(Run *r, Error *e)
{
    const ProgressPoint at = run_progress(r);
    (void)e;
    progress_epoch(&r->progress, &at, &r->stats);
    return GT_OK;
}

static Status write_row(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const ProgressPoint at = run_progress(r);
    folder_file(&r->folder, "metrics.jsonl", path);
    progress_log(&r->progress, &at, &r->stats);
    return metrics_append(r, path, e);
}

static Status write_picture(Run *r, const char *path, Error *e)
{
    if (!r->data.range)
        return plot_write(path, &r->canvas, &r->data,
                          training_scores_points(&r->evaluation, &r->gan), e);
    const Grid grid = run_grid(r);
    gan_sample(&r->gan, view(r->grid_z), r->grid);
    pixels_to_bytes(r->data.range, view(r->grid), r->pixels);
    return png_write_grid(path, &grid, r->pixels, r->grid.rows, e);
}

Status run_sample(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    folder_sample(&r->folder, run_progress(r).epoch, path);
    return write_picture(r, path, e);
}

Status run_report(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const char *folder = r->folder.path;
    folder_file(&r->folder, "report.html", path);
    r->report_step = r->gan.step;
    return report_write(&folder, 1, !r->ended && !is_last_step(r), path, NULL, e);
}

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct Event {
    bool (*due)(const Run *r);
    Status (*run)(Run *r, Error *e);
    const char *failure;
    bool in_folder; /* writes to the run folder */
} Event;

/* In this order: scores before the lines and rows that show them; early stopping before what is due
 * at the end; the report after everything that it reads. */
static const Event events[] = {
    { evaluation_due, evaluate, "not evaluated", false },
    { run_has_confusion, run_write_confusion, "confusion matrix not written", true },
    { evaluation_due, run_update_best, "best checkpoint not written", true },
    { epoch_due, show_epoch, "epoch not shown", false },
    { row_due, write_row, "log not written", true },
    { row_due, run_diagnose_live, "not diagnosed", false },
    { sample_due, run_sample, "samples not written", true },
    { checkpoint_due, run_save, "checkpoint not written", true },
    { report_due, run_report, "report not written", true },
};

static Status run_event(Run *r, const Event *event, Error *e)
{
    Error failure = { 0 };
    if (event->in_folder)
        TRY(run_check_folder(r, e));
    const Status s = event->run(r, &failure);
    if (s == GT_OK)
        run_output_recovered(r, event->failure);
    else if (s != GT_EDIVERGED)
        run_write_failed(r, event->failure, &failure);
    else
        *e = failure; /* no later state could be saved either */
    return s == GT_EDIVERGED ? s : GT_OK;
}

static Status run_due_events(Run *r, Error *e)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (events[i].due(r))
            TRY(run_event(r, &events[i], e));
    return GT_OK;
}

/* All ranks compute the same: pictures and reports are due at ends of epochs, evaluations where
 * there is a row. */
static bool any_due(const Run *r)
{
    return epoch_due(r) || row_due(r) || checkpoint_due(r);
}

Status run_events(Run *r, Error *e)
{
    if (!any_due(r))
        return GT_OK;
    if (checkpoint_due(r) || evaluation_due(r))
        gan_gather_optimizer(&r->gan); /* a state may be saved */
    if (ranks_is_root())
        (void)run_due_events(r, e);
    return ranks_sync_status(r, e);
}

/* ---- requests -------------------------------------------------------------------------------- */

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
    return write_picture(r, path, e);
}

static Status run_requested(Run *r, const Requests *requests, Error *e)
{
    static const Event save = { NULL, save_now, "checkpoint not written", true };
    static const Event snapshot = { NULL, snapshot_now, "samples not written", true };
    if (requests->save)
        TRY(run_event(r, &save, e));
    if (requests->snapshot)
        TRY(run_event(r, &snapshot, e));
    return GT_OK;
}

Status run_handle_requests(Run *r, const Requests *requests, Error *e)
{
    if (!requests->save && !requests->snapshot)
        return GT_OK;
    gan_gather_optimizer(&r->gan);
    if (ranks_is_root())
        (void)run_requested(r, requests, e);
    return ranks_sync_status(r, e);
}
