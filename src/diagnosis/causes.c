/* What can be wrong with a training: a row each, and the words that their tests share.
 *
 * A test looks at medians over the last third of the rows, so that no single step decides. Its thresholds were
 * measured on MNIST with configs/article.json and what stands beside them. */
#include "causes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- words ------------------------------------------------------------------------------------------ */

void say(char text[FINDING_TEXT], const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, FINDING_TEXT - used, format, args);
    va_end(args);
}

void say_when(const Symptoms *s, Finding *f)
{
    say(f->evidence, "steps %.0f to %.0f: ", sign_begin(s), sign_end(s));
}

void advise(Finding *f, const char *format, ...)
{
    char word[FINDING_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(word, sizeof word, format, args);
    va_end(args);
    say(f->advice, "%s%s", *f->advice ? ", " : "try ", word);
}

static double rate_of(const Spec *player)
{
    return ((const OptimCommon *)player->options)->lr;
}

double rate_g(const Symptoms *s)
{
    return rate_of(&s->c->gan.optimizer.generator);
}

double rate_d(const Symptoms *s)
{
    return rate_of(&s->c->gan.optimizer.discriminator);
}

void advise_rate_g(const Symptoms *s, Finding *f, double rate)
{
    advise(f, "optimizer.generator.lr=%.2g (now %g)", rate, rate_g(s));
}

void advise_rate_d(const Symptoms *s, Finding *f, double rate)
{
    advise(f, "optimizer.discriminator.lr=%.2g (now %g)", rate, rate_d(s));
}

void advise_rates(const Symptoms *s, Finding *f, double factor)
{
    const double g = rate_g(s), d = rate_d(s);
    if (d <= 5 * g)
        advise_rate_g(s, f, g * factor);
    if (g <= 5 * d)
        advise_rate_d(s, f, d * factor);
}

void advise_penalty(const Symptoms *s, Finding *f)
{
    const Spec *penalty = &s->c->gan.penalty;
    if (!penalty_every(penalty) && penalty_bound(penalty) == 0)
        advise(f, "penalty.kind=r1 penalty.gamma=2 (now none)");
}

void say_average(const Symptoms *s, Finding *f)
{
    say(f->evidence, "samples come from an average of weights over about %.0f steps, of %.0f done",
        sign_lag(s) * sign_end(s), sign_end(s));
}

/* Which looks back over a tenth of the steps done at most, but over 10. */
void advise_average(const Symptoms *s, Finding *f)
{
    double back = 10;
    while (10 * back <= sign_end(s) / 10)
        back *= 10;
    advise(f, "generator.ema=%g (now %g), or to go on", 1 - 1 / back, s->c->gan.generator.ema);
}

/* ---- nothing ------------------------------------------------------------------------------------------ */

enum { FEW_ROWS = TAIL_ROWS, FEW_STEPS = 200 };

static void few_rows(const Symptoms *s, Finding *f, int losses)
{
    say(f->evidence, "%d row%s with losses up to step %.0f: %d rows and %d steps are needed",
        losses, losses == 1 ? "" : "s", isfinite(sign_end(s)) ? sign_end(s) : 0, FEW_ROWS,
        FEW_STEPS);
}

/* No cause holds, but what is made is no good yet. */
static void far_scores(const Symptoms *s, Finding *f)
{
    Text scores = { 0 };
    if (sign_far(s, &scores) && scores.at) {
        say(f->evidence, "the scores are still far from those of real %s (%s)",
            history_column(s->h, "high_quality") ? "points" : "images", scores.at);
        if (sign_lag(s) > SIGN_LAGS) {
            say(f->evidence, "; ");
            say_average(s, f);
            advise_average(s, f);
        }
    }
    text_free(&scores);
}

static double too_early(const Symptoms *s, Finding *f)
{
    const int losses = sign_count(s, "d_loss", PART_ALL);
    if (losses >= FEW_ROWS && sign_end(s) >= FEW_STEPS)
        far_scores(s, f);
    else
        few_rows(s, f, losses);
    return 0;
}

static double healthy(const Symptoms *s, Finding *f)
{
    const double spread = sign_median(s, "sample_spread", PART_LAST);
    say_when(s, f);
    say(f->evidence, "losses D %.3g, G %.3g", sign_median(s, "d_loss", PART_LAST),
        sign_median(s, "g_loss", PART_LAST));
    if (isfinite(spread))
        say(f->evidence, ", samples vary %.2g times as much as the data", spread);
    return 0;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

#define BIT(i) (1U << CAUSE_##i)
#define AFTER_ALL (BIT(OSCILLATION) | BIT(PLATEAU))
#define IN_SAMPLES (BIT(COLLAPSE) | BIT(MEMORY) | AFTER_ALL)
#define D_AHEAD (BIT(D_STRONG) | BIT(VANISHING))

const Cause cause_table[CAUSES] = {
    [CAUSE_SAME_DATA] = {
        .is = { "same_data", "all samples of the data are equal: there is nothing to learn", "-", NULL, 0 },
        .title = "data all the same",
        .seen = "data_spread 0; a warning when the data are opened",
        .remedy = "other data: the files hold one image many times",
        .rows = 1, .hides = ~0U, .test = same_data,
    },
    [CAUSE_NOT_FINITE] = {
        .is = { "not_finite", "a number is not finite before anything was learnt: not the rates, but the data or the first weights", "-", NULL, 0 },
        .title = "not finite from the start",
        .seen = "exit 8 at step 1, d_loss null",
        .remedy = "a smaller std, gain or value of init; data without NaN",
        .rows = 1, .hides = ~0U, .test = not_finite,
    },
    [CAUSE_NO_NOISE] = {
        .is = { "no_noise", "the generator makes the same of all latents", "-", NULL, 0 },
        .title = "latents without effect",
        .seen = "sample_spread below 0.01 from the first row on",
        .remedy = "init: not constant; generator.latent: not 1; no norm right behind a layer of one unit",
        .rows = TAIL_ROWS, .steps = 100, .hides = BIT(RATE) | D_AHEAD | IN_SAMPLES, .test = no_noise,
    },
    [CAUSE_RATE] = {
        .is = { "rate_too_high", "updates so large that they destroy what was learnt", "-", NULL, 0 },
        .title = "learning rate too high",
        .seen = "losses in the thousands or null (exit 8), update ratios above 0.025, rates that were halved",
        .remedy = "optimizer.*.lr a tenth; a penalty; optimizer.*.clip_norm",
        .rows = 1, .hides = BIT(NO_NOISE) | BIT(D_WEAK) | D_AHEAD | IN_SAMPLES, .test = rate_too_high,
    },
    [CAUSE_D_WEAK] = {
        .is = { "d_too_weak", "the discriminator is fooled by anything, so its gradients teach nothing", "-", NULL, 0 },
        .title = "D too weak",
        .seen = "d_loss above that of a D that cannot tell, d_accuracy_fake near 0; d_update_ratio 0: frozen",
        .remedy = "optimizer.discriminator.lr as large as the generator's; discriminator.steps=2",
        .rows = TAIL_ROWS, .steps = 100, .hides = IN_SAMPLES, .test = d_too_weak,
    },
    [CAUSE_G_FROZEN] = {
        .is = { "g_frozen", "the generator stands still", "-", NULL, 0 },
        .title = "G frozen",
        .seen = "g_update_ratio 0",
        .remedy = "optimizer.generator.lr as large as the discriminator's",
        .rows = TAIL_ROWS, .steps = 100, .hides = D_AHEAD | IN_SAMPLES, .test = g_frozen,
    },
    [CAUSE_VANISHING] = {
        .is = { "vanishing_gradient", "the discriminator is so sure that nothing of its gradient reaches the generator", "-", NULL, 0 },
        .title = "vanishing gradient",
        .seen = "d_loss near 0, g_grad_norm a hundredth of what it was",
        .remedy = "objective.kind=non_saturating; a weaker D as below",
        .rows = TAIL_ROWS, .steps = 200, .hides = AFTER_ALL, .test = vanishing_gradient,
    },
    [CAUSE_D_STRONG] = {
        .is = { "d_too_strong", "the discriminator tells everything apart and the generator cannot keep up", "-", NULL, 0 },
        .title = "D too strong",
        .seen = "d_loss near its least value, right 100 % and 100 %, g_loss high",
        .remedy = "optimizer.discriminator.lr lower; discriminator.steps=1; penalty.kind=r1 penalty.gamma=2; a smaller D, dropout in it",
        .rows = TAIL_ROWS, .steps = 200, .hides = AFTER_ALL, .test = d_too_strong,
    },
    [CAUSE_COLLAPSE] = {
        .is = { "mode_collapse", "the generator makes few different samples", "-", NULL, 0 },
        .title = "mode collapse",
        .seen = "sample_spread below 0.25; few modes, reverse_kl or class_kl above 0.7",
        .remedy = "penalty.kind=r1 penalty.gamma=2; discriminator.packing=2; a minibatch_stddev layer in D; optimizer.generator.lr lower",
        .rows = TAIL_ROWS, .steps = 200, .hides = BIT(PLATEAU), .test = mode_collapse,
    },
    [CAUSE_MEMORY] = {
        .is = { "memorisation", "the generator copies training images", "-", NULL, 0 },
        .title = "memorisation",
        .seen = "copies above 0.1",
        .remedy = "more data; a translate layer in D; penalty.kind=r1; a smaller D",
        .rows = TAIL_ROWS, .steps = 200, .test = memorisation,
    },
    [CAUSE_OSCILLATION] = {
        .is = { "oscillation", "the players chase each other in circles", "-", NULL, 0 },
        .title = "oscillation",
        .seen = "d_loss swings widely up to the end",
        .remedy = "penalty.kind=r1 penalty.gamma=2; both rates halved; generator.ema=0.999",
        .rows = TAIL_ROWS, .steps = 200, .test = oscillation,
    },
    [CAUSE_PLATEAU] = {
        .is = { "plateau", "the scores have not become better for half of the run", "-", NULL, 0 },
        .title = "plateau",
        .seen = "fcd or high_quality as it was long ago",
        .remedy = "stop; or a schedule that lowers the rates, wider layers",
        .rows = TAIL_ROWS, .steps = 200, .test = plateau,
    },
    [CAUSE_LAG] = {
        .is = { "average_lags", "samples come from an average of weights that is still mostly what the generator began with", "-", NULL, 0 },
        .title = "average lags",
        .seen = "scores far from real in three evaluations, 1/(1 - generator.ema) above the steps done",
        .remedy = "generator.ema lower; go on",
        .rows = TAIL_ROWS, .steps = 200, .hides = BIT(PLATEAU), .test = average_lags,
    },
    [CAUSE_EARLY] = {
        .is = { "too_early", "a run has to be longer before it can be judged", "-", NULL, 0 },
        .title = "too early to say",
        .seen = "fewer than 5 rows or 200 steps; the last class_kl or reverse_kl above 0.7; recall, coverage or high_quality below 0.1",
        .remedy = "go on; log.every_steps lower",
        .test = too_early,
    },
    [CAUSE_HEALTHY] = {
        .is = { "healthy", "no sign of anything above", "-", NULL, 0 },
        .title = "nothing wrong found",
        .seen = "losses that stand against each other, sample_spread towards 1",
        .remedy = "look at the samples: a metric does not see everything",
        .test = healthy,
    },
};
