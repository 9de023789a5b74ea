/* After a divergence: back to the last good state, with half the learning rates.
 *
 * That state may already be on its way to the divergence: if the same checkpoint led there twice,
 * the one before it is loaded. The loaded state is saved at once with its new learning rates, so
 * that a run which is stopped and resumed there takes the same way. */
#include <inttypes.h>

#include "gantrain/train/ranks.h"
#include "train_parts.h"

/* A state that is not step 0, which a fresh start reaches as well. */
static Status save_again(Run *r, Error *e)
{
    if (r->gan.step == 0)
        return GT_OK;
    r->saved = UINT64_MAX;
    return run_save(r, e);
}

/* To a checkpoint or to step 0; removes what was written after it. */
static Status roll_back(Run *r, Error *e)
{
    const uint64_t last = r->gan.recovered_at;
    bool found;

    TRY(run_load_before(r, UINT64_MAX, &found, e));
    if (found && last > 0 && r->gan.step == last)
        TRY(run_load_before(r, last, &found, e));
    if (!found) {
        gan_reset(&r->gan);
        r->config.train.earlier_lengths = r->given_lengths;
    }
    TRY(folder_truncate(&r->folder, r->gan.step, run_progress(r).epoch, e));
    return metrics_truncate_all(&r->folder, r->gan.step, e);
}

static Status recover(Run *r, Error *e)
{
    const int recovery = r->gan.recoveries + 1;
    const uint64_t step = r->gan.step;
    const Error why = *e;
    const Best best = r->best; /* its file stays, although its steps are undone */

    *e = (Error){ 0 };
    TRY(run_check_folder(r, e));
    TRY(roll_back(r, e));
    gan_scale_lr(&r->gan, recovery);
    r->gan.recovered_at = r->gan.step;
    r->best = best;
    TRY(save_again(r, e));

    log_warning(r->log, "%s", why.text[0]);
    log_warning(r->log,
                "rolling back from step %" PRIu64 " to step %" PRIu64
                ", learning rates times %g (recovery %d of %" PRId64 ")",
                step, r->gan.step, r->gan.player[GENERATOR].optim.lr_scale, recovery,
                r->config.train.recoveries);
    progress_start(&r->progress, r->gan.step, r->progress.quiet, r->progress.live);
    return GT_OK;
}

Status run_recover(Run *r, Error *e)
{
    progress_end_line(&r->progress);
    if (r->gan.recoveries + 1 > r->config.train.recoveries)
        return e->code;
    return ranks_on_root(r, recover, e);
}
