/* Trials: a reader runs with every call of a kind failing in turn (support/io_faults.h), once
 * with that call alone failing, once with all after it as well. The address sanitizer also
 * detects leaks then. */
#ifndef GANTRAIN_TESTS_FAULTS_H
#define GANTRAIN_TESTS_FAULTS_H

#include "support/io_faults.h"

/* Acts and cleans up; fails with one line of `e`, or succeeds. */
typedef Status (*Trial)(void *me, Error *e);

static inline Status fault_try(Fault how, Trial trial, void *me, Error *e)
{
    memset(e, 0, sizeof *e);
    fault_arm(how);
    const Status s = trial(me, e);
    (void)fault_disarm();
    return s;
}

/* The number of these calls in a successful trial. */
static inline long fault_count(const char *call, Trial trial, void *me)
{
    static Error e;
    const Status s = fault_try((Fault){ .call = call }, trial, me, &e);
    if (s != GT_OK)
        fail_msg("without a fault: %s", e.text[0]);
    return faults.seen;
}

/* Each of these calls fails in turn with `error`, and the trial must fail with status
 * `expected`. */
static inline void fail_each(const char *call, int error, Status expected, Trial trial, void *me)
{
    static Error e;
    const long calls = fault_count(call, trial, me);
    assert_true(calls > 0);
    for (long n = 1; n <= calls; n++)
        for (int on = 0; on <= 1; on++) {
            const Status s = fault_try((Fault){ call, error, on, n }, trial, me, &e);
            if (s != expected || e.lines != 1 || e.code != expected)
                fail_msg("%s %ld of %ld: status %d, \"%s\"", call, n, calls, (int)s, e.text[0]);
        }
}

/* Each of these calls fails in turn in a way that the trial must survive. */
static inline void bend_each(const char *call, int error, Trial trial, void *me)
{
    static Error e;
    const long calls = fault_count(call, trial, me);
    assert_true(calls > 0);
    for (long n = 1; n <= calls; n++)
        if (fault_try((Fault){ call, error, false, n }, trial, me, &e) != GT_OK)
            fail_msg("%s %ld of %ld: \"%s\"", call, n, calls, e.text[0]);
}

#endif
