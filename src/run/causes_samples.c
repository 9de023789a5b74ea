/* Causes that are seen in the samples, and in the course of a run. */
#include "causes.h"

#include <math.h>

/* ---- what there is to learn, and from what -------------------------------------------------------------- */

double same_data(const Signs *s, Finding *f)
{
    const double most = sign_quantile(s, "data_spread", PART_ALL, 1);
    if (!(most < 1e-6)) /* of equal samples: rounding alone, 1e-16; MNIST: 0.5 */
        return 0;
    say(f->evidence, "the samples of every batch that was looked at are equal (data_spread %g)",
        most);
    say(f->advice, "look at what `data` names: it holds one sample many times");
    return 1;
}

double no_noise(const Signs *s, Finding *f)
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

static double spread_lost(const Signs *s, Finding *f)
{
    const double now = sign_median(s, "sample_spread", PART_LAST), least = 0.25;
    if (!(now < least))
        return 0;
    say_when(s, f);
    say(f->evidence, "samples vary %.2g times as much as the data", now);
    return 0.6 + 0.3 * (least - now) / least;
}

/* KL log 2: as if half of the modes, evenly, were all. */
static double modes_lost(const Signs *s, Finding *f, const char *column, const char *what)
{
    const double kl = sign_median(s, column, PART_LAST);
    if (!(kl > log(2)))
        return 0;
    if (!*f->evidence)
        say_when(s, f);
    else
        say(f->evidence, "; ");
    say(f->evidence, "%s are as uneven as if only one in %.2g were left (%s %.2g)", what, exp(kl),
        column, kl);
    return fmin(0.6 + 0.2 * (kl - log(2)), 0.9);
}

double mode_collapse(const Signs *s, Finding *f)
{
    double severity = spread_lost(s, f);
    severity = fmax(severity, modes_lost(s, f, "reverse_kl", "modes"));
    severity = fmax(severity, modes_lost(s, f, "class_kl", "classes"));
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

double memorisation(const Signs *s, Finding *f)
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

double oscillation(const Signs *s, Finding *f)
{
    const double low = sign_won(s, PART_LAST, 0.2), high = sign_won(s, PART_LAST, 0.8);
    const double swing = high - low, wide = 0.35;
    if (!(swing > wide))
        return 0;
    say_when(s, f);
    say(f->evidence, "D's loss swings between %.3g and %.3g",
        sign_quantile(s, "d_loss", PART_LAST, 0.2), sign_quantile(s, "d_loss", PART_LAST, 0.8));
    advise_penalty(s, f);
    advise_rates(s, f, 0.5);
    if (s->c->gan.generator.ema == 0)
        advise(f, "generator.ema=0.999");
    return fmin(0.3 + 0.2 * (swing - wide), 0.5);
}

/* Scores in the order of trust. */
static const struct {
    const char *column;
    bool higher;   /* is better        */
    double enough; /* nothing to gain  */
} scores[] = {
    { "fcd", false, 0 },
    { "kid", false, 0 },
    { "high_quality", true, 0.9 },
    { "kl", false, 0.05 },
};

double plateau(const Signs *s, Finding *f)
{
    (void)s, (void)f, (void)scores;
    return 0;
}
