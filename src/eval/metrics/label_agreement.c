/* How often the classifier sees in a sample the class that it was asked for.
 * [1] Ravuri and Vinyals 2019 call it GAN-test, after Shmelkov et al. 2018, "How good is my GAN?", §3. */
#include "gantrain/eval/metric.h"

#include "eval/moments.h"

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    int agree = 0;
    (void)e;
    for (int i = 0; i < in->fake.n; i++)
        agree += predicted_class(&in->fake, i) == in->fake.labels[i];
    const Mean m = share_of(agree, in->fake.n);
    out[0] = (MetricValue){ m.value, m.error };
    return GT_OK;
}

static bool possible(const MetricInput *in)
{
    return in->fake.probabilities.at && in->fake.labels && in->fake.n > 0;
}

const Metric metric_label_agreement = {
    .is = { "label_agreement", "whether samples are of the class that they were asked for",
            "Shmelkov et al. 2018, §3", NULL, 0 },
    .value = { "label_agreement" },
    .about = { "share of samples in which the classifier sees the class asked for" },
    .better = { HIGHER },
    .needs = "the labels of the samples (--labels) and a classifier, so labelled data",
    .possible = possible,
    .measure = measure,
};
