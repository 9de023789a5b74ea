/* Phrases of evidence and advice. */
#include "causes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void append(char text[FINDING_TEXT], const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, FINDING_TEXT - used, format, args);
    va_end(args);
}

void append_steps(const Symptoms *s, Finding *f)
{
    append(f->evidence, "steps %.0f to %.0f: ", symptom_tail_step(s), symptom_last_step(s));
}

void append_ema(const Symptoms *s, Finding *f)
{
    append(f->evidence,
           "samples come from a moving average of weights over about %.0f steps, %.0f steps done",
           symptom_ema_lag(s) * symptom_last_step(s), symptom_last_step(s));
}

void advise(Finding *f, const char *format, ...)
{
    char suggestion[FINDING_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(suggestion, sizeof suggestion, format, args);
    va_end(args);
    append(f->advice, "%s%s", *f->advice ? ", " : "try ", suggestion);
}

static double lr_of(const Spec *optimizer)
{
    return ((const OptimCommon *)optimizer->options)->lr;
}

double lr_g(const Symptoms *s)
{
    return lr_of(&s->c->gan.optimizer.generator);
}

double lr_d(const Symptoms *s)
{
    return lr_of(&s->c->gan.optimizer.discriminator);
}

void advise_lr_g(const Symptoms *s, Finding *f, double lr)
{
    advise(f, "optimizer.generator.lr=%.2g (now %g)", lr, lr_g(s));
}

void advise_lr_d(const Symptoms *s, Finding *f, double lr)
{
    advise(f, "optimizer.discriminator.lr=%.2g (now %g)", lr, lr_d(s));
}

void advise_lr_factor(const Symptoms *s, Finding *f, double factor)
{
    const double g = lr_g(s), d = lr_d(s);
    if (d <= 5 * g)
        advise_lr_g(s, f, g * factor);
    if (g <= 5 * d)
        advise_lr_d(s, f, d * factor);
}

void advise_penalty(const Symptoms *s, Finding *f)
{
    const Spec *penalty = &s->c->gan.penalty;
    if (!penalty_every(penalty) && penalty_clip_limit(penalty) == 0)
        advise(f, "penalty.kind=r1 penalty.gamma=2 (now none)");
}

void advise_ema(const Symptoms *s, Finding *f)
{
    double horizon = 10;
    while (10 * horizon <= symptom_last_step(s) / 10)
        horizon *= 10;
    advise(f, "generator.ema=%g (now %g), or more steps", 1 - 1 / horizon, s->c->gan.generator.ema);
}
