/* Causes in the players: non-finite values, learning rates, one player frozen or far ahead. */
#include "causes.h"

#include <math.h>
#include <string.h>

/* ---- non-finite values ----------------------------------------------------------------------- */

static bool is_nonfinite_at_end(const Symptoms *s, const char *column)
{
    return isfinite(symptom_last_step(s)) && history_column(s->h, column) &&
           isnan(symptom_at_end(s, column));
}

/* Only the last row of a run can have a non-finite loss or gradient. */
static bool is_diverged(const Symptoms *s)
{
    static const char *const columns[] = { "d_loss", "g_loss", "penalty", "d_grad_norm",
                                           "g_grad_norm" };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_nonfinite_at_end(s, columns[i]))
            return true;
    return false;
}

/* D's loss at step 1 precedes every update, unless D takes several steps. */
double not_finite(const Symptoms *s, Finding *f)
{
    if (!is_nonfinite_at_end(s, "d_loss") || symptom_last_step(s) != 1 ||
        s->c->gan.discriminator.steps > 1)
        return 0;
    append(f->evidence, "the discriminator's first loss, before any update, is not finite");
    append(f->advice, "check the data (NaN, values beyond 1e38) and init (a smaller std, gain or "
                      "value)");
    return 1;
}

/* ---- D's advantage --------------------------------------------------------------------------- */

/* How much faster the config lets D learn than G: by learning rate or by steps. */
static double head_start(const Symptoms *s)
{
    const GanOptions *o = &s->c->gan;
    return fmax(lr_d(s) / lr_g(s), (double)o->discriminator.steps / (double)o->generator.steps);
}

/* D's advantage from which it is too strong. 0 to 0.5 in the recipes; 0.8 with a D ten times as
 * large, 0.99 with 50 steps of D for one of G. A D with 50 times G's learning rate is slowed by its
 * own updates: 0.58 and 0.68 by seed. A relativistic D far ahead still has useful gradients: 0.9 in
 * relativistic.json, which learns. */
static double max_advantage(const Symptoms *s)
{
    if (objective_is_relativistic(&s->c->gan.objective))
        return 0.97;
    return head_start(s) > 8 ? 0.4 : 0.62;
}

static bool d_dominates(const Symptoms *s)
{
    return symptom_advantage(s, PART_LAST, 0.5) > max_advantage(s);
}

/* ---- weights that do not change -------------------------------------------------------------- */

typedef struct PlayerColumns {
    const char *name, *ratio, *gradient; /* the last two are columns */
} PlayerColumns;

static const PlayerColumns player_d = { "discriminator", "d_update_ratio", "d_grad_norm" };
static const PlayerColumns player_g = { "generator", "g_update_ratio", "g_grad_norm" };

/* Update over weights: below 1e-7 a float does not change. 1e-12 with the smallest learning rate
 * there is; 2e-5 was the minimum of all runs that learned. */
static const double MIN_RATIO = 1e-6;

/* No update in the whole run, although there is a gradient. */
static bool is_frozen(const Symptoms *s, const PlayerColumns *p)
{
    return symptom_quantile(s, p->ratio, PART_ALL, 1) < MIN_RATIO &&
           symptom_median(s, p->gradient, PART_LAST) > 1e-4;
}

/* No updates at the end for want of a gradient: all units saturated or dead. */
static bool is_dead(const Symptoms *s, const PlayerColumns *p)
{
    return symptom_quantile(s, p->ratio, PART_LAST, 0.8) < MIN_RATIO && !is_frozen(s, p);
}

/* ---- learning rates -------------------------------------------------------------------------- */

static double diverged(const Symptoms *s, Finding *f)
{
    const double before = symptom_median(s, "d_grad_norm", PART_LAST);
    if (!is_diverged(s))
        return 0;
    append(f->evidence, "step %.0f: losses or gradients are not finite", symptom_last_step(s));
    if (isfinite(before))
        append(f->evidence, " (gradient norms before: D %.3g, G %.3g)", before,
               symptom_median(s, "g_grad_norm", PART_LAST));
    advise_lr_factor(s, f, 0.1);
    advise_penalty(s, f);
    return 1;
}

/* Logits of a D that learns lie between -30 and 30, and so do losses computed from them: at most 20
 * with a D that was 50 times too strong, 8,600 with learning rates 100 times too high. Losses
 * without a minimum may be larger, and those of feature matching have a scale of their own. */
static double exploded(const Symptoms *s, Finding *f)
{
    const double max = isfinite(s->perfect_loss) ? 100 : 1e4;
    const double d = symptom_median(s, "d_loss", PART_LAST);
    const double g = symptom_median(s, "g_loss", PART_LAST);
    const bool g_of_logits = !objective_matches_features(&s->c->gan.objective);
    if (!(fabs(d) > max || (g_of_logits && fabs(g) > max)))
        return 0;
    append_steps(s, f);
    append(f->evidence, "the losses have exploded (D %.3g, G %.3g)", d, g);
    advise_lr_factor(s, f, 0.1);
    advise_penalty(s, f);
    return 1;
}

/* The larger of the early and the late median. */
static double max_ratio(const Symptoms *s, const char *ratio)
{
    return fmax(symptom_median(s, ratio, PART_FIRST), symptom_median(s, ratio, PART_LAST));
}

/* Update over weights: 0.002 to 0.01 in all recipes, 0.02 with learning rates ten times too high;
 * 0.03 and more where they were 50 or 100 times too high, but only early: later the weights are
 * huge. A D with large updates that dominates is reported as too strong. */
static double large_updates(const Symptoms *s, Finding *f)
{
    const double max = 0.025;
    const double d = max_ratio(s, "d_update_ratio"), g = max_ratio(s, "g_update_ratio");
    if (!(g > max || (d > max && !d_dominates(s))))
        return 0;
    append(f->evidence,
           "an update changes the weights by %.2g (D) and %.2g (G) of their norm; 0.001 to 0.01 is "
           "usual",
           d, g);
    if (g > max)
        advise_lr_g(s, f, lr_g(s) / 10);
    if (d > max)
        advise_lr_d(s, f, lr_d(s) / 10);
    return 0.93;
}

/* With learning rates 100 times too high a net of relu layers was dead after some steps, its
 * gradient 0. The gradient of a D that dominates is 0, too, but for another reason. */
static double died(const Symptoms *s, Finding *f)
{
    const PlayerColumns *p = is_dead(s, &player_g) ? &player_g : &player_d;
    if (!is_dead(s, p) || d_dominates(s))
        return 0;
    append_steps(s, f);
    append(f->evidence, "the %s is dead: its updates are %.1g of its weights, its gradient is %.1g",
           p->name, symptom_median(s, p->ratio, PART_LAST),
           symptom_median(s, p->gradient, PART_LAST));
    advise_lr_factor(s, f, 0.1);
    advise(f, "leaky_relu instead of relu");
    return 0.96;
}

static double recovered(const Symptoms *s, Finding *f)
{
    const double times = symptom_at_end(s, "recoveries");
    if (!(times > 0))
        return 0;
    append(f->evidence, "training diverged %.0f times and continued with learning rates times %g",
           times, ldexp(1, -(int)times));
    advise_lr_factor(s, f, ldexp(1, -(int)times));
    advise_penalty(s, f);
    return 0.55;
}

double rate_too_high(const Symptoms *s, Finding *f)
{
    const bool enough = s->h->rows >= TAIL_ROWS && symptom_last_step(s) >= 100;
    double severity = diverged(s, f);
    if (severity == 0 && enough)
        severity = exploded(s, f);
    if (severity == 0 && enough)
        severity = died(s, f);
    if (severity == 0 && enough)
        severity = large_updates(s, f);
    return severity > 0 ? severity : recovered(s, f);
}

/* ---- a player that is frozen or fooled ------------------------------------------------------- */

static double frozen(const Symptoms *s, const PlayerColumns *p, Finding *f)
{
    if (!is_frozen(s, p))
        return 0;
    append(f->evidence, "the %s does not learn: its updates are %.1g of its weights", p->name,
           symptom_quantile(s, p->ratio, PART_ALL, 1));
    return 0.95;
}

static double d_frozen(const Symptoms *s, Finding *f)
{
    const double severity = frozen(s, &player_d, f);
    if (severity > 0)
        advise_lr_d(s, f, lr_g(s) > 1e-6 ? lr_g(s) : 2e-4);
    return severity;
}

/* Advantage -4 with a learning rate 100 times too low; at least -0.1 in all recipes. */
static double d_fooled(const Symptoms *s, Finding *f)
{
    const double advantage = symptom_advantage(s, PART_LAST, 0.5), min = -0.5;
    const long long steps = (long long)s->c->gan.discriminator.steps;
    if (!(advantage < min))
        return 0;
    append_steps(s, f);
    append(
        f->evidence,
        "D's loss of %.3g is above the %.3g of chance level; its accuracy on generated samples is "
        "%.0f %%",
        symptom_median(s, "d_loss", PART_LAST), s->chance_loss,
        100 * symptom_median(s, "d_accuracy_fake", PART_LAST));
    if (lr_d(s) < lr_g(s) || lr_d(s) > 2 * lr_g(s)) {
        advise_lr_d(s, f, lr_g(s));
    } else {
        advise_lr_g(s, f, lr_g(s) / 4);
        advise(f, "discriminator.steps=%lld (now %lld)", steps + 1, steps);
    }
    return fmin(0.6 + 0.1 * (min - advantage), 0.9);
}

double d_too_weak(const Symptoms *s, Finding *f)
{
    const double severity = d_frozen(s, f);
    return severity > 0 ? severity : d_fooled(s, f);
}

double g_frozen(const Symptoms *s, Finding *f)
{
    const double severity = frozen(s, &player_g, f);
    if (severity > 0)
        advise_lr_g(s, f, lr_d(s) > 1e-6 ? lr_d(s) : 2e-4);
    return severity;
}

/* ---- D is ahead ------------------------------------------------------------------------------ */

static void advise_weaker_d(const Symptoms *s, Finding *f)
{
    const GanOptions *o = &s->c->gan;
    if (strcmp(o->objective.is->name, "minimax") == 0)
        advise(f, "objective.kind=non_saturating");
    if (lr_d(s) > 2 * lr_g(s))
        advise_lr_d(s, f, lr_g(s));
    if (o->discriminator.steps > 1)
        advise(f, "discriminator.steps=1 (now %lld)", (long long)o->discriminator.steps);
    advise_penalty(s, f);
    if (!*f->advice)
        advise_lr_d(s, f, lr_d(s) / 4);
}

double d_too_strong(const Symptoms *s, Finding *f)
{
    const double advantage = symptom_advantage(s, PART_LAST, 0.5), max = max_advantage(s);
    if (!d_dominates(s))
        return 0;
    append_steps(s, f);
    append(
        f->evidence,
        "D has %.0f %% of the maximal advantage (loss %.3g), accuracy %.0f %% on real and %.0f %% "
        "on generated samples",
        100 * advantage, symptom_median(s, "d_loss", PART_LAST),
        100 * symptom_median(s, "d_accuracy_real", PART_LAST),
        100 * symptom_median(s, "d_accuracy_fake", PART_LAST));
    if (head_start(s) > 8)
        append(f->evidence, "; the config lets D learn %.0f times as fast as G", head_start(s));
    advise_weaker_d(s, f);
    return 0.55 + 0.35 * (fmin(advantage, 1) - max) / (1 - max);
}

double vanishing_gradient(const Symptoms *s, Finding *f)
{
    const double g = symptom_median(s, "g_grad_norm", PART_LAST);
    const double max = symptom_quantile(s, "g_grad_norm", PART_ALL, 1);
    if (!(d_dominates(s) && g < 0.01 * max))
        return 0;
    append_steps(s, f);
    append(f->evidence,
           "G's gradient norm fell from %.2g to %.2g; D's logits are saturated for %.0f %% of all "
           "samples",
           max, g, 100 * symptom_median(s, "d_saturation", PART_LAST));
    advise_weaker_d(s, f);
    return 0.92;
}
