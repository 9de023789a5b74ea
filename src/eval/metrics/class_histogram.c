/* The distribution of predicted classes: KL( q ‖ p ) in nats of the classifier's predictions q for
 * the samples from the labels p of the real images, and the number of classes predicted at all.
 *
 * For n samples of the data themselves class_kl is about (C - 1) / 2n, not 0. Its error is that of
 * Σ q log(q/p) for q from n samples, to first order. Classes without a real image do not count.
 * [1] Srivastava et al. 2017 (VEEGAN), §4, for the modes of stacked MNIST. */
#include "gantrain/eval/metric.h"

#include "eval/numerics.h"

enum { CLASSES = 256 }; /* a label is a byte */

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const int n = in->fake.n;
    double q[CLASSES] = { 0 }, p[CLASSES] = { 0 }, kl = 0, square = 0;
    int classes = 0;
    (void)scratch, (void)e;
    for (int i = 0; i < n; i++)
        q[argmax(view_rows(in->fake.probabilities, i, 1))] += 1.0 / n;
    for (int i = 0; i < in->real.n; i++)
        p[in->real.labels[i]] += 1.0 / in->real.n;
    for (int c = 0; c < CLASSES; c++) {
        classes += q[c] > 0;
        if (!(q[c] > 0 && p[c] > 0))
            continue;
        const double l = log(q[c] / p[c]);
        kl += q[c] * l;
        square += q[c] * l * l;
    }
    out[0] = (MetricValue){ kl, sqrt(fmax(0, square - kl * kl) / n) };
    out[1].value = classes;
    return GT_OK;
}

const Metric metric_class_histogram = {
    .is = { "class_histogram", "distribution of the classes predicted for samples",
            "Srivastava et al. 2017, §4", NULL, 0 },
    .value = { "class_kl", "classes" },
    .about = { "KL divergence of predicted classes of samples from labels of real images, in nats",
               "number of classes predicted at least once" },
    .better = { LOWER, HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data",
    .inputs = INPUT_PROBABILITIES | INPUT_REAL_LABELS,
    .min_samples = 1,
    .measure = measure,
};
