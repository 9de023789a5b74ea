/* How often the classifier predicts the class that a sample was generated for.
 * [1] GAN-test in Shmelkov et al. 2018, "How good is my GAN?", §3. */
#include "gantrain/eval/metric.h"

#include "eval/numerics.h"

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    int agree = 0;
    (void)scratch, (void)e;
    for (int i = 0; i < in->fake.n; i++)
        agree += argmax(view_rows(in->fake.probabilities, i, 1)) == in->fake.labels[i];
    out[0] = proportion(agree, in->fake.n);
    return GT_OK;
}

const Metric metric_label_agreement = {
    .is = { "label_agreement", "whether samples belong to the requested class",
            "Shmelkov et al. 2018, §3", NULL, 0 },
    .value = { "label_agreement" },
    .about = { "proportion of samples that the classifier assigns to the requested class" },
    .better = { HIGHER },
    .while_training = true,
    .needs = "the labels of the samples (--labels) and a classifier, so labelled data",
    .inputs = INPUT_PROBABILITIES | INPUT_LABELS,
    .min_samples = 1,
    .measure = measure,
};
