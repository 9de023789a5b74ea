/* The table of causes and their tests. A test returns the severity of its cause, 0 where it does not
 * apply, and fills in evidence and advice where it does. For src/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_CAUSES_H
#define GANTRAIN_SRC_DIAGNOSIS_CAUSES_H

#include "symptoms.h"

/* Rows of the table; bit i of `hides` is row i. */
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
    CAUSE_EARLY, /* this row and the next are reported where no other applies; severity 0 */
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

#endif
