/* Which classes the classifier sees in the samples: KL( q ‖ p ) in nats of their shares q to the shares p
 * of the labels of the real images, and how many classes there are at all.
 *
 * With n samples of the data themselves the first is about (C - 1) / 2n, not 0. Its error is that of
 * Σ q log(q/p) for q from n samples, to first order. A class that no real image has is left out.
 * [1] Srivastava et al. 2017 (VEEGAN), §4, which counts modes and takes the KL of a classifier's labels. */
#include "gantrain/eval/metric.h"

enum { CLASSES = 256 }; /* a label is a byte */

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    const int n = in->fake.n;
    double q[CLASSES] = { 0 }, p[CLASSES] = { 0 }, kl = 0, square = 0;
    int classes = 0;
    (void)e;
    for (int i = 0; i < n; i++)
        q[predicted_class(&in->fake, i)] += 1.0 / n;
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

static bool possible(const MetricInput *in)
{
    return in->fake.n > 0 && in->fake.probabilities.at && in->fake.probabilities.cols <= CLASSES &&
           in->real.labels;
}

const Metric metric_class_histogram = {
    .is = { "class_histogram", "which classes the classifier sees in the samples",
            "Srivastava et al. 2017, §4", NULL, 0 },
    .value = { "class_kl", "classes" },
    .about = { "KL of the classes of samples to those of real images, in nats",
               "classes that are seen at all" },
    .better = { LOWER, HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data",
    .possible = possible,
    .measure = measure,
};
