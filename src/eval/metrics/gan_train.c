/* Accuracy on real test images of a classifier trained on the samples and their requested classes
 * alone. It falls for images of a wrong class and for classes without variety.
 * [1] Ravuri and Vinyals 2019, "Classification Accuracy Score for Conditional Generative Models",
 *     §3; GAN-train in Shmelkov et al. 2018, "How good is my GAN?", §3. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "eval/numerics.h"
#include "gantrain/eval/classifier.h"

typedef struct Work {
    const MetricInput *in;
    Dataset fake, real; /* the sets, pixels as bytes */
} Work;

static void plan_dataset(Dataset *d, const ImageSet *set, const MetricInput *in, Arena *a)
{
    const size_t n = (size_t)set->n;
    *d = (Dataset){ .kind = (const DatasetKind *)registry_find(&datasets, "idx"),
                    .shape = in->shape,
                    .count = set->n,
                    .stored = set->n,
                    .bytes = n * (size_t)shape_size(in->shape),
                    .range = in->range };
    d->images = arena_take(a, d->bytes);
    d->labels = arena_take(a, n);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    plan_dataset(&w->fake, &w->in->fake, w->in, a);
    plan_dataset(&w->real, &w->in->real, w->in, a);
}

static void copy(const ImageSet *set, const Dataset *d)
{
    pixels_to_bytes(d->range, set->pixels, d->images);
    memcpy(d->labels, set->labels, (size_t)set->n);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .in = in };
    Classifier c = { 0 };
    TRY(arena_build(scratch, plan, &w, e));
    copy(&in->fake, &w.fake);
    copy(&in->real, &w.real);
    const Status s = classifier_fit(&c, &w.fake, &w.real, e);
    out[0] = proportion(c.accuracy * in->real.n, in->real.n);
    classifier_close(&c);
    return s;
}

const Metric metric_gan_train = {
    .is = { "gan_train", "accuracy on real images of a classifier trained on labelled samples",
            "Ravuri and Vinyals 2019, §3", NULL, 0 },
    .value = { "gan_train" },
    .about = { "accuracy on test images of a classifier trained on the samples alone" },
    .better = { HIGHER },
    .needs = "the labels of the samples (--labels) and labelled data",
    .inputs = INPUT_PIXELS | INPUT_LABELS | INPUT_REAL_LABELS,
    .min_samples = 1,
    .measure = measure,
};
