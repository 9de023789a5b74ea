/* Saving the state of a run, and loading it again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "train_parts.h"

/* ---- saving ---------------------------------------------------------------------------------- */

static bool is_scheduled(const void *run, uint64_t step)
{
    return run_checkpoint_scheduled(run, step);
}

static void rotate(Run *r)
{
    static const char what[] = "old checkpoints not removed";
    const CheckpointOptions *o = &r->config.checkpoint;
    const Retention keep = { o->keep, o->keep_every, r->damaged, r->n_damaged, is_scheduled, r };
    Error failure = { 0 };
    if (folder_rotate(&r->folder, r->gan.step, &keep, &failure) != GT_OK)
        run_write_failed(r, what, &failure);
    else
        run_output_recovered(r, what);
}

/* The checkpoint of that step was written again. */
static void clear_damage(Run *r, uint64_t step)
{
    for (int i = r->n_damaged - 1; i >= 0; i--)
        if (r->damaged[i] == step)
            r->damaged[i] = r->damaged[--r->n_damaged];
}

void run_sync_metrics(Run *r)
{
    static const char what[] = "log not synced";
    char path[FOLDER_FILE];
    Error failure = { 0 };
    folder_file(&r->folder, FOLDER_CONFUSION, path);
    Status s = durable_sync(path, &failure);
    folder_file(&r->folder, "metrics.jsonl", path);
    if (s == GT_OK)
        s = durable_sync(path, &failure);
    if (s != GT_OK)
        run_write_failed(r, what, &failure);
    else
        run_output_recovered(r, what);
}

Status run_save(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    if (r->saved == r->gan.step)
        return GT_OK;
    run_sync_metrics(r);
    folder_checkpoint(&r->folder, r->gan.step, path);
    TRY(checkpoint_save(path, &r->gan, &r->config, &r->data, &r->best, e));
    r->saved = r->gan.step;
    clear_damage(r, r->saved);
    rotate(r);
    return GT_OK;
}

Status run_save_origin(Run *r, Error *e)
{
    return *r->config.init_from.file && r->gan.step == 0 ? run_save(r, e) : GT_OK;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* Opens a checkpoint that is whole, valid, and of the step in its name. */
static Status open_checkpoint(const Run *r, Checkpoint *k, const char *path, Error *e)
{
    uint64_t step;
    TRY(checkpoint_open(k, path, e));
    Status s = checkpoint_validate(k, path, &r->gan, e);
    if (s == GT_OK && folder_step_of(path, &step) && step != k->step)
        s = fail(e, GT_ECHECKPOINT,
                 "%s: holds the state of step %" PRIu64 ": not what its name says", path, k->step);
    if (s != GT_OK)
        checkpoint_close(k);
    return s;
}

/* Loads the state of an opened checkpoint, which is closed. */
static Status load_checkpoint(Run *r, Checkpoint *k, const char *path, Error *e)
{
    Text warning = { 0 };
    Status s = checkpoint_check_compatible(k, path, &r->config, &r->data, &warning, e);
    if (s == GT_ECHECKPOINT)
        snprintf(r->unlike, sizeof r->unlike, "%s", path);
    if (s == GT_OK)
        s = run_adopt_origin(r, &k->config, e);
    if (s == GT_OK)
        s = run_adopt_lengths(r, &k->config, k->step, e);
    if (s == GT_OK)
        s = checkpoint_load(k, path, &r->gan, e);
    if (s == GT_OK)
        r->best = k->best;
    if (s == GT_OK && warning.at)
        log_warning(r->log, "%s", warning.at);
    text_free(&warning);
    checkpoint_close(k);
    return s;
}

/* Records that checkpoint i of n is damaged, for rotation, and warns if there is an older one to
 * try. */
static Status skip_damaged(Run *r, const uint64_t *steps, int i, int n, const char *why, Error *e)
{
    char next[FOLDER_FILE];
    uint64_t *more = realloc(r->damaged, ((size_t)r->n_damaged + 1) * sizeof *more);
    if (!more)
        return fail(e, GT_ERESOURCE, "no memory for a list of damaged checkpoints");
    r->damaged = more;
    r->damaged[r->n_damaged++] = steps[i];
    if (i + 1 == n)
        return GT_OK;
    folder_checkpoint(&r->folder, steps[i + 1], next);
    log_warning(r->log, "%s; trying the checkpoint before it: %s (%" PRIu64 " steps earlier)", why,
                next, steps[i] - steps[i + 1]);
    return GT_OK;
}

static Status fail_none_readable(const Run *r, int n, Error *e)
{
    char best[FOLDER_FILE];
    folder_file(&r->folder, FOLDER_BEST, best);
    also_fail(e, GT_ECHECKPOINT,
              "%s: none of its %d checkpoint%s can be read: start anew in another --out",
              r->folder.path, n, n == 1 ? "" : "s");
    if (file_exists(best))
        also_fail(e, GT_ECHECKPOINT, "or continue with --resume-from %s, its best state", best);
    return e->code;
}

/* Loads the first that is readable. A checkpoint of a newer format is an error: an older one would
 * lose its steps. */
static Status load_first(Run *r, const uint64_t *steps, int n, bool *found, Error *e)
{
    char path[FOLDER_FILE];
    Checkpoint k;
    for (int i = 0; i < n; i++) {
        *e = (Error){ 0 };
        folder_checkpoint(&r->folder, steps[i], path);
        const Status s = open_checkpoint(r, &k, path, e);
        if (s == GT_OK) {
            TRY(load_checkpoint(r, &k, path, e));
            r->saved = r->gan.step;
            *found = true;
        }
        if (s != GT_ECHECKPOINT || k.newer)
            return s;
        TRY(skip_damaged(r, steps, i, n, e->text[0], e));
    }
    return n == 0 ? GT_OK : fail_none_readable(r, n, e);
}

static Status load_newest(Run *r, uint64_t before, bool scheduled_only, bool *found, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0, candidates = 0;
    *found = false;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    for (int i = 0; i < n; i++)
        if (steps[i] < before && (!scheduled_only || run_checkpoint_scheduled(r, steps[i])))
            steps[candidates++] = steps[i];
    const Status s = load_first(r, steps, candidates, found, e);
    free(steps);
    return s;
}

Status run_load_before(Run *r, uint64_t before, bool *found, Error *e)
{
    return load_newest(r, before, true, found, e);
}

/* ---- starting -------------------------------------------------------------------------------- */

static Status refuse_used_folder(const Run *r, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    free(steps);
    if (n > 0 || folder_has_run(&r->folder))
        return fail(e, GT_EOUTPUT,
                    "%s: holds an earlier run (%d checkpoint%s): --resume to continue it, another "
                    "--out to keep it, or --overwrite to delete it",
                    r->folder.path, n, n == 1 ? "" : "s");
    return GT_OK;
}

/* The checkpoint is copied into the folder, which can be resumed by itself from then on. */
static Status resume_from(Run *r, const char *path, Error *e)
{
    Checkpoint k;
    if (!folder_contains(&r->folder, path))
        TRY(refuse_used_folder(r, e));
    TRY(open_checkpoint(r, &k, path, e));
    TRY(load_checkpoint(r, &k, path, e));
    return run_save(r, e);
}

static Status resume(Run *r, Error *e)
{
    bool found;
    TRY(load_newest(r, UINT64_MAX, false, &found, e));
    if (!found && folder_has_run(&r->folder))
        log_warning(r->log,
                    "%s: holds a run but no checkpoint to resume from: starting at step 1, its "
                    "files are overwritten",
                    r->folder.path);
    else if (!found)
        log_info(r->log, "%s: nothing to resume: starting at step 1", r->folder.path);
    return GT_OK;
}

Status run_start(Run *r, const TrainRequest *q, Error *e)
{
    if (q->overwrite)
        TRY(folder_clear(&r->folder, e));
    if (!q->resume && !q->resume_from)
        return refuse_used_folder(r, e);
    *r->unlike = '\0';
    const Status s = q->resume_from ? resume_from(r, q->resume_from, e) : resume(r, e);
    if (s == GT_OK)
        run_warn_extended(r);
    return s != GT_OK && *r->unlike ? run_suggest_warm_start(r, q, e) : s;
}

/* Checkpoints first: if this is cut short, the next resume finds surplus rows, but not missing
 * ones. */
Status run_truncate_after_step(const Run *r, const TrainRequest *q, Error *e)
{
    if (q->resume_from)
        TRY(folder_truncate(&r->folder, r->gan.step, run_progress(r).epoch, e));
    return metrics_truncate_all(&r->folder, r->gan.step, e);
}
