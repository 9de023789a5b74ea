/* Metrics in tests. */
#ifndef GANTRAIN_TESTS_METRICS_H
#define GANTRAIN_TESTS_METRICS_H

#include "support/nets.h"

#include "gantrain/eval/metric.h"

static inline void metric_numbers(const Metric *m, const MetricInput *in, MetricValue *out)
{
    Error e = { 0 };
    if (metric_measure(m, in, out, &e) != GT_OK)
        fail_msg("%s: %s", m->is.name, e.text[0]);
}

/* The number called `name`. */
static inline MetricValue metric_number(const char *name, const MetricInput *in)
{
    int which = 0;
    MetricValue out[METRIC_VALUES];
    const Metric *m = metric_of_value(name, &which);
    assert_non_null(m);
    assert_true(m->possible(in));
    metric_numbers(m, in, out);
    return out[which];
}

#endif
