/* The tests of causes, which stand in the table of causes.c, and the words they share. Each returns
 * the severity, 0 where its cause does not hold, and fills in evidence and advice where it does.
 * For src/run/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_CAUSES_H
#define GANTRAIN_SRC_DIAGNOSIS_CAUSES_H

#include "symptoms.h"

/* Bit i of `hides` is row i. */
enum {
    CAUSE_SAME_DATA,
    CAUSE_NOT_FINITE,
    CAUSE_NO_NOISE,
    CAUSE_RATE,
    CAUSE_D_WEAK,
    CAUSE_G_FROZEN,
    CAUSE_VANISHING,
    CAUSE_D_STRONG,
    CAUSE_COLLAPSE,
    CAUSE_MEMORY,
    CAUSE_OSCILLATION,
    CAUSE_PLATEAU,
    CAUSE_LAG,
    CAUSE_EARLY, /* this one and the next are told where no other holds, and have no severity */
    CAUSE_HEALTHY,
    CAUSES
};

extern const Cause cause_table[CAUSES];

double same_data(const Symptoms *s, Finding *f);
double not_finite(const Symptoms *s, Finding *f);
double no_noise(const Symptoms *s, Finding *f);
double rate_too_high(const Symptoms *s, Finding *f);
double d_too_weak(const Symptoms *s, Finding *f);
double g_frozen(const Symptoms *s, Finding *f);
double vanishing_gradient(const Symptoms *s, Finding *f);
double d_too_strong(const Symptoms *s, Finding *f);
double mode_collapse(const Symptoms *s, Finding *f);
double memorisation(const Symptoms *s, Finding *f);
double oscillation(const Symptoms *s, Finding *f);
double plateau(const Symptoms *s, Finding *f);
double average_lags(const Symptoms *s, Finding *f);

/* ---- words ------------------------------------------------------------------------------------------ */

/* Adds to a text; what does not fit is cut off. */
void say(char text[FINDING_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Which steps the numbers that follow are of. */
void say_when(const Symptoms *s, Finding *f);

/* One more thing to try. */
void advise(Finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Another rate for a player. */
void advise_rate_g(const Symptoms *s, Finding *f, double rate);
void advise_rate_d(const Symptoms *s, Finding *f, double rate);

/* Both rates times a factor; only the larger one where it is more than five times the other. */
void advise_rates(const Symptoms *s, Finding *f, double factor);

/* What holds a discriminator back, where nothing does yet. */
void advise_penalty(const Symptoms *s, Finding *f);

/* That samples come from an average that looks back farther than they can bear; and one that does not. */
void say_average(const Symptoms *s, Finding *f);
void advise_average(const Symptoms *s, Finding *f);

/* The rates of the config. */
double rate_g(const Symptoms *s);
double rate_d(const Symptoms *s);

#endif
