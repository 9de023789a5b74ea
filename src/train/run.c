/* Counting steps, samples and epochs. Each step draws a batch of samples for every discriminator
 * update. */
#include "train_parts.h"

uint64_t run_samples(const Run *r, uint64_t step)
{
    const TrainOptions *train = &r->config.train;
    return step * (uint64_t)train->batch_size * (uint64_t)train->accumulate *
           (uint64_t)r->config.gan.discriminator.steps;
}

static uint64_t run_epochs(const Run *r, uint64_t step)
{
    return run_samples(r, step) / (uint64_t)r->data.count;
}

uint64_t run_length_by(const Run *r, const TrainOptions *t)
{
    const uint64_t per_step = run_samples(r, 1);
    const uint64_t samples = (uint64_t)t->epochs * (uint64_t)r->data.count;
    return t->steps ? (uint64_t)t->steps : (samples + per_step - 1) / per_step;
}

uint64_t run_length(const Run *r)
{
    return run_length_by(r, &r->config.train);
}

/* The epoch in which a step begins, from 1. */
static uint64_t epoch_of(const Run *r, uint64_t step)
{
    return 1 + (step ? run_epochs(r, step - 1) : 0);
}

ProgressPoint run_progress(const Run *r)
{
    const uint64_t n = (uint64_t)r->data.count, step = r->gan.step;
    const uint64_t epoch = epoch_of(r, step);
    const double fraction = (double)(run_samples(r, step) - (epoch - 1) * n) / (double)n;
    return (ProgressPoint){ step, r->steps, epoch, epoch_of(r, r->steps),
                            fraction > 1 ? 1 : fraction };
}

bool run_every_epochs(const Run *r, uint64_t step, int64_t n)
{
    const uint64_t m = (uint64_t)n;
    return m > 0 && run_epochs(r, step) / m > run_epochs(r, step - 1) / m;
}

bool run_checkpoint_scheduled(const Run *r, uint64_t step)
{
    const int64_t n = r->config.checkpoint.every_steps;
    return step == 0 || (n ? step % (uint64_t)n == 0 : run_every_epochs(r, step, 1));
}

Grid run_grid(const Run *r)
{
    const SampleOptions *o = &r->config.sample;
    const Shape s = r->data.shape;
    return (Grid){ (int)o->rows, (int)o->cols, s.c, s.h, s.w, 2, (int)o->zoom, 0, 0, 0 };
}
