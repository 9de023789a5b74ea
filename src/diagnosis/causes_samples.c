/* Causes that are seen in the samples, and in the course of a run. */
#include "causes.h"

#include <math.h>
#include <stdbool.h>

#include "gantrain/evaluate/score.h"

/* ---- what there is to learn, and from what -------------------------------------------------------------- */

double same_data(const Symptoms *s, Finding *f)
{
    const double most = sign_quantile(s, "data_spread", PART_ALL, 1);
    if (!(most < 1e-6)) /* of equal samples: rounding alone, 1e-16; MNIST: 0.5 */
        return 0;
    say(f->evidence, "the samples of every batch that was looked at are equal (data_spread %g)",
        most);
    say(f->advice, "look at what `data` names: it holds one sample many times");
    return 1;
}

double no_noise(const Symptoms *s, Finding *f)
{
    const double most = sign_quantile(s, "sample_spread", PART_ALL, 1);
    if (!(most < 0.01)) /* the least of other runs: 0.1, after a collapse */
        return 0;
    say(f->evidence,
        "samples never varied by more than %.2g of what the data do: the latents have "
        "no effect",
        most);
    advise(f, "an init other than constant in generator.layers");
    if (s->c->gan.generator.latent < 8)
        advise(f, "generator.latent=64 (now %lld)", (long long)s->c->gan.generator.latent);
    return 0.95;
}

/* ---- samples ------------------------------------------------------------------------------------------ */

static double spread_lost(const Symptoms *s, Finding *f)
{
    const double now = sign_median(s, "sample_spread", PART_LAST), least = 0.25;
    if (!(now < least))
        return 0;
    say_when(s, f);
    say(f->evidence, "samples vary %.2g times as much as the data", now);
    return 0.6 + 0.3 * (least - now) / least;
}

enum { SCORES = 3 }; /* fewer say nothing of a generator that is young */

/* KL log 2: as if half of the modes, evenly, were all. Three scores at least, and not of an average that lags: what a young generator makes looks
 * like one class, 2.1 in article.json after two epochs, 0.3 after ten. */
static double uneven(const Symptoms *s, Finding *f, const char *column, const char *what)
{
    const double kl = sign_median(s, column, PART_LAST);
    if (!(kl > log(2) && sign_count(s, column, PART_LAST) >= SCORES) || sign_lag(s) > SIGN_LAGS)
        return 0;
    if (*f->evidence)
        say(f->evidence, "; ");
    else
        say_when(s, f);
    say(f->evidence, "%s are as uneven as if one in %.2g were left (%s %.2g)", what, exp(kl),
        column, kl);
    return fmin(0.6 + 0.2 * (kl - log(2)), 0.9);
}

/* Where hardly a sample is near any mode, the few that are say nothing: grid_r1.json had a KL of 0.8 with 10 % and
 * found all modes. */
static double modes_lost(const Symptoms *s, Finding *f)
{
    return sign_median(s, "high_quality", PART_LAST) > 0.3 ? uneven(s, f, "reverse_kl", "modes")
                                                           : 0;
}

double mode_collapse(const Symptoms *s, Finding *f)
{
    double severity = spread_lost(s, f);
    severity = fmax(severity, modes_lost(s, f));
    severity = fmax(severity, uneven(s, f, "class_kl", "classes"));
    if (severity == 0)
        return 0;
    advise_penalty(s, f);
    if (rate_g(s) > rate_d(s))
        advise_rate_g(s, f, rate_d(s));
    if (s->c->gan.discriminator.packing == 1 && s->c->train.batch_size % 2 == 0)
        advise(f, "discriminator.packing=2");
    advise(f, "a minibatch_stddev layer in D");
    return severity;
}

double memorisation(const Symptoms *s, Finding *f)
{
    const double copies = sign_median(s, "copies", PART_LAST), many = 0.1;
    if (!(copies > many))
        return 0;
    say_when(s, f);
    say(f->evidence, "%.0f %% of the samples are nearer to a training image than any test image is",
        100 * copies);
    advise(f, "more data, or a translate layer in D");
    advise_penalty(s, f);
    return 0.5 + 0.4 * (copies - many);
}

/* ---- the course of a run ------------------------------------------------------------------------------ */

/* How often a column passes `middle` in the last part: a loss that only falls does so once. */
static int crossings(const Symptoms *s, const char *column, double middle)
{
    const double *v = history_column(s->h, column);
    int n = 0;
    bool above = false;
    for (int i = s->last; v && i < s->h->rows; i++) {
        if (!isfinite(v[i]))
            continue;
        n += i > s->last && (v[i] > middle) != above;
        above = v[i] > middle;
    }
    return n;
}

/* Of what D can win: 0 to 0.19 in the recipes; 0.3 and more on the way to ruin with rates ten times too high. */
double oscillation(const Symptoms *s, Finding *f)
{
    const double swing = sign_won(s, PART_LAST, 0.8) - sign_won(s, PART_LAST, 0.2), wide = 0.3;
    const double low = sign_quantile(s, "d_loss", PART_LAST, 0.2);
    const double high = sign_quantile(s, "d_loss", PART_LAST, 0.8);
    if (!(swing > wide && crossings(s, "d_loss", (low + high) / 2) >= 3))
        return 0;
    say_when(s, f);
    say(f->evidence, "D's loss swings between %.3g and %.3g", low, high);
    advise_penalty(s, f);
    advise_rates(s, f, 0.5);
    if (s->c->gan.generator.ema == 0)
        advise(f, "generator.ema=0.999");
    return fmin(0.3 + 0.2 * (swing - wide), 0.5);
}

/* A score that a run is followed by. */
typedef struct Course {
    const char *column;
    double enough; /* nothing to gain */
} Course;

/* In the order of trust. */
static const Course courses[] = {
    { "fcd", 0 }, { "kid", 0 }, { "high_quality", 0.9 }, { "kl", 0.05 }, { NULL, 0 },
};

/* By which a score becomes a number that is better when it is smaller. */
static double sign_of(const char *column)
{
    Direction better = LOWER;
    score_direction(column, &better);
    return better == HIGHER ? -1 : 1;
}

/* The best of a column among rows [from, to), as such a number. */
static double best_of(const Symptoms *s, const Course *course, int from, int to)
{
    const double *v = history_column(s->h, course->column), sign = sign_of(course->column);
    double best = INFINITY;
    for (int i = from; i < to; i++)
        if (isfinite(v[i]))
            best = fmin(best, sign * v[i]);
    return best;
}

/* Whether the second half of the rows brought nothing: no 2 % better than the first, and not good enough. */
static bool stands(const Symptoms *s, const Course *course)
{
    const int rows = s->h->rows, half = rows / 2;
    const double before = best_of(s, course, 0, half), after = best_of(s, course, half, rows);
    const double enough = sign_of(course->column) * course->enough;
    return after > before - 0.02 * fabs(before) && fmin(before, after) > enough;
}

double plateau(const Symptoms *s, Finding *f)
{
    enum { VALUES = 10 }; /* fewer say nothing of a trend */
    const Course *course = courses;
    while (course->column && sign_count(s, course->column, PART_ALL) < VALUES)
        course++;
    if (!course->column || !stands(s, course))
        return 0;
    const double best = sign_of(course->column) * best_of(s, course, 0, s->h->rows);
    say(f->evidence,
        "%s is %.3g at best and has not become better in the second half of %.0f steps",
        course->column, best, sign_end(s));
    advise(f, "to stop here");
    advise(f, "optimizer.generator.schedule.kind=linear");
    return 0.2;
}

static int evaluations(const Symptoms *s)
{
    const int images = sign_count(s, "recall", PART_ALL),
              classes = sign_count(s, "class_kl", PART_ALL);
    const int points = sign_count(s, "high_quality", PART_ALL);
    const int most = images > classes ? images : classes;
    return most > points ? most : points;
}

/* After n steps an average of decay β still holds β^n of the first weights: 1/e where 1/(1 - β) = n. */
double average_lags(const Symptoms *s, Finding *f)
{
    Text scores = { 0 };
    const bool lags = sign_lag(s) >= 1 && evaluations(s) >= SCORES && sign_far(s, &scores);
    if (lags && scores.at) {
        say_average(s, f);
        say(f->evidence, ", and %.0f %% of it are the first ones; %s", 100 * exp(-1 / sign_lag(s)),
            scores.at);
        advise_average(s, f);
    }
    text_free(&scores);
    return lags ? 0.4 : 0;
}
