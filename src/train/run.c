/* Counting: steps, samples and epochs. One step draws B samples for every discriminator update. */
#include "gantrain/train/run.h"

uint64_t run_samples(const Run *r, uint64_t step)
{
    const TrainOptions *train = &r->config.train;
    return step * (uint64_t)train->batch_size * (uint64_t)train->accumulate *
           (uint64_t)r->config.gan.discriminator.steps;
}

uint64_t run_epochs(const Run *r, uint64_t step)
{
    return run_samples(r, step) / (uint64_t)r->data.count;
}

uint64_t run_length(const Run *r)
{
    const uint64_t per_step = run_samples(r, 1);
    const uint64_t samples = (uint64_t)r->config.train.epochs * (uint64_t)r->data.count;
    return r->config.train.steps ? (uint64_t)r->config.train.steps
                                 : (samples + per_step - 1) / per_step;
}

Grid run_grid(const Run *r)
{
    const SampleOptions *o = &r->config.sample;
    const Shape s = r->data.shape;
    return (Grid){ (int)o->rows, (int)o->cols, s.c, s.h, s.w, 2, (int)o->zoom, 0, 0, 0 };
}

/* The epoch that a step begins in, from 1. */
static uint64_t step_epoch(const Run *r, uint64_t step)
{
    return 1 + (step ? run_samples(r, step - 1) / (uint64_t)r->data.count : 0);
}

ProgressPoint run_progress(const Run *r)
{
    const uint64_t n = (uint64_t)r->data.count, step = r->gan.step;
    const uint64_t epoch = step_epoch(r, step);
    const double within = (double)(run_samples(r, step) - (epoch - 1) * n) / (double)n;
    return (ProgressPoint){ step, r->steps, epoch, step_epoch(r, r->steps),
                            within > 1 ? 1 : within };
}
