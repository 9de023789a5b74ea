/* Defaults that fit data of fewer than SMALL samples. With those for large data, 300 images would
 * get 47 steps, one row of metrics, and 20 pictures and checkpoints.
 *
 *   k        = ⌈SMALL / samples⌉ passes see as many samples as an epoch of SMALL does
 *   epochs   = 20 k
 *   every    = a twentieth of all epochs, 1 to k: pictures, scores and checkpoints
 *   row      = a hundredth of all steps, 1 to 100
 *   batch    ≤ samples, a power of two */
#include "gantrain/run/config.h"

#include <stdio.h>

enum { SMALL = 10000, PICTURES = 20, ROWS = 100, ROW_STEPS = 100 };

typedef struct Fit {
    Config *c;
    char *words; /* [CONFIG_FIT] */
    size_t used;
} Fit;

/* Sets a key unless the config gives it or it has this value. */
static void set_default(Fit *f, const char *section, const char *key, int64_t *field, int64_t value)
{
    if (*field == value || value_member(value_member(f->c->file.root, section), key))
        return;
    *field = value;
    const size_t room = CONFIG_FIT - f->used;
    const int n = snprintf(f->words + f->used, room, "%s%s.%s=%lld", f->used ? ", " : "", section,
                           key, (long long)value);
    f->used += n > 0 && (size_t)n < room ? (size_t)n : 0;
}

static int64_t clamp(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

static int64_t ceil_divide(int64_t n, int64_t by)
{
    return (n + by - 1) / by;
}

static int64_t power_of_two_up_to(int64_t n)
{
    int64_t power = 1;
    while (2 * power <= n)
        power *= 2;
    return power;
}

static void fit_batch(Fit *f, int64_t count)
{
    TrainOptions *t = &f->c->train;
    if (t->batch_size > count)
        set_default(f, "train", "batch_size", &t->batch_size, power_of_two_up_to(count));
}

/* After batch and epochs. */
static void fit_intervals(Fit *f, int64_t count, int64_t k)
{
    Config *c = f->c;
    const double per_step = (double)c->train.batch_size * (double)c->train.accumulate *
                            (double)c->gan.discriminator.steps;
    const double epochs = c->train.steps ? (double)c->train.steps * per_step / (double)count
                                         : (double)c->train.epochs;
    const double steps = epochs * (double)count / per_step;
    const int64_t every = epochs < PICTURES ? 1 : clamp((int64_t)(epochs / PICTURES), 1, k);
    const int64_t row = steps < ROWS ? 1 : clamp((int64_t)(steps / ROWS), 1, ROW_STEPS);
    set_default(f, "sample", "every_epochs", &c->sample.every_epochs, every);
    if (c->evaluate.patience == 0) /* which counts evaluations */
        set_default(f, "evaluate", "every_epochs", &c->evaluate.every_epochs, every);
    if (every > 1)
        set_default(f, "checkpoint", "every_steps", &c->checkpoint.every_steps,
                    ceil_divide(every * count, (int64_t)per_step));
    set_default(f, "log", "every_steps", &c->log.every_steps, row);
}

void config_fit_to_data(Config *c, int count, char words[CONFIG_FIT])
{
    Fit f = { c, words, 0 };
    *words = '\0';
    if (count >= SMALL || count < 1)
        return;
    const int64_t k = ceil_divide(SMALL, count);
    fit_batch(&f, count);
    if (c->train.epochs > 0)
        set_default(&f, "train", "epochs", &c->train.epochs, k * c->train.epochs);
    fit_intervals(&f, count, k);
}
