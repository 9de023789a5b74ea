/* The registry of metrics, made from the roster. */
#include "gantrain/eval/metric.h"

#include <math.h>
#include <string.h>

#include "cross_entropy.h"
#include "eval/metrics/metric_roster.h"

#define X(name) extern const Metric metric_##name;
METRIC_ROSTER(X)
#undef X

static const Entry *const all[] = {
#define X(name) &metric_##name.is,
    METRIC_ROSTER(X)
#undef X
        NULL
};

const Registry metrics = { "metrics", "metric", all };

const Metric *metric_of_value(const char *value, int *which)
{
    for (const Entry *const *is = all; *is; is++) {
        const Metric *m = (const Metric *)*is;
        for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
            if (strcmp(m->value[i], value) == 0) {
                *which = i;
                return m;
            }
    }
    return NULL;
}

const char *direction_name(Direction better)
{
    static const char *const name[] = { "lower", "as real", "higher" };
    return name[better - LOWER];
}

int predicted_class(const ImageSet *j, int i)
{
    return largest(view_rows(j->probabilities, i, 1));
}

Status metric_measure(const Metric *m, const MetricInput *in, MetricValue *out, Error *e)
{
    for (int i = 0; i < METRIC_VALUES; i++)
        out[i] = (MetricValue){ (double)NAN, (double)NAN };
    if (m->prepare)
        TRY(m->prepare(e));
    return m->measure(in, out, e);
}
