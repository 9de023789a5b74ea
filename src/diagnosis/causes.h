/* The table of causes and their tests. For src/diagnosis/ alone. */
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

#endif
