/* The loop and what surrounds it: open, resume or begin, run, say how it ended. */
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
#include "environment.h"
#include "gantrain/train/teller.h"
#include "gantrain/train/ranks.h"

/* ---- the loop ---------------------------------------------------------------------------------------- */

static Status diverged(const Run *r, Error *e)
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
            : "look at the data and at the first weights (init): nothing was learnt yet");
}

/* Save and say how to go on; the code is the signal's. */
static Status stop_on_request(Run *r, Status asked, Error *e)
{
    gan_gather_optimizer(&r->gan);
    if (!ranks_is_root())
        return fail(e, asked, "as rank 0");
    progress_end_line(&r->progress);
    if (!run_follow(r))
        return run_report_failures(r, e);
    if (r->gan.step > 0)
        TRY(run_save(r, e));
    return fail(e, asked, "stopped at step %" PRIu64 " of %" PRIu64 "; go on with --resume",
                r->gan.step, r->steps);
}

/* Asked before there was a step to save: the folder is left without a run that was not begun. */
static Status stop_before(Error *e)
{
    const Status asked = signals_stop_status();
    return asked == GT_OK ? GT_OK
                          : fail(e, asked,
                                 "stopped before the first step; the same command begins "
                                 "again");
}

/* One step and what is due after it. GT_EDIVERGED: a number is not finite. */
static Status one_step(Run *r, Error *e)
{
    r->gan.measure = run_row_due(r, r->gan.step + 1);
    gan_step(&r->gan, &r->stats);
    if (!r->stats.finite)
        return diverged(r, e);
    const ProgressPoint at = run_progress(r);
    progress_step(&r->progress, &at, &r->stats);
    return run_events(r, e);
}

static Status loop(Run *r, Error *e)
{
    while (r->gan.step < r->steps) {
        const Requests asked = ranks_sync_requests();
        if (asked.stop != GT_OK)
            return stop_on_request(r, asked.stop, e);
        Status s = run_handle_requests(r, &asked, e);
        if (s == GT_OK)
            s = one_step(r, e);
        if (s == GT_EDIVERGED) {
            progress_end_line(&r->progress);
            s = run_recover(r, e);
        }
        if (s != GT_OK)
            return s;
    }
    return GT_OK;
}

/* ---- from outside --------------------------------------------------------------------------------- */

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

static void greet(const Run *r)
{
    char ranks[32] = "";
    if (comm_size() > 1)
        snprintf(ranks, sizeof ranks, "%d ranks of ", comm_size());
    log_info(r->log,
             "%s: G %lld and D %lld parameters, %d %s, batch %lld, %" PRIu64 " steps, %s%d "
             "thread%s%s%s, kernels for %s, into %s",
             r->config.name, (long long)net_parameters(&r->gan.G),
             (long long)net_parameters(&r->gan.D), r->data.count, r->data.kind->samples,
             (long long)r->config.train.batch_size, r->steps, ranks, parallel_threads(),
             parallel_threads() == 1 ? "" : "s", *ranks ? " by " : "", *ranks ? comm_engine() : "",
             gemm_kernel()->name, r->folder.path);
    if (r->gan.step > 0)
        log_info(r->log, "going on from step %" PRIu64, r->gan.step);
}

static void list_result(const char *path, Text *results)
{
    if (access(path, F_OK) == 0)
        text_add(results, "%s\n", path);
}

static void list_results(const Run *r, Text *results)
{
    char path[FOLDER_FILE];
    folder_sample(&r->folder, run_progress(r).epoch, path);
    list_result(path, results);
    folder_checkpoint(&r->folder, r->gan.step, path);
    list_result(path, results);
    folder_file(&r->folder, FOLDER_BEST, path);
    if (*r->best.of)
        list_result(path, results);
    folder_file(&r->folder, "report.html", path);
    list_result(path, results);
}

/* A run that was stopped or diverged is reported as well; if that fails, its end is what is told. */
static void report_early_end(Run *r)
{
    Error failure = { 0 };
    if (r->gan.step > 0 && !r->gone && run_report(r, &failure) != GT_OK)
        (void)write_failures_add(&r->late, "report not written", r->gan.step, &failure);
}

/* What an evaluation needs; the classifier may have to be trained before the GAN is. */
static Status begin_evaluation(Run *r, const TrainRequest *q, Error *e)
{
    Teller teller = teller_begin(q->quiet, !q->no_progress);
    TRY(training_scores_prepare(&r->evaluation, &r->config, teller_say, &teller, e));
    const Classifier *c = &r->evaluation.image.classifier;
    if (c->classes > 0)
        log_info(r->log, "scores by classifier %s, right on %.2f %% of the test images", c->id,
                 100 * c->accuracy);
    run_validate_best(r);
    return GT_OK;
}

/* A run that goes on may have been complete, or have waited in vain. */
static bool is_complete(Run *r)
{
    run_validate_best(r);
    if (run_patience_exhausted(r))
        r->steps = r->gan.step;
    return r->gan.step >= r->steps;
}

/* The row of a step that was not finite: what stands there as null is what diverged. */
static void write_last_row(Run *r)
{
    char path[FOLDER_FILE];
    Error failure = { 0 };
    folder_file(&r->folder, "metrics.jsonl", path);
    if (metrics_append(r, path, &failure) != GT_OK)
        run_write_failed(r, "log not written", &failure);
}

static void make_up(Run *r, const char *path, Status (*make)(Run *r, Error *e), const char *failed)
{
    Error failure = { 0 };
    if (!file_is_there(path) && make(r, &failure) != GT_OK)
        run_write_failed(r, failed, &failure);
}

/* What comes after the last checkpoint may be missing: a kill, or a disk that was full. */
static Status make_complete(Run *r, Text *results, Error *e)
{
    char path[FOLDER_FILE];
    log_info(r->log, "%s: already complete at step %" PRIu64 " (epoch %" PRIu64 ")", r->folder.path,
             r->gan.step, run_progress(r).epochs);
    folder_file(&r->folder, "config.json", path);
    make_up(r, path, write_config, "config not written");
    folder_sample(&r->folder, run_progress(r).epoch, path);
    make_up(r, path, run_sample, "samples not written");
    folder_file(&r->folder, "report.html", path);
    make_up(r, path, run_report, "report not written");
    run_log_best(r);
    if (run_report_failures(r, e) == GT_OK)
        list_results(r, results);
    return e->code;
}

/* The folder, and where the run stands in it; its length is that when there is nothing left to do. */
static Status take_up(Run *r, const TrainRequest *q, Error *e)
{
    char standard[FOLDER_PATH];
    snprintf(standard, sizeof standard, "runs/%.200s", r->config.name);
    const char *out = q->out ? q->out : standard;
    TRY(stop_before(e));
    TRY(folder_check_path(out, dataset_folder(&r->config.data), q->out ? GT_EUSAGE : GT_ECONFIG,
                          e));
    TRY(folder_open(&r->folder, out, q->no_lock, e));
    if (r->folder.unlocked)
        log_warning(r->log, "%s: is not locked: see to it that no other gantrain trains in it",
                    r->folder.path);
    return run_start(r, q, e);
}

/* What is done in the folder before the first step. */
static Status prepare(Run *r, const TrainRequest *q, Error *e)
{
    TRY(folder_check_writable(&r->folder, e));
    greet(r);
    TRY(begin_evaluation(r, q, e));
    TRY(stop_before(e));
    TRY(run_truncate_after_step(r, q, e));
    TRY(write_config(r, e));
    TRY(environment_write(r, e));
    r->reported = r->gan.step;
    progress_start(&r->progress, r->gan.step, q->quiet, !q->no_progress);
    return GT_OK;
}

/* After a loop that ended with `s`, which `e` tells. */
static Status finish(Run *r, Status s, Text *results, Error *e)
{
    if (s == GT_EDIVERGED && !r->stats.finite && run_follow(r)) /* else it has been written */
        write_last_row(r);
    if ((s == GT_OK || s == GT_EDIVERGED) && !r->gone)
        run_diagnose(r);
    if (s != GT_OK) {
        report_early_end(r);
        run_warn_failures(r); /* the other message must not hide what is missing */
    } else if (run_report_failures(r, e) == GT_OK)
        list_results(r, results);
    if (e->code == GT_OK)
        run_log_best(r);
    return e->code;
}

static Status run_in_folder(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    const bool leads = ranks_is_root();
    bool complete = false;
    if (leads && take_up(r, q, e) == GT_OK) {
        complete = is_complete(r);
        if (!complete)
            (void)prepare(r, q, e);
    }
    TRY(ranks_sync_state(r, e));
    if (complete)
        (void)make_complete(r, results, e);
    if (r->gan.step >= r->steps)
        return ranks_sync_status(r, e);
    const Status s = loop(r, e);
    if (leads)
        (void)finish(r, s, results, e);
    return ranks_sync_status(r, e);
}

static Status dry_run(const Run *r, Text *results, Error *e)
{
    Text plan = { 0 };
    Status s = config_text(&r->config, 2, results, e);
    text_add(results, "\n");
    run_plan(r, &plan);
    for (char *line = plan.at ? strtok(plan.at, "\n") : NULL; line; line = strtok(NULL, "\n"))
        log_info(r->log, "%s", line);
    if (plan.failed && s == GT_OK)
        s = fail(e, GT_ERESOURCE, "no memory for a plan");
    text_free(&plan);
    return s;
}

/* Stages that may fail on one rank alone end with an agreement of all. */
static Status read_and_train(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    (void)config_read(&r->config, q->config, q->overrides, q->n_overrides, e);
    TRY(comm_agree("reading the config", e));
    if (config_usr1_stops(&r->config))
        signals_usr1_means_stop();
    (void)run_open(r, e);
    TRY(comm_agree("opening the data", e));
    TRY(ranks_check_equal(r, e));
    TRY(comm_agree(q->dry_run ? "a dry run" : "training", e));
    return q->dry_run ? dry_run(r, results, e) : run_in_folder(r, q, results, e);
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
    if (!q->dry_run) /* which nobody would ask whether to stop */
        signals_defer();

    const Status s = read_and_train(r, q, results, e);
    run_close(r);
    free(r);
    return s;
}
