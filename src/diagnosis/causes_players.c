/* Causes that lie with the players: numbers that are lost, rates, one of the two standing still or far ahead.
 * `won` is how much of what can be won D has won (signs.c). */
#include "causes.h"

#include <math.h>
#include <string.h>

/* ---- numbers that are lost -------------------------------------------------------------------------- */

static bool is_lost(const Symptoms *s, const char *column)
{
    return isfinite(sign_end(s)) && history_column(s->h, column) && isnan(sign_at_end(s, column));
}

/* A row whose losses or gradients are no numbers; only the last one of a run can be. */
static bool is_diverged(const Symptoms *s)
{
    static const char *const columns[] = { "d_loss", "g_loss", "penalty", "d_grad_norm",
                                           "g_grad_norm" };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_lost(s, columns[i]))
            return true;
    return false;
}

/* D's loss at step 1 is computed before anything has moved, unless D had several turns. */
double not_finite(const Symptoms *s, Finding *f)
{
    if (!is_lost(s, "d_loss") || sign_end(s) != 1 || s->c->gan.discriminator.steps > 1)
        return 0;
    say(f->evidence, "the discriminator's first loss, before any update, is not finite");
    say(f->advice,
        "look at the data (NaN, or numbers beyond 1e38) and at init: a smaller std, gain "
        "or value");
    return 1;
}

/* ---- how far D is ahead ------------------------------------------------------------------------------ */

/* How many times as much the config lets D do as G: by its rate, or by its updates. */
static double advantage(const Symptoms *s)
{
    const GanOptions *o = &s->c->gan;
    return fmax(rate_d(s) / rate_g(s), (double)o->discriminator.steps / (double)o->generator.steps);
}

/* The share of what can be won from which D is too strong. 0 to 0.5 in the recipes; 0.8 with a D ten times as
 * large, 0.99 with 50 updates a step. A D with 50 times G's rate stumbles over its own updates: 0.58 and 0.68
 * by seed. Where samples are compared with each other a D far ahead still has a gradient to give: 0.9 in
 * relativistic.json, which learns. */
static double winning_share(const Symptoms *s)
{
    if (objective_is_relativistic(&s->c->gan.objective))
        return 0.97;
    return advantage(s) > 8 ? 0.4 : 0.62;
}

static bool d_wins(const Symptoms *s)
{
    return sign_won(s, PART_LAST, 0.5) > winning_share(s);
}

/* ---- who moves --------------------------------------------------------------------------------------- */

/* The columns of a player. */
typedef struct Player {
    const char *name, *ratio, *gradient;
} Player;

static const Player the_d = { "discriminator", "d_update_ratio", "d_grad_norm" };
static const Player the_g = { "generator", "g_update_ratio", "g_grad_norm" };

/* Of the weights, in an update: below 1e-7 a float does not even change. 1e-12 with the smallest rate there is; 2e-5
 * was the least of all runs that moved. */
static const double STILL = 1e-6;

/* Never moved, though there is a gradient. */
static bool is_frozen(const Symptoms *s, const Player *p)
{
    return sign_quantile(s, p->ratio, PART_ALL, 1) < STILL &&
           sign_median(s, p->gradient, PART_LAST) > 1e-4;
}

/* Does not move at the end, and not because its rate is so small: units that give nothing to any input. */
static bool is_dead(const Symptoms *s, const Player *p)
{
    return sign_quantile(s, p->ratio, PART_LAST, 0.8) < STILL && !is_frozen(s, p);
}

/* ---- rates ------------------------------------------------------------------------------------------ */

static double diverged(const Symptoms *s, Finding *f)
{
    const double before = sign_median(s, "d_grad_norm", PART_LAST);
    if (!is_diverged(s))
        return 0;
    say(f->evidence, "step %.0f: losses or gradients are not finite", sign_end(s));
    if (isfinite(before))
        say(f->evidence, " (gradient norms before: D %.3g, G %.3g)", before,
            sign_median(s, "g_grad_norm", PART_LAST));
    advise_rates(s, f, 0.1);
    advise_penalty(s, f);
    return 1;
}

/* Logits of a working D are between -30 and 30, and so are losses that follow them: 20 at most with a D
 * that was 50 times too strong, 8,600 with rates 100 times too high. Losses without a least value may be
 * larger, and those of features have a scale of their own. */
static double blown_up(const Symptoms *s, Finding *f)
{
    const double most = isfinite(s->certain) ? 100 : 1e4;
    const double d = sign_median(s, "d_loss", PART_LAST), g = sign_median(s, "g_loss", PART_LAST);
    const bool follows = !objective_matches_features(&s->c->gan.objective);
    if (!(fabs(d) > most || (follows && fabs(g) > most)))
        return 0;
    say_when(s, f);
    say(f->evidence, "losses of a size that no discriminator at work has (D %.3g, G %.3g)", d, g);
    advise_rates(s, f, 0.1);
    advise_penalty(s, f);
    return 1;
}

/* The larger of the early and the late median. */
static double ratio_of(const Symptoms *s, const char *ratio)
{
    return fmax(sign_median(s, ratio, PART_FIRST), sign_median(s, ratio, PART_LAST));
}

/* Updates as part of the weights: 0.002 to 0.01 in all recipes, 0.02 with rates ten times too high; 0.03 and
 * more where they were 50 or 100 times too high, but only early: then the weights are huge. A D that moves
 * so far and wins is too strong before anything else. */
static double moves_far(const Symptoms *s, Finding *f)
{
    const double most = 0.025;
    const double d = ratio_of(s, "d_update_ratio"), g = ratio_of(s, "g_update_ratio");
    if (!(g > most || (d > most && !d_wins(s))))
        return 0;
    say(f->evidence,
        "an update moves the weights by %.2g (D) and %.2g (G) of their size; 0.001 to 0.01 is "
        "usual",
        d, g);
    if (g > most)
        advise_rate_g(s, f, rate_g(s) / 10);
    if (d > most)
        advise_rate_d(s, f, rate_d(s) / 10);
    return 0.93;
}

/* With rates 100 times too high a net of relu layers was dead after some steps, and a gradient through it 0. A D
 * that has won has no gradient either, and is no victim. */
static double died(const Symptoms *s, Finding *f)
{
    const Player *p = is_dead(s, &the_g) ? &the_g : &the_d;
    if (!is_dead(s, p) || d_wins(s))
        return 0;
    say_when(s, f);
    say(f->evidence, "the %s is dead: its updates are %.1g of its weights, its gradient is %.1g",
        p->name, sign_median(s, p->ratio, PART_LAST), sign_median(s, p->gradient, PART_LAST));
    advise_rates(s, f, 0.1);
    advise(f, "leaky_relu for relu");
    return 0.96;
}

static double recovered(const Symptoms *s, Finding *f)
{
    const double times = sign_at_end(s, "recoveries");
    if (!(times > 0))
        return 0;
    say(f->evidence, "training diverged %.0f times and went on with rates times %g", times,
        ldexp(1, -(int)times));
    advise_rates(s, f, ldexp(1, -(int)times));
    advise_penalty(s, f);
    return 0.55;
}

double rate_too_high(const Symptoms *s, Finding *f)
{
    const bool enough = s->h->rows >= TAIL_ROWS && sign_end(s) >= 100;
    double severity = diverged(s, f);
    if (severity == 0 && enough)
        severity = blown_up(s, f);
    if (severity == 0 && enough)
        severity = died(s, f);
    if (severity == 0 && enough)
        severity = moves_far(s, f);
    return severity > 0 ? severity : recovered(s, f);
}

/* ---- one player stands still or falls behind ---------------------------------------------------------- */

static double d_frozen(const Symptoms *s, Finding *f)
{
    if (!is_frozen(s, &the_d))
        return 0;
    say(f->evidence, "the discriminator does not move: its updates are %.1g of its weights",
        sign_quantile(s, "d_update_ratio", PART_ALL, 1));
    advise_rate_d(s, f, rate_g(s) > 1e-6 ? rate_g(s) : 2e-4);
    return 0.95;
}

/* -4 with a rate 100 times too low; -0.1 at the least in all recipes. */
static double d_fooled(const Symptoms *s, Finding *f)
{
    const double won = sign_won(s, PART_LAST, 0.5), least = -0.5;
    if (!(won < least))
        return 0;
    say_when(s, f);
    say(f->evidence,
        "D's loss of %.3g is above the %.3g of one that cannot tell at all; it is right on "
        "%.0f %% of the fake samples",
        sign_median(s, "d_loss", PART_LAST), s->blind,
        100 * sign_median(s, "d_accuracy_fake", PART_LAST));
    if (rate_d(s) < rate_g(s) || rate_d(s) > 2 * rate_g(s)) {
        advise_rate_d(s, f, rate_g(s));
    } else {
        advise_rate_g(s, f, rate_g(s) / 4);
        advise(f, "discriminator.steps=%lld (now %lld)",
               (long long)s->c->gan.discriminator.steps + 1,
               (long long)s->c->gan.discriminator.steps);
    }
    return fmin(0.6 + 0.1 * (least - won), 0.9);
}

double d_too_weak(const Symptoms *s, Finding *f)
{
    const double severity = d_frozen(s, f);
    return severity > 0 ? severity : d_fooled(s, f);
}

double g_frozen(const Symptoms *s, Finding *f)
{
    if (!is_frozen(s, &the_g))
        return 0;
    say(f->evidence, "the generator does not move: its updates are %.1g of its weights",
        sign_quantile(s, "g_update_ratio", PART_ALL, 1));
    advise_rate_g(s, f, rate_d(s) > 1e-6 ? rate_d(s) : 2e-4);
    return 0.95;
}

/* ---- D is ahead --------------------------------------------------------------------------------------- */

static void advise_weaker_d(const Symptoms *s, Finding *f)
{
    const GanOptions *o = &s->c->gan;
    if (strcmp(o->objective.is->name, "minimax") == 0)
        advise(f, "objective.kind=non_saturating");
    if (rate_d(s) > 2 * rate_g(s))
        advise_rate_d(s, f, rate_g(s));
    if (o->discriminator.steps > 1)
        advise(f, "discriminator.steps=1 (now %lld)", (long long)o->discriminator.steps);
    advise_penalty(s, f);
    if (!*f->advice)
        advise_rate_d(s, f, rate_d(s) / 4);
}

double d_too_strong(const Symptoms *s, Finding *f)
{
    const double won = sign_won(s, PART_LAST, 0.5), much = winning_share(s);
    if (!d_wins(s))
        return 0;
    say_when(s, f);
    say(f->evidence,
        "D has won %.0f %% of what it can (loss %.3g), right on %.0f %% of the real and %.0f %% "
        "of the fake samples",
        100 * won, sign_median(s, "d_loss", PART_LAST),
        100 * sign_median(s, "d_accuracy_real", PART_LAST),
        100 * sign_median(s, "d_accuracy_fake", PART_LAST));
    if (advantage(s) > 8)
        say(f->evidence, "; the config lets it do %.0f times as much as G", advantage(s));
    advise_weaker_d(s, f);
    return 0.55 + 0.35 * (fmin(won, 1) - much) / (1 - much);
}

double vanishing_gradient(const Symptoms *s, Finding *f)
{
    const double g = sign_median(s, "g_grad_norm", PART_LAST);
    const double most = sign_quantile(s, "g_grad_norm", PART_ALL, 1);
    if (!(d_wins(s) && g < 0.01 * most))
        return 0;
    say_when(s, f);
    say(f->evidence, "G's gradient is %.2g, it was %.2g; D is sure of %.0f %% of all samples", g,
        most, 100 * sign_median(s, "d_saturation", PART_LAST));
    advise_weaker_d(s, f);
    return 0.92;
}
