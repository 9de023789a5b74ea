/* When training diverges: back to the last good state, and on with half the learning rates.
 *
 * A state from shortly before may be on its way to the same end already: when the way from a checkpoint
 * ended so twice, the one before it is taken. The state gone back to is saved at once with what has
 * changed, so that a run which is stopped there and resumed goes the same way. */
#include <inttypes.h>

#include "gantrain/train/ranks.h"

static Status save_again(Run *r, Error *e)
{
    if (r->gan.step == 0)
        return GT_OK; /* whoever starts anew comes here by the same way */
    r->saved = UINT64_MAX;
    return run_save(r, e);
}

/* The state of a checkpoint, or the beginning; what lies after it is forgotten. */
static Status go_back(Run *r, Error *e)
{
    const uint64_t last = r->gan.recovered_at;
    char rows[FOLDER_FILE];
    bool found;

    TRY(run_load_before(r, UINT64_MAX, &found, e));
    if (found && last > 0 && r->gan.step == last)
        TRY(run_load_before(r, last, &found, e));
    if (!found)
        gan_reset(&r->gan);
    folder_file(&r->folder, "metrics.jsonl", rows);
    TRY(folder_truncate(&r->folder, r->gan.step, run_progress(r).epoch, e));
    return metrics_truncate(rows, r->gan.step, e);
}

static Status recover(Run *r, Error *e)
{
    const int again = r->gan.recoveries + 1;
    const uint64_t step = r->gan.step;
    const Error why = *e;
    const Best best = r->best; /* of the way that is given up; its file stays, too */

    *e = (Error){ 0 };
    TRY(go_back(r, e));
    gan_scale_lr(&r->gan, again);
    r->gan.recovered_at = r->gan.step;
    r->best = best;
    TRY(save_again(r, e));

    log_warning(r->log, "%s", why.text[0]);
    log_warning(r->log,
                "going back from step %" PRIu64 " to step %" PRIu64
                ", on with learning rates times %g (%d of %" PRId64 " times)",
                step, r->gan.step, r->gan.opt_g.lr_scale, again, r->config.train.recoveries);
    progress_start(&r->progress, r->gan.step, r->progress.quiet, r->progress.live);
    return GT_OK;
}

Status run_recover(Run *r, Error *e)
{
    if (r->gan.recoveries + 1 > r->config.train.recoveries)
        return e->code;
    return ranks_on_root(r, recover, e);
}
