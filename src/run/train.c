/* The loop and what surrounds it: open, resume or begin, run, say how it ended. */
#include "gantrain/run/train.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/io/durable.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/parallel.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/run/run.h"
#include "gantrain/run/signals.h"

/* ---- opening ---------------------------------------------------------------------------------------- */

/* What the config asks for must fit the data. */
static Status check_data(const Run *r, Error *e)
{
    const Value *root = r->config.file.root;
    const int channels = r->data.shape.c;
    const Grid grid = run_grid(r);
    if (channels != 1 && channels != 3)
        return fail(e, GT_EDATA,
                    "the images have %d channels: 1 (grey) or 3 (colour) were expected", channels);
    if (r->config.train.batch_size > r->data.count)
        return option_report(e, value_member(value_member(root, "train"), "batch_size"),
                             "train.batch_size", "%lld is more than the %d samples of the data set",
                             (long long)r->config.train.batch_size, r->data.count);
    if (!png_fits(&grid))
        return option_report(e, value_member(root, "sample"), "sample",
                             "%d x %d images of %d x %d pixels, zoom %d, are too large for one "
                             "picture (at most %d pixels a side)",
                             grid.rows, grid.cols, grid.height, grid.width, grid.zoom,
                             IMAGE_MAX_SIDE);
    return GT_OK;
}

/* The memory of the sample grid, for arena_build. */
static void plan_grid(Arena *a, void *plan_me)
{
    Run *r = plan_me;
    const int n = (int)(r->config.sample.rows * r->config.sample.cols);
    r->grid_z = mat_take(a, n, (int)r->config.gan.generator.latent);
    r->grid = mat_take(a, n, shape_size(r->data.shape));
    r->pixels = arena_take(a, mat_size(r->grid));
}

static Status build(Run *r, Error *e)
{
    const uint64_t seed = (uint64_t)r->config.seed;
    TRY(dataset_open(&r->data, &r->config.data, e));
    TRY(check_data(r, e));
    TRY(gan_build(&r->gan, &r->config.gan, &r->data, r->data.shape, (int)r->config.train.batch_size,
                  seed, e));
    TRY(arena_build(&r->arena, plan_grid, r, e));
    gan_latents(seed, r->grid_z);
    r->steps = run_length(r);
    r->saved = UINT64_MAX;
    return GT_OK;
}

static void run_close(Run *r)
{
    gan_close(&r->gan);
    arena_close(&r->arena);
    dataset_close(&r->data);
    config_free(&r->config);
    folder_close(&r->folder);
}

/* ---- resuming --------------------------------------------------------------------------------------- */

/* Take the state of an opened checkpoint, which is closed. */
static Status adopt(Run *r, Checkpoint *k, const char *path, Error *e)
{
    Text warning = { 0 };
    Status s = checkpoint_fits(k, path, &r->config, &r->data, &warning, e);
    if (s == GT_OK)
        s = checkpoint_load(k, path, &r->gan, e);
    if (s == GT_OK && warning.at)
        log_warning(r->log, "%s", warning.at);
    text_free(&warning);
    checkpoint_close(k);
    return s;
}

/* A damaged checkpoint is told and passed over; one that can be read decides. */
static Status resume_any(Run *r, const uint64_t *steps, int n, Error *e)
{
    char path[FOLDER_FILE];
    Checkpoint k;
    for (int i = 0; i < n; i++) {
        *e = (Error){ 0 };
        folder_checkpoint(&r->folder, steps[i], path);
        const Status s = checkpoint_open(&k, path, e);
        if (s == GT_OK) {
            TRY(adopt(r, &k, path, e));
            r->saved = r->gan.step;
        }
        if (s != GT_ECHECKPOINT)
            return s;
        if (i + 1 < n)
            log_warning(r->log, "%s; trying the checkpoint before it", e->text[0]);
    }
    return n == 0
               ? GT_OK
               : also_fail(e, GT_ECHECKPOINT,
                           "%s: none of its %d checkpoints can be read: --overwrite to start anew",
                           r->folder.path, n);
}

static Status resume_newest(Run *r, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    const Status s = resume_any(r, steps, n, e);
    free(steps);
    return s;
}

static Status refuse_used_folder(const Run *r, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    free(steps);
    if (n > 0 || folder_used(&r->folder))
        return fail(e, GT_EOUTPUT,
                    "%s: holds an earlier run (%d checkpoints): --resume to go on, --overwrite to "
                    "start anew, or another --out",
                    r->folder.path, n);
    return GT_OK;
}

/* The checkpoint is copied into the folder, which from then on can be resumed by itself. */
static Status resume_from(Run *r, const char *path, Error *e)
{
    Checkpoint k;
    if (!folder_holds(&r->folder, path))
        TRY(refuse_used_folder(r, e));
    TRY(checkpoint_open(&k, path, e));
    TRY(adopt(r, &k, path, e));
    return run_save(r, e);
}

static Status begin_or_resume(Run *r, const TrainRequest *q, Error *e)
{
    if (q->overwrite)
        TRY(folder_clear(&r->folder, e));
    if (q->resume_from)
        return resume_from(r, q->resume_from, e);
    return q->resume ? resume_newest(r, e) : refuse_used_folder(r, e);
}

/* What a run that goes on from here will write again. Checkpoints first: when this is cut short, rows
 * that are too many are found the next time, rows that are missing are not. */
static Status forget_later(const Run *r, const TrainRequest *q, Error *e)
{
    char path[FOLDER_FILE];
    if (q->resume_from)
        TRY(folder_forget(&r->folder, r->gan.step, e));
    folder_file(&r->folder, "metrics.jsonl", path);
    return metrics_trim(path, r->gan.step, e);
}

static Status write_config(const Run *r, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    folder_file(&r->folder, "config.json", path);
    Status s = config_text(&r->config, 2, &text, e);
    text_add(&text, "\n");
    if (s == GT_OK)
        s = durable_write(path, text.at, text.used, e);
    text_free(&text);
    return s;
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

/* The new checkpoint is safe already: an old one that stays is no reason to call it not written. */
static void rotate(Run *r)
{
    Error failure = { 0 };
    if (folder_rotate(&r->folder, r->gan.step, r->config.checkpoint.keep, &failure) != GT_OK)
        run_late(r, "old checkpoints not removed", &failure);
}

Status run_save(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    if (r->saved == r->gan.step)
        return GT_OK;
    folder_checkpoint(&r->folder, r->gan.step, path);
    TRY(checkpoint_save(path, &r->gan, &r->config, &r->data, e));
    r->saved = r->gan.step;
    rotate(r);
    return GT_OK;
}

static Status diverged(const Run *r, Error *e)
{
    const StepStats *s = &r->stats;
    return fail(e, GT_EDIVERGED,
                "step %" PRIu64 ": training diverged: d_loss %g, g_loss %g, penalty %g, gradient "
                "norms D %g, G %g; the checkpoints before it are good: try a lower "
                "optimizer.*.lr, or a penalty",
                r->gan.step, s->d_loss, s->g_loss, s->penalty, s->d_grad_norm, s->g_grad_norm);
}

/* Save and say how to go on; the code is the signal's. */
static Status stop_on_request(Run *r, Status asked, Error *e)
{
    progress_break(&r->progress);
    if (r->gan.step > 0)
        TRY(run_save(r, e));
    return fail(e, asked, "stopped at step %" PRIu64 " of %" PRIu64 "; go on with --resume",
                r->gan.step, r->steps);
}

static Status loop(Run *r, Error *e)
{
    while (r->gan.step < r->steps) {
        const Status asked = signals_asked();
        if (asked != GT_OK)
            return stop_on_request(r, asked, e);
        gan_step(&r->gan, &r->stats);
        if (!r->stats.finite) {
            progress_break(&r->progress);
            return diverged(r, e);
        }
        const Place at = run_place(r);
        progress_step(&r->progress, &at, &r->stats);
        TRY(run_events(r, r->gan.step == r->steps, e));
    }
    return GT_OK;
}

/* ---- from outside --------------------------------------------------------------------------------- */

static void greet(const Run *r)
{
    log_info(r->log,
             "%s: G %lld and D %lld parameters, %d images, batch %lld, %" PRIu64 " steps, %d "
             "threads, OpenBLAS %s, into %s",
             r->config.name, (long long)net_parameters(&r->gan.G),
             (long long)net_parameters(&r->gan.D), r->data.count,
             (long long)r->config.train.batch_size, r->steps, parallel_threads(), blas_core(),
             r->folder.path);
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
    folder_sample(&r->folder, run_place(r).epoch, path);
    list_result(path, results);
    folder_checkpoint(&r->folder, r->gan.step, path);
    list_result(path, results);
}

/* The run ends with another message, that must not hide what is missing. */
static void warn_of_late(const Run *r)
{
    for (int i = 0; i < r->late.lines; i++)
        log_warning(r->log, "%s", r->late.text[i]);
    if (r->late.dropped > 0)
        log_warning(r->log, "and %d more", r->late.dropped);
}

static Status run_in_folder(Run *r, const TrainRequest *q, Text *results, Error *e)
{
    char standard[FOLDER_PATH];
    snprintf(standard, sizeof standard, "runs/%.200s", r->config.name);
    TRY(folder_open(&r->folder, q->out ? q->out : standard, e));
    TRY(begin_or_resume(r, q, e));
    if (r->gan.step >= r->steps) {
        log_info(r->log, "%s: already complete at step %" PRIu64 " (%.3g epochs)", r->folder.path,
                 r->gan.step, run_place(r).epochs);
        list_results(r, results);
        return GT_OK;
    }
    TRY(forget_later(r, q, e));
    TRY(write_config(r, e));
    greet(r);
    progress_begin(&r->progress, r->gan.step, q->quiet, !q->no_progress);
    if (loop(r, e) != GT_OK)
        warn_of_late(r);
    else if (r->late.code != GT_OK)
        *e = r->late;
    else
        list_results(r, results);
    return e->code;
}

static Status dry_run(const Run *r, Text *results, Error *e)
{
    Text plan = { 0 };
    Status s = config_text(&r->config, 2, results, e);
    text_add(results, "\n");
    run_plan(r, &plan);
    for (char *line = strtok(plan.at, "\n"); line; line = strtok(NULL, "\n"))
        log_info(r->log, "%s", line);
    text_free(&plan);
    return s;
}

Status train(const TrainRequest *q, Text *results, Error *e)
{
    const Log log = { q->quiet };
    Run *r = calloc(1, sizeof *r);
    if (!r)
        return fail(e, GT_ERESOURCE, "no memory for a run");
    r->log = &log;
    r->folder.lock = -1;
    signals_watch();

    Status s = config_read(&r->config, q->config, q->overrides, q->n_overrides, e);
    if (s == GT_OK)
        s = build(r, e);
    if (s == GT_OK)
        s = q->dry_run ? dry_run(r, results, e) : run_in_folder(r, q, results, e);
    run_close(r);
    free(r);
    return s;
}
