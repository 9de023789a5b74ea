/* The table of causes, their tests, and the phrases of their findings. For src/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_CAUSES_H
#define GANTRAIN_SRC_DIAGNOSIS_CAUSES_H

#include "symptoms.h"

/* Every cause, in the order of the tests. The last two are reported where no other applies. */
#define CAUSE_ROSTER(X)                                                                            \
    X(same_data)                                                                                   \
    X(not_finite)                                                                                  \
    X(no_noise)                                                                                    \
    X(rate_too_high)                                                                               \
    X(d_too_weak)                                                                                  \
    X(g_frozen)                                                                                    \
    X(vanishing_gradient)                                                                          \
    X(d_too_strong)                                                                                \
    X(mode_collapse)                                                                               \
    X(memorisation)                                                                                \
    X(oscillation)                                                                                 \
    X(plateau)                                                                                     \
    X(average_lags)                                                                                \
    X(too_early)                                                                                   \
    X(healthy)

/* CAUSE_x is the row of x in the table; bit CAUSE_x of `hides` stands for it. */
enum {
#define X(name) CAUSE_##name,
    CAUSE_ROSTER(X)
#undef X
        CAUSES
};

extern const Cause cause_table[CAUSES];

/* The tests return the severity of their cause, 0 where it does not apply, and fill in evidence and
 * advice where it does. */
#define X(name) double name(const Symptoms *s, Finding *f);
CAUSE_ROSTER(X)
#undef X

/* ---- phrases (findings.c) -------------------------------------------------------------------- */

/* Truncates what does not fit. */
void append(char text[FINDING_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "steps 200 to 300: ", the steps of the last part, before the numbers measured there. */
void append_steps(const Symptoms *s, Finding *f);

/* "samples come from a moving average of weights over about 1000 steps, ..." */
void append_ema(const Symptoms *s, Finding *f);

/* Adds one suggestion to the advice: "try A, B". */
void advise(Finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The learning rates of the config, and other ones. */
double lr_g(const Symptoms *s);
double lr_d(const Symptoms *s);
void advise_lr_g(const Symptoms *s, Finding *f, double lr);
void advise_lr_d(const Symptoms *s, Finding *f, double lr);

/* Both rates times a factor; only the larger one where it is more than five times the other. */
void advise_lr_factor(const Symptoms *s, Finding *f, double factor);

/* R1, where the config has neither a gradient penalty nor weight clipping. */
void advise_penalty(const Symptoms *s, Finding *f);

/* A moving average whose horizon is at most a tenth of the steps done, but more than 10. */
void advise_ema(const Symptoms *s, Finding *f);

#endif
