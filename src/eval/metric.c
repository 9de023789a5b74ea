/* The registry of metrics. */
#include "gantrain/eval/metric.h"

#include <math.h>
#include <string.h>

#include "gantrain/base/numbers.h"

extern const Metric metric_inception_score, metric_frechet, metric_kernel_distance,
    metric_precision_recall, metric_class_histogram, metric_memorisation, metric_parzen,
    metric_label_agreement, metric_class_frechet, metric_class_spread, metric_gan_train, metric_swd,
    metric_ms_ssim;

/* In the order of measuring and printing. */
static const Entry *const all[] = {
    &metric_inception_score.is, &metric_frechet.is,
    &metric_kernel_distance.is, &metric_precision_recall.is,
    &metric_class_histogram.is, &metric_memorisation.is,
    &metric_parzen.is,          &metric_swd.is,
    &metric_ms_ssim.is,         &metric_label_agreement.is,
    &metric_class_frechet.is,   &metric_class_spread.is,
    &metric_gan_train.is,       NULL,
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

int metric_values(const Metric *m, Shape shape)
{
    int n = 0;
    while (n < METRIC_VALUES && m->value[n])
        n++;
    return m->values ? int_min(n, m->values(shape)) : n;
}

static unsigned available(const MetricInput *in)
{
    return (in->fake.features.at && in->real.features.at ? INPUT_FEATURES : 0U) |
           (in->fake.probabilities.at ? INPUT_PROBABILITIES : 0U) |
           (in->fake.pixels.at && in->real.pixels.at ? INPUT_PIXELS : 0U) |
           (in->train.n > 0 ? INPUT_TRAIN_PIXELS : 0U) | (in->fake.labels ? INPUT_LABELS : 0U) |
           (in->real.labels ? INPUT_REAL_LABELS : 0U);
}

bool metric_possible(const Metric *m, const MetricInput *in)
{
    const bool compares = m->inputs & (INPUT_FEATURES | INPUT_PIXELS);
    return (m->inputs & ~available(in)) == 0 && in->fake.n >= m->min_samples &&
           (!compares || in->real.n >= m->min_samples);
}

Status metric_measure(const Metric *m, const MetricInput *in, MetricValue *out, Error *e)
{
    for (int i = 0; i < METRIC_VALUES; i++)
        out[i] = (MetricValue){ (double)NAN, (double)NAN };
    if (m->prepare)
        TRY(m->prepare(e));
    Arena scratch = { 0 };
    const Status s = m->measure(in, &scratch, out, e);
    arena_close(&scratch);
    return s;
}
