/* A training run, in order: read the config, open the data and the nets, open the run folder, load
 * a checkpoint or start, loop over the steps, finish. Every rank trains; rank 0 alone has the run
 * folder. */
#include "gantrain/train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "gantrain/math/comm.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"
#include "gantrain/train/ranks.h"
#include "train_parts.h"

/* ---- before the first step ------------------------------------------------------------------- */

/* Nothing was written yet that a --resume could continue. */
static Status stop_before_first_step(Error *e)
{
    const Status stop = signals_stop_status();
    return stop == GT_OK
               ? GT_OK
               : fail(e, stop, "stopped before the first step; run the same command again");
}

/* The path of the run folder: --out, or a name that is written to `standard`. */
static const char *folder_of(const Run *r, const TrainRequest *q, char standard[FOLDER_PATH])
{
    snprintf(standard, FOLDER_PATH, "runs/%.200s", r->config.name);
    return q->out ? q->out : standard;
}

/* Opens the run folder and loads the state that the request asks for. */
static Status open_run_folder(Run *r, const TrainRequest *q, Error *e)
{
    char standard[FOLDER_PATH];
    const char *out = folder_of(r, q, standard);
    TRY(stop_before_first_step(e));
    TRY(folder_check_path(out, dataset_path(&r->config.data), q->out ? GT_EUSAGE : GT_ECONFIG, e));
    TRY(run_begin_warm(r, q, out, e));
    TRY(folder_open(&r->folder, out, q->no_lock, e));
    if (r->folder.unlocked)
        log_warning(r->log, "%s: is not locked: make sure that no other gantrain trains in it",
                    r->folder.path);
    return run_start(r, q, e);
}

/* A loaded run may have reached its last step, or have ended by early stopping. */
static bool is_complete(Run *r)
{
    run_validate_best(r);
    if (run_patience_exhausted(r))
        r->steps = r->gan.step;
    return r->gan.step >= r->steps;
}

enum { LARGE_DISK = 1024 }; /* MiB of checkpoints that a run mentions */

static void log_run_summary(const Run *r)
{
    char ranks[32] = "", size[48] = "";
    const Shape s = r->data.shape;
    if (r->data.images)
        snprintf(size, sizeof size, " of %d x %d, %s", s.w, s.h, s.c == 1 ? "grey" : "RGB");
    if (comm_size() > 1)
        snprintf(ranks, sizeof ranks, "%d ranks of ", comm_size());
    log_info(r->log,
             "%s: G %lld and D %lld parameters, %d %s%s, batch %lld, %" PRIu64 " steps, %s%d "
             "thread%s%s%s, kernels for %s, into %s",
             r->config.name, (long long)net_parameters(&r->gan.player[GENERATOR].net),
             (long long)net_parameters(&r->gan.player[DISCRIMINATOR].net), r->data.count,
             dataset_things(&r->data), size, (long long)r->config.train.batch_size, r->steps, ranks,
             parallel_threads(), parallel_threads() == 1 ? "" : "s", *ranks ? " by " : "",
             *ranks ? comm_engine() : "", gemm_kernel()->name, r->folder.path);
    run_log_fit(r);
    run_log_disk(r, LARGE_DISK);
    if (r->gan.step > 0)
        log_info(r->log, "resuming from step %" PRIu64, r->gan.step);
}

/* The classifier of an evaluation may have to be trained before the GAN. */
static Status begin_evaluation(Run *r, const TrainRequest *q, Error *e)
{
    TaskProgress progress = task_progress_start(q->quiet, !q->no_progress);
    TRY(training_scores_prepare(&r->evaluation, &r->gan, &r->config, progress_classifier, &progress,
                                e));
    const Classifier *c = &r->evaluation.image.classifier;
    if (c->classes > 0)
        log_info(r->log, "scores by classifier %s, test accuracy %.2f %%", c->id,
                 100 * c->accuracy);
    run_validate_best(r); /* again: now the id of the classifier is known */
    return training_scores_real(&r->evaluation, &r->data, (uint64_t)r->config.seed, r->real,
                                &r->n_real, e);
}

static Status write_config(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    folder_file(&r->folder, "config.json", path);
    Status s = config_text(&r->config, 2, &text, e);
    text_add(&text, "\n");
    if (s != GT_OK || text.failed)
        s = fail(e, GT_ERESOURCE, "%s: not written: no memory for it", path);
    else
        s = durable_write(path, text.at, text.used, e);
    text_free(&text);
    return s;
}

/* The page that a browser shows while the run trains. */
static void write_first_report(Run *r)
{
    char url[FOLDER_URL];
    Error failure = { 0 };
    if (run_report(r, &failure) != GT_OK)
        run_write_failed(r, "report not written", &failure);
    else if (folder_url(&r->folder, "report.html", url))
        log_info(r->log, "report: %s (open it in a browser; it reloads itself)", url);
}

static Status prepare_folder(Run *r, const TrainRequest *q, Error *e)
{
    TRY(folder_check_writable(&r->folder, e));
    log_run_summary(r);
    TRY(begin_evaluation(r, q, e));
    TRY(stop_before_first_step(e));
    TRY(run_truncate_after_step(r, q, e));
    TRY(write_config(r, e));
    TRY(environment_write(r, e));
    TRY(run_save_origin(r, e));
    write_first_report(r);
    progress_start(&r->progress, r->gan.step, q->quiet, !q->no_progress);
    return GT_OK;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static Status fail_diverged(const Run *r, Error *e)
{
    const StepStats *s = &r->stats;
    char where[GAN_NONFINITE_MAX] = "a gradient";
    ranks_find_nonfinite(&r->gan, where);
    return fail(
        e, GT_EDIVERGED,
        "step %" PRIu64 ": training diverged: %s is not finite (d_loss %g, g_loss %g, penalty "
        "%g, gradient norms D %g, G %g); %s",
        r->gan.step, where, s->d_loss, s->g_loss, s->penalty, s->d_grad_norm, s->g_grad_norm,
        r->gan.step > 1 || isfinite(s->d_loss)
            ? "the checkpoints before it are good: try a lower optimizer.*.lr, or a penalty"
            : "check the data and the initial weights (init): no step was completed");
}

static Status step(Run *r, Error *e)
{
    r->gan.measure = run_row_due(r, r->gan.step + 1);
    r->gan.length = run_schedule_length(r, r->gan.step);
    gan_step(&r->gan, &r->stats);
    if (!r->stats.finite)
        return fail_diverged(r, e);
    const ProgressPoint at = run_progress(r);
    progress_step(&r->progress, &at, &r->stats);
    return GT_OK;
}

/* Saves the state; returns the code of the signal. */
static Status stop_on_request(Run *r, Status stop, Error *e)
{
    gan_gather_optimizer(&r->gan);
    if (!ranks_is_root())
        return fail(e, stop, "as rank 0");
    progress_end_line(&r->progress);
    TRY(run_check_folder(r, e));
    if (r->gan.step > 0)
        TRY(run_save(r, e));
    return fail(e, stop, "stopped at step %" PRIu64 " of %" PRIu64 "; continue with --resume",
                r->gan.step, r->steps);
}

static Status loop(Run *r, Error *e)
{
    while (r->gan.step < r->steps) {
        const Requests requests = ranks_sync_requests();
        if (requests.stop != GT_OK)
            return stop_on_request(r, requests.stop, e);
        Status s = run_handle_requests(r, &requests, e);
        if (s == GT_OK)
            s = step(r, e);
        if (s == GT_OK)
            s = run_events(r, e);
        if (s == GT_EDIVERGED)
            s = run_recover(r, e);
        TRY(s);
    }
    return GT_OK;
}

/* ---- after the last step --------------------------------------------------------------------- */

static void list_file(const char *path, Text *results)
{
    if (access(path, F_OK) == 0)
        text_add(results, "%s\n", path);
}

static void list_results(const Run *r, Text *results)
{
    char path[FOLDER_FILE];
    folder_sample(&r->folder, run_progress(r).epoch, path);
    list_file(path, results);
    folder_checkpoint(&r->folder, r->gan.step, path);
    list_file(path, results);
    folder_file(&r->folder, FOLDER_BEST, path);
    if (*r->best.score_id)
        list_file(path, results);
    folder_file(&r->folder, "report.html", path);
    list_file(path, results);
}

/* The row of the step that diverged: its null values show what is not finite. */
static void write_last_row(Run *r)
{
    char path[FOLDER_FILE];
    Error failure = { 0 };
    folder_file(&r->folder, "metrics.jsonl", path);
    if (metrics_append(r, path, &failure) != GT_OK)
        run_write_failed(r, "log not written", &failure);
}

/* After a loop that ended with `s`, which is the code of `e`. */
static Status finish(Run *r, Status s, Text *results, Error *e)
{
    Error failure = { 0 };
    r->ended = true;
    if (s == GT_OK)
        s = run_check_folder(r, e);
    if (!folder_in_place(&r->folder))
        return s;
    if (s == GT_EDIVERGED && !r->stats.finite) /* otherwise its row is there */
        write_last_row(r);
    if (s == GT_OK || s == GT_EDIVERGED)
        run_diagnose(r);
    if (s != GT_OK) {
        run_warn_failures(r);
        if (r->gan.step > 0 && run_report(r, &failure) != GT_OK)
            log_warning(r->log, "report not written: %s", failure.text[0]);
        return s;
    }
    TRY(run_report_failures(r, e));
    list_results(r, results);
    run_log_best(r);
    return GT_OK;
}

static void write_if_missing(Run *r, const char *path, Status (*write)(Run *r, Error *e),
                             const char *what)
{
    Error failure = { 0 };
    if (!file_exists(path) && write(r, &failure) != GT_OK)
        run_write_failed(r, what, &failure);
}

/* A kill or a full disk may have left out what is written after the last checkpoint. */
static Status complete(Run *r, Text *results, Error *e)
{
    char path[FOLDER_FILE];
    r->ended = true;
    log_info(r->log, "%s: already complete at step %" PRIu64 " (epoch %" PRIu64 ")", r->folder.path,
             r->gan.step, run_progress(r).epoch);
    folder_file(&r->folder, "config.json", path);
    write_if_missing(r, path, write_config, "config not written");
    folder_sample(&r->folder, run_progress(r).epoch, path);
    write_if_missing(r, path, run_sample, "samples not written");
    folder_file(&r->folder, "report.html", path);
    write_if_missing(r, path, run_report, "report not written");
    run_log_best(r);
    TRY(run_report_failures(r, e));
    list_results(r, results);
    return GT_OK;
}

/* ---- the run --------------------------------------------------------------------------------- */

static Status train_in_folder(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    const bool is_root = ranks_is_root();
    bool done = false;
    if (is_root && open_run_folder(r, q, e) == GT_OK) {
        done = is_complete(r);
        if (!done)
            (void)prepare_folder(r, q, e);
    }
    TRY(ranks_sync_state(r, e));
    if (done)
        (void)complete(r, results, e);
    if (r->gan.step >= r->steps)
        return ranks_sync_status(r, e);
    const Status s = loop(r, e);
    if (is_root)
        (void)finish(r, s, results, e);
    return ranks_sync_status(r, e);
}

static Status dry_run(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    char standard[FOLDER_PATH];
    if (ranks_is_root())
        (void)run_begin_warm(r, q, folder_of(r, q, standard), e);
    TRY(comm_agree("the weights of init_from", e));
    const Status s = config_text(&r->config, 2, results, e);
    text_add(results, "\n");
    run_log_plan(r);
    return s;
}

/* comm_agree after each stage that can fail on one rank alone. */
static Status read_and_train(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    (void)config_read(&r->config, q->config, q->overrides, q->n_overrides, e);
    TRY(comm_agree("reading the config", e));
    if (config_usr1_stops(&r->config))
        signals_usr1_means_stop();
    run_show_reading(r, q->quiet, !q->no_progress);
    (void)run_open(r, e);
    TRY(comm_agree("opening the data", e));
    TRY(ranks_check_equal(r, e));
    TRY(comm_agree(q->dry_run ? "a dry run" : "training", e));
    return q->dry_run ? dry_run(r, q, results, e) : train_in_folder(r, q, results, e);
}

Status train(const TrainRequest *q, Text *results, Error *e)
{
    const Log log = { q->quiet };
    Run *r = calloc(1, sizeof *r);
    if (!r)
        return fail(e, GT_ERESOURCE, "no memory for a run");
    r->log = &log;
    r->folder.lock = -1;
    ranks_set_timeouts(q->rank_timeout);
    if (!q->dry_run) /* a dry run never checks for requests */
        signals_defer();

    const Status s = read_and_train(r, q, results, e);
    run_close(r);
    free(r);
    return s;
}
