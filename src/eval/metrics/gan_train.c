/* What can be learnt from the samples: the accuracy on real test images of a classifier that was trained on
 * the samples and the classes they were asked for, and on nothing else. It sees both kinds of failure:
 * images that are not of their class, and classes that lack variety.
 * [1] Ravuri and Vinyals 2019, "Classification Accuracy Score for Conditional Generative Models", §3;
 *     "GAN-train" is the name in Shmelkov et al. 2018, "How good is my GAN?", §3. */
#include "gantrain/eval/metric.h"

#include "gantrain/eval/classifier.h"
#include "eval/moments.h"

typedef struct Work {
    const MetricInput *in;
    uint8_t *fake, *real; /* [n,X] images as bytes */
    uint8_t *fake_labels, *real_labels;
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    const size_t X = (size_t)shape_size(w->in->shape);
    w->fake = arena_take(a, (size_t)w->in->fake.n * X);
    w->real = arena_take(a, (size_t)w->in->real.n * X);
    w->fake_labels = arena_take(a, (size_t)w->in->fake.n);
    w->real_labels = arena_take(a, (size_t)w->in->real.n);
}

/* A set as a data set. */
static Dataset dataset_of(const Work *w, const ImageSet *j, uint8_t *images, uint8_t *labels)
{
    pixels_to_bytes(w->in->range, j->pixels, images);
    for (int i = 0; i < j->n; i++)
        labels[i] = j->labels[i];
    return (Dataset){ .kind = (const DatasetKind *)registry_find(&datasets, "idx"),
                      .shape = w->in->shape,
                      .count = j->n,
                      .stored = j->n,
                      .images = images,
                      .bytes = (size_t)j->n * (size_t)shape_size(w->in->shape),
                      .labels = labels,
                      .range = w->in->range };
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .in = in };
    Arena arena = { 0 };
    Classifier c = { 0 };
    TRY(arena_build(&arena, plan, &w, e));
    const Dataset fake = dataset_of(&w, &in->fake, w.fake, w.fake_labels);
    const Dataset test = dataset_of(&w, &in->real, w.real, w.real_labels);
    const Status s = classifier_fit(&c, &fake, &test, e);
    const Mean m = share_of(c.accuracy * in->real.n, in->real.n);
    out[0] = (MetricValue){ m.value, m.error };
    classifier_close(&c);
    arena_close(&arena);
    return s;
}

static bool possible(const MetricInput *in)
{
    return in->fake.n > 0 && in->fake.pixels.at && in->fake.labels && in->real.pixels.at &&
           in->real.labels && in->range;
}

const Metric metric_gan_train = {
    .is = { "gan_train",
            "accuracy on real images of a classifier that learnt from labelled samples",
            "Ravuri and Vinyals 2019, §3", NULL, 0 },
    .value = { "gan_train" },
    .about = { "accuracy on test images of a classifier trained on the samples alone" },
    .better = { HIGHER },
    .needs = "the labels of the samples (--labels) and labelled data",
    .possible = possible,
    .measure = measure,
};
