/* Schedules that follow the length of the run, in runs whose length was changed.
 *
 * After an extension such a schedule jumps to where it would be in a run of the new length. The
 * steps before it keep the earlier length, which config.json and checkpoints record: a new run from
 * that config has the same bytes as the extended one. */
#include <inttypes.h>
#include <math.h>

#include "train_parts.h"

static uint64_t length_at(const Numbers *earlier, uint64_t step, uint64_t length)
{
    for (int i = 0; i + 1 < earlier->n; i += 2)
        if ((double)step < earlier->at[i + 1])
            return (uint64_t)earlier->at[i];
    return length;
}

uint64_t run_schedule_length(const Run *r, uint64_t step)
{
    return length_at(&r->config.train.earlier_lengths, step, run_length(r));
}

static bool follows_length(const Spec *optimizer)
{
    return optim_schedule(optimizer)->by_length;
}

/* Ends the pairs at `step`, up to which the last of them counts. */
static bool end_at(Numbers *pairs, uint64_t step, uint64_t length)
{
    const double last = (double)length_at(pairs, step - 1, length);
    while (pairs->n > 0 && pairs->at[pairs->n - 1] >= (double)step)
        pairs->n -= 2;
    if (pairs->n + 2 > OPTION_NUMBERS_MAX)
        return false;
    pairs->at[pairs->n++] = last;
    pairs->at[pairs->n++] = (double)step;
    return true;
}

Status run_adopt_lengths(Run *r, const Config *checkpoint, uint64_t step, Error *e)
{
    const PlayersOptions *o = &r->config.gan.optimizer;
    const uint64_t then = run_length_by(r, &checkpoint->train);
    Numbers *pairs = &r->config.train.earlier_lengths;
    *pairs = checkpoint->train.earlier_lengths;
    r->extended = then != run_length(r) && step > 0 &&
                  (follows_length(&o->generator) || follows_length(&o->discriminator));
    if (!r->extended || end_at(pairs, step, then))
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "the run was extended %d times: begin a new one with its weights (--init-from)",
                OPTION_NUMBERS_MAX / 2);
}

static void warn_of_jump(const Run *r, const char *player, const Spec *optimizer)
{
    const uint64_t step = r->gan.step;
    const uint64_t then = run_schedule_length(r, step - 1), now = run_schedule_length(r, step);
    const double scale = r->gan.player->optim.lr_scale;
    const double before = scale * optim_rate(optimizer, step - 1, then);
    const double after = scale * optim_rate(optimizer, step, now);
    if (!follows_length(optimizer) || after == scale * optim_rate(optimizer, step, then))
        return;
    log_warning(r->log,
                "optimizer.%s.schedule (%s) follows the length of the run, now %" PRIu64
                " steps instead of %" PRIu64 ": its rate was %.3g in step %" PRIu64
                " and continues at %.3g, unlike in a run that had this length from the start; "
                "--init-from begins a new run with its own schedule",
                player, optim_schedule(optimizer)->is.name, now, then, before, step, after);
}

void run_warn_extended(const Run *r)
{
    const PlayersOptions *o = &r->config.gan.optimizer;
    if (!r->extended || r->gan.step >= r->steps)
        return;
    warn_of_jump(r, "generator", &o->generator);
    warn_of_jump(r, "discriminator", &o->discriminator);
}
