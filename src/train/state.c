/* Saving the state of a run and taking it up again. */
#include <inttypes.h>
#include <stdlib.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/train/run.h"

/* ---- saving --------------------------------------------------------------------------------------- */

static bool saves(const void *run, uint64_t step)
{
    return run_checkpoint_scheduled(run, step);
}

/* The new checkpoint is safe already: an old one that stays is no reason to call it not written. */
static void rotate(Run *r)
{
    Error failure = { 0 };
    const CheckpointOptions *o = &r->config.checkpoint;
    const Retention keep = { o->keep, o->keep_every, r->damaged, r->n_damaged, saves, r };
    static const char what[] = "old checkpoints not removed";
    Status s = folder_rotate(&r->folder, r->gan.step, &keep, &failure);
    if (s != GT_OK && run_mend(r)) /* it was moved since the checkpoint was written */
        s = folder_rotate(&r->folder, r->gan.step, &keep, &failure);
    if (s != GT_OK)
        run_write_failed(r, what, &failure);
    else
        run_output_recovered(r, what);
}

/* The checkpoint of that step was written anew. */
static void repaired(Run *r, uint64_t step)
{
    for (int i = r->n_damaged - 1; i >= 0; i--)
        if (r->damaged[i] == step)
            r->damaged[i] = r->damaged[--r->n_damaged];
}

void run_sync_metrics(Run *r)
{
    static const char what[] = "log not safe";
    char path[FOLDER_FILE];
    Error failure = { 0 };
    folder_file(&r->folder, "metrics.jsonl", path);
    if (durable_sync(path, &failure) != GT_OK)
        run_write_failed(r, what, &failure);
    else
        run_output_recovered(r, what);
}

static Status save_once(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    folder_checkpoint(&r->folder, r->gan.step, path);
    return checkpoint_save(path, &r->gan, &r->config, &r->data, &r->best, e);
}

/* Whoever asks for it, a folder that was moved or lacks one of its own costs no state. */
Status run_save(Run *r, Error *e)
{
    if (r->saved == r->gan.step)
        return GT_OK;
    run_sync_metrics(r);
    Status s = save_once(r, e);
    if (s != GT_OK && s != GT_EDIVERGED && run_mend(r)) {
        *e = (Error){ 0 };
        s = save_once(r, e);
    }
    if (s != GT_OK)
        return s;
    r->saved = r->gan.step;
    repaired(r, r->saved);
    rotate(r);
    return GT_OK;
}

/* ---- taking up ------------------------------------------------------------------------------------ */

/* Take the state of an opened checkpoint, which is closed. */
static Status adopt(Run *r, Checkpoint *k, const char *path, Error *e)
{
    Text warning = { 0 };
    Status s = checkpoint_check_compatible(k, path, &r->config, &r->data, &warning, e);
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

/* Open a checkpoint that is whole, sound and what its name says. */
static Status open_sound(const Run *r, Checkpoint *k, const char *path, Error *e)
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

/* Told, and remembered: it is none of those that rotation counts. */
static Status pass_over(Run *r, const uint64_t *steps, int i, int n, const char *why, Error *e)
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

static Status none_left(const Run *r, int n, Error *e)
{
    char best[FOLDER_FILE];
    folder_file(&r->folder, FOLDER_BEST, best);
    also_fail(e, GT_ECHECKPOINT,
              "%s: none of its %d checkpoint%s can be read: --overwrite to start anew",
              r->folder.path, n, n == 1 ? "" : "s");
    if (file_is_there(best))
        also_fail(e, GT_ECHECKPOINT, "or --resume-from %s, its best state", best);
    return e->code;
}

/* A damaged checkpoint is told and passed over; one that can be read decides, and so does one that a later
 * version wrote: going on before it would give up its steps. */
static Status take_any(Run *r, const uint64_t *steps, int n, bool *found, Error *e)
{
    char path[FOLDER_FILE];
    Checkpoint k;
    for (int i = 0; i < n; i++) {
        *e = (Error){ 0 };
        folder_checkpoint(&r->folder, steps[i], path);
        const Status s = open_sound(r, &k, path, e);
        if (s == GT_OK) {
            TRY(adopt(r, &k, path, e));
            r->saved = r->gan.step;
            *found = true;
        }
        if (s != GT_ECHECKPOINT || k.newer)
            return s;
        TRY(pass_over(r, steps, i, n, e->text[0], e));
    }
    return n == 0 ? GT_OK : none_left(r, n, e);
}

/* Of n steps the ones that fit, in their order; how many. */
static int keep_fitting(const Run *r, uint64_t *steps, int n, uint64_t before, bool regular)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (steps[i] < before && (!regular || run_checkpoint_scheduled(r, steps[i])))
            steps[kept++] = steps[i];
    return kept;
}

static Status take_newest(Run *r, uint64_t before, bool regular, bool *found, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0;
    *found = false;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    n = keep_fitting(r, steps, n, before, regular);
    const Status s = take_any(r, steps, n, found, e);
    free(steps);
    return s;
}

Status run_load_before(Run *r, uint64_t before, bool *found, Error *e)
{
    return take_newest(r, before, true, found, e);
}

static Status refuse_used_folder(const Run *r, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0;
    TRY(folder_checkpoints(&r->folder, &steps, &n, e));
    free(steps);
    if (n > 0 || folder_has_run(&r->folder))
        return fail(e, GT_EOUTPUT,
                    "%s: holds an earlier run (%d checkpoint%s): --resume to go on, --overwrite "
                    "to start anew, or another --out",
                    r->folder.path, n, n == 1 ? "" : "s");
    return GT_OK;
}

/* The checkpoint is copied into the folder, which from then on can be resumed by itself. */
static Status resume_from(Run *r, const char *path, Error *e)
{
    Checkpoint k;
    if (!folder_contains(&r->folder, path))
        TRY(refuse_used_folder(r, e));
    TRY(open_sound(r, &k, path, e));
    TRY(adopt(r, &k, path, e));
    return run_save(r, e);
}

/* Without a checkpoint a run begins; that something is lost by that is worth a word. */
static Status resume(Run *r, Error *e)
{
    bool found;
    TRY(take_newest(r, UINT64_MAX, false, &found, e));
    if (!found && folder_has_run(&r->folder))
        log_warning(r->log,
                    "%s: holds a run but no checkpoint to go on from: beginning at step 1, its "
                    "files are written anew",
                    r->folder.path);
    return GT_OK;
}

Status run_start(Run *r, const TrainRequest *q, Error *e)
{
    if (q->overwrite)
        TRY(folder_clear(&r->folder, e));
    if (q->resume_from)
        return resume_from(r, q->resume_from, e);
    return q->resume ? resume(r, e) : refuse_used_folder(r, e);
}

/* What a run that goes on from here will write again. Checkpoints first: when this is cut short, rows
 * that are too many are found the next time, rows that are missing are not. */
Status run_truncate_after_step(const Run *r, const TrainRequest *q, Error *e)
{
    char path[FOLDER_FILE];
    if (q->resume_from)
        TRY(folder_truncate(&r->folder, r->gan.step, run_progress(r).epoch, e));
    folder_file(&r->folder, "metrics.jsonl", path);
    return metrics_truncate(path, r->gan.step, e);
}
