/* The causes, in the order in which they are tested.
 *
 * A test looks at medians over the last third of the rows, so that no single step decides. Its
 * thresholds were measured on MNIST with configs/article.json and the configs beside it. */
#include "causes.h"

#include <math.h>

enum { MIN_ROWS = TAIL_ROWS, MIN_STEPS = 200 };

/* No cause applies, but the samples are not good yet. */
static void report_poor_scores(const Symptoms *s, Finding *f)
{
    Text scores = { 0 };
    if (symptom_poor_scores(s, &scores) && scores.at) {
        append(f->evidence, "the scores are still far from those of real %s (%s)",
               history_column(s->h, "high_quality") ? "points" : "images", scores.at);
        if (symptom_ema_lag(s) > EMA_LAGS) {
            append(f->evidence, "; ");
            append_ema(s, f);
            advise_ema(s, f);
        }
    }
    text_free(&scores);
}

double too_early(const Symptoms *s, Finding *f)
{
    const int losses = symptom_count(s, "d_loss", PART_ALL);
    const double step = symptom_last_step(s);
    if (losses >= MIN_ROWS && step >= MIN_STEPS)
        report_poor_scores(s, f);
    else
        append(f->evidence, "%d row%s with losses up to step %.0f; needed: %d rows and %d steps",
               losses, losses == 1 ? "" : "s", isfinite(step) ? step : 0, MIN_ROWS, MIN_STEPS);
    return 0;
}

double healthy(const Symptoms *s, Finding *f)
{
    const double spread = symptom_median(s, "sample_spread", PART_LAST);
    append_steps(s, f);
    append(f->evidence, "losses D %.3g, G %.3g", symptom_median(s, "d_loss", PART_LAST),
           symptom_median(s, "g_loss", PART_LAST));
    if (isfinite(spread))
        append(f->evidence, ", the spread of the samples is %.2g of that of the data", spread);
    return 0;
}

#define BIT(i) (1U << CAUSE_##i)
#define TRENDS (BIT(oscillation) | BIT(plateau))
#define IN_SAMPLES (BIT(mode_collapse) | BIT(memorisation) | TRENDS)
#define D_AHEAD (BIT(d_too_strong) | BIT(vanishing_gradient))

const Cause cause_table[CAUSES] = {
    [CAUSE_same_data] = {
        .is = { "same_data",
                "all samples of the data set are identical, so there is nothing to "
                "learn", "-", NULL, 0 },
        .title = "data set of identical samples",
        .seen = "data_spread 0; a warning when the data set is opened",
        .remedy = "other data: the files contain one image many times",
        .rows = 1, .hides = ~0U, .test = same_data,
    },
    [CAUSE_not_finite] = {
        .is = { "not_finite",
                "a value is NaN or infinite before the first update: the data or the initial "
                "weights, not the learning rates", "-", NULL, 0 },
        .title = "non-finite from the start",
        .seen = "exit 8 at step 1, d_loss null",
        .remedy = "a smaller std, gain or value of init; data without NaN",
        .rows = 1, .hides = ~0U, .test = not_finite,
    },
    [CAUSE_no_noise] = {
        .is = { "no_noise", "the generator's output does not depend on the latents", "-", NULL, 0 },
        .title = "latents without effect",
        .seen = "sample_spread below 0.01 from the first row on",
        .remedy = "an init other than constant; generator.latent above 1; no normalization "
                  "directly after a layer of one unit",
        .rows = TAIL_ROWS, .steps = 100, .hides = BIT(rate_too_high) | D_AHEAD | IN_SAMPLES,
        .test = no_noise,
    },
    [CAUSE_rate_too_high] = {
        .is = { "rate_too_high",
                "updates are so large that they destroy what was learned", "-", NULL, 0 },
        .title = "learning rate too high",
        .seen = "losses in the thousands or null (exit 8), update ratios above 0.025, learning "
                "rates halved by recoveries",
        .remedy = "optimizer.*.lr divided by 10; a gradient penalty; optimizer.*.clip_norm",
        .rows = 1, .hides = BIT(no_noise) | BIT(d_too_weak) | D_AHEAD | IN_SAMPLES,
        .test = rate_too_high,
    },
    [CAUSE_d_too_weak] = {
        .is = { "d_too_weak",
                "the discriminator accepts almost every generated sample, so its gradients are "
                "useless", "-", NULL, 0 },
        .title = "D too weak",
        .seen = "d_loss above chance level, d_accuracy_fake near 0; d_update_ratio 0: frozen",
        .remedy = "optimizer.discriminator.lr as large as the generator's; discriminator.steps=2",
        .rows = TAIL_ROWS, .steps = 100, .hides = IN_SAMPLES, .test = d_too_weak,
    },
    [CAUSE_g_frozen] = {
        .is = { "g_frozen", "the generator's weights do not change", "-", NULL, 0 },
        .title = "G frozen",
        .seen = "g_update_ratio 0",
        .remedy = "optimizer.generator.lr as large as the discriminator's",
        .rows = TAIL_ROWS, .steps = 100, .hides = D_AHEAD | IN_SAMPLES, .test = g_frozen,
    },
    [CAUSE_vanishing_gradient] = {
        .is = { "vanishing_gradient",
                "the discriminator is so confident that almost no gradient reaches the "
                "generator", "-", NULL, 0 },
        .title = "vanishing gradient",
        .seen = "d_loss near 0, g_grad_norm below 1/100 of its maximum",
        .remedy = "objective.kind=non_saturating; a weaker D: see \"D too strong\"",
        .rows = TAIL_ROWS, .steps = 200, .hides = TRENDS, .test = vanishing_gradient,
    },
    [CAUSE_d_too_strong] = {
        .is = { "d_too_strong",
                "the discriminator recognizes almost every generated sample, and the generator "
                "cannot catch up", "-", NULL, 0 },
        .title = "D too strong",
        .seen = "d_loss near its minimum, accuracies near 100 %, g_loss high",
        .remedy = "a lower optimizer.discriminator.lr; discriminator.steps=1; penalty.kind=r1 "
                  "penalty.gamma=2; a smaller D, or dropout in it",
        .rows = TAIL_ROWS, .steps = 200, .hides = TRENDS, .test = d_too_strong,
    },
    [CAUSE_mode_collapse] = {
        .is = { "mode_collapse", "the generator produces few different samples", "-", NULL, 0 },
        .title = "mode collapse",
        .seen = "sample_spread below 0.25; few modes, reverse_kl or class_kl above 0.7",
        .remedy = "penalty.kind=r1 penalty.gamma=2; discriminator.packing=2; a minibatch_stddev "
                  "layer in D; a lower optimizer.generator.lr",
        .rows = TAIL_ROWS, .steps = 200, .hides = BIT(plateau), .test = mode_collapse,
    },
    [CAUSE_memorisation] = {
        .is = { "memorisation", "the generator reproduces training images", "-", NULL, 0 },
        .title = "memorisation",
        .seen = "copies above 0.1",
        .remedy = "more data; a translate layer in D; penalty.kind=r1; a smaller D",
        .rows = TAIL_ROWS, .steps = 200, .test = memorisation,
    },
    [CAUSE_oscillation] = {
        .is = { "oscillation",
                "the two players circle around each other instead of converging", "-", NULL, 0 },
        .title = "oscillation",
        .seen = "d_loss oscillates with a large amplitude until the end",
        .remedy = "penalty.kind=r1 penalty.gamma=2; both learning rates halved; "
                  "generator.ema=0.999",
        .rows = TAIL_ROWS, .steps = 200, .test = oscillation,
    },
    [CAUSE_plateau] = {
        .is = { "plateau", "the scores have not improved for half of the run", "-", NULL, 0 },
        .title = "plateau",
        .seen = "fcd or high_quality no better than in the first half",
        .remedy = "stop; or a schedule that lowers the learning rates, wider layers",
        .rows = TAIL_ROWS, .steps = 200, .test = plateau,
    },
    [CAUSE_average_lags] = {
        .is = { "average_lags",
                "samples come from a moving average of weights (EMA) in which the initial weights "
                "still dominate", "-", NULL, 0 },
        .title = "moving average lags",
        .seen = "scores far from real in three evaluations, 1/(1 - generator.ema) above the steps "
                "done",
        .remedy = "a lower generator.ema; more steps",
        .rows = TAIL_ROWS, .steps = 200, .hides = BIT(plateau), .test = average_lags,
    },
    [CAUSE_too_early] = {
        .is = { "too_early",
                "the run is too short for a diagnosis, or its samples are not good "
                "yet", "-", NULL, 0 },
        .title = "too early to say",
        .seen = "fewer than 5 rows or 200 steps; the last class_kl or reverse_kl above 0.7; "
                "recall, coverage or high_quality below 0.1",
        .remedy = "more steps; a lower log.every_steps",
        .test = too_early,
    },
    [CAUSE_healthy] = {
        .is = { "healthy", "no symptom of any known cause", "-", NULL, 0 },
        .title = "nothing wrong found",
        .seen = "balanced losses, sample_spread towards 1",
        .remedy = "look at the samples: metrics do not see everything",
        .test = healthy,
    },
};

static const Entry *const rows[] = {
#define X(name) &cause_table[CAUSE_##name].is,
    CAUSE_ROSTER(X)
#undef X
        NULL
};

const Registry causes = { "causes", "cause", rows };
