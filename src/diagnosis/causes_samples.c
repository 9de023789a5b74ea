/* Causes that show in the data, in the samples and in the scores of a run. */
#include "causes.h"

#include <math.h>
#include <stdbool.h>

#include "gantrain/evaluate/training_scores.h"

double same_data(const Symptoms *s, Finding *f)
{
    const double spread = symptom_quantile(s, "data_spread", PART_ALL, 1);
    if (!(spread < 1e-6)) /* identical samples: 1e-16 of rounding; MNIST: 0.5 */
        return 0;
    append(f->evidence, "the samples of every measured batch are identical (data_spread %g)",
           spread);
    append(f->advice, "check the files of `data`: they contain one sample many times");
    return 1;
}

double no_noise(const Symptoms *s, Finding *f)
{
    const double spread = symptom_quantile(s, "sample_spread", PART_ALL, 1);
    if (!(spread < 0.01)) /* minimum of other runs: 0.1, after mode collapse */
        return 0;
    append(
        f->evidence,
        "the spread of the samples was never above %.2g of that of the data: the latents have no "
        "effect",
        spread);
    advise(f, "an init other than constant in generator.layers");
    if (s->c->gan.generator.latent < 8)
        advise(f, "generator.latent=64 (now %lld)", (long long)s->c->gan.generator.latent);
    return 0.95;
}

static double low_spread(const Symptoms *s, Finding *f)
{
    const double spread = symptom_median(s, "sample_spread", PART_LAST), min = 0.25;
    if (!(spread < min))
        return 0;
    append_steps(s, f);
    append(f->evidence, "the spread of the samples is %.2g of that of the data", spread);
    return 0.6 + 0.3 * (min - spread) / min;
}

enum { MIN_SCORES = 3 }; /* fewer may all be of a generator at its beginning */

/* A KL divergence of log 2 is that of half the modes, evenly used. Early samples, and those of an
 * average that lags, look like one class: 2.1 in article.json after two epochs, 0.3 after ten. */
static double uneven(const Symptoms *s, Finding *f, const char *column, const char *groups)
{
    const double kl = symptom_median(s, column, PART_LAST);
    if (!(kl > log(2) && symptom_count(s, column, PART_LAST) >= MIN_SCORES) ||
        symptom_ema_lag(s) > EMA_LAGS)
        return 0;
    if (*f->evidence)
        append(f->evidence, "; ");
    else
        append_steps(s, f);
    append(f->evidence, "the samples cover as few %s as if only 1 in %.2g were left (%s %.2g)",
           groups, exp(kl), column, kl);
    return fmin(0.6 + 0.2 * (kl - log(2)), 0.9);
}

/* With hardly any sample near a mode the few that are prove nothing: grid_r1.json had a KL of 0.8
 * at 10 % and found all modes. */
static double lost_modes(const Symptoms *s, Finding *f)
{
    return symptom_median(s, "high_quality", PART_LAST) > 0.3 ? uneven(s, f, "reverse_kl", "modes")
                                                              : 0;
}

double mode_collapse(const Symptoms *s, Finding *f)
{
    double severity = low_spread(s, f);
    severity = fmax(severity, lost_modes(s, f));
    severity = fmax(severity, uneven(s, f, "class_kl", "classes"));
    if (severity == 0)
        return 0;
    advise_penalty(s, f);
    if (lr_g(s) > lr_d(s))
        advise_lr_g(s, f, lr_d(s));
    if (s->c->gan.discriminator.packing == 1 && s->c->train.batch_size % 2 == 0)
        advise(f, "discriminator.packing=2");
    advise(f, "a minibatch_stddev layer in D");
    return severity;
}

double memorisation(const Symptoms *s, Finding *f)
{
    const double copies = symptom_median(s, "copies", PART_LAST), max = 0.1;
    if (!(copies > max))
        return 0;
    append_steps(s, f);
    append(f->evidence,
           "%.0f %% of the samples are nearer to a training image than any test image is",
           100 * copies);
    advise(f, "more data, or a translate layer in D");
    advise_penalty(s, f);
    return 0.5 + 0.4 * (copies - max);
}

/* How often a column crosses `level` in the last part: a loss that only falls crosses it once. */
static int crossings(const Symptoms *s, const char *column, double level)
{
    const double *v = history_column(s->h, column);
    int n = 0;
    bool above = false;
    for (int i = s->last_begin; v && i < s->h->rows; i++) {
        if (!isfinite(v[i]))
            continue;
        n += i > s->last_begin && (v[i] > level) != above;
        above = v[i] > level;
    }
    return n;
}

/* Amplitude of D's advantage: 0 to 0.19 in the recipes; 0.3 and more before divergence with
 * learning rates ten times too high. */
double oscillation(const Symptoms *s, Finding *f)
{
    const double max = 0.3;
    const double swing =
        symptom_advantage(s, PART_LAST, 0.8) - symptom_advantage(s, PART_LAST, 0.2);
    const double low = symptom_quantile(s, "d_loss", PART_LAST, 0.2);
    const double high = symptom_quantile(s, "d_loss", PART_LAST, 0.8);
    if (!(swing > max && crossings(s, "d_loss", (low + high) / 2) >= 3))
        return 0;
    append_steps(s, f);
    append(f->evidence, "D's loss oscillates between %.3g and %.3g", low, high);
    advise_penalty(s, f);
    advise_lr_factor(s, f, 0.5);
    if (s->c->gan.generator.ema == 0)
        advise(f, "generator.ema=0.999");
    return fmin(0.3 + 0.2 * (swing - max), 0.5);
}

typedef struct Trend {
    const char *column;
    double enough; /* a score this good need not improve */
} Trend;

/* The most reliable score first. */
static const Trend trends[] = {
    { "fcd", 0 }, { "kid", 0 }, { "high_quality", 0.9 }, { "kl", 0.05 }, { NULL, 0 },
};

/* The factor by which a score becomes a cost. */
static double cost_sign(const char *column)
{
    Direction better = LOWER;
    score_direction(column, &better);
    return better == HIGHER ? -1 : 1;
}

/* The least cost among rows [from, to). */
static double min_cost(const Symptoms *s, const Trend *trend, int from, int to)
{
    const double *v = history_column(s->h, trend->column), sign = cost_sign(trend->column);
    double best = INFINITY;
    for (int i = from; i < to; i++)
        if (isfinite(v[i]))
            best = fmin(best, sign * v[i]);
    return best;
}

/* Whether the second half of the rows is no 2 % better than the first, and not good enough. */
static bool is_flat(const Symptoms *s, const Trend *trend)
{
    const int rows = s->h->rows, half = rows / 2;
    const double before = min_cost(s, trend, 0, half), after = min_cost(s, trend, half, rows);
    const double enough = cost_sign(trend->column) * trend->enough;
    return after > before - 0.02 * fabs(before) && fmin(before, after) > enough;
}

double plateau(const Symptoms *s, Finding *f)
{
    enum { MIN_VALUES = 10 }; /* for a trend */
    const Trend *trend = trends;
    while (trend->column && symptom_count(s, trend->column, PART_ALL) < MIN_VALUES)
        trend++;
    if (!trend->column || !is_flat(s, trend))
        return 0;
    const double best = cost_sign(trend->column) * min_cost(s, trend, 0, s->h->rows);
    append(f->evidence, "%s is %.3g at best and has not improved in the second half of %.0f steps",
           trend->column, best, symptom_last_step(s));
    advise(f, "stopping here");
    advise(f, "optimizer.generator.schedule.kind=linear");
    return 0.2;
}

static int evaluations(const Symptoms *s)
{
    static const char *const columns[] = { "recall", "class_kl", "high_quality" };
    int max = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const int n = symptom_count(s, columns[i], PART_ALL);
        max = n > max ? n : max;
    }
    return max;
}

/* After n steps an average still holds β^n of the initial weights: 1/e where 1/(1 - β) = n. */
double average_lags(const Symptoms *s, Finding *f)
{
    Text scores = { 0 };
    const bool lags =
        symptom_ema_lag(s) >= 1 && evaluations(s) >= MIN_SCORES && symptom_poor_scores(s, &scores);
    if (lags && scores.at) {
        append_ema(s, f);
        append(f->evidence, ", and %.0f %% of it are the initial ones; %s",
               100 * exp(-1 / symptom_ema_lag(s)), scores.at);
        advise_ema(s, f);
    }
    text_free(&scores);
    return lags ? 0.4 : 0;
}
