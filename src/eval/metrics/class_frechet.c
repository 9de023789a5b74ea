/* The Fréchet distance of each class alone, as a mean over the classes: it also rises for samples
 * of a wrong class, which the distance of all samples together does not see. Classes with fewer
 * than two samples or real images are left out.
 * [1] Benny et al. 2021, "Evaluation Metrics for Conditional Image Generation", §3.2 (within-class
 *     FID). */
#include "gantrain/eval/metric.h"

#include "eval/numerics.h"
#include "gantrain/data/dataset.h"
#include "gantrain/math/blas.h"

typedef struct Class {
    const MetricInput *in;
    int k, n_real, n_fake;
    Mat real, fake; /* features of this class [n_real,F], [n_fake,F] */
} Class;

static void plan(Arena *a, void *plan_me)
{
    Class *c = plan_me;
    c->real = mat_take(a, c->n_real, c->in->real.features.cols);
    c->fake = mat_take(a, c->n_fake, c->in->fake.features.cols);
}

static Status measure_class(const MetricInput *in, Class *c, double *distance, Error *e)
{
    Arena rows = { 0 }, scratch = { 0 };
    TRY(arena_build(&rows, plan, c, e));
    class_rows(in->real.features, in->real.labels, c->k, c->real);
    class_rows(in->fake.features, in->fake.labels, c->k, c->fake);
    const Status s = frechet_distance(view(c->real), view(c->fake), &scratch, distance, e);
    arena_close(&scratch);
    arena_close(&rows);
    return s;
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    double sum = 0;
    int classes = 0;
    (void)scratch;
    for (int k = 0; k <= LABEL_MAX; k++) {
        Class c = { in,
                    k,
                    class_count(in->real.labels, in->real.n, k),
                    class_count(in->fake.labels, in->fake.n, k),
                    { 0 },
                    { 0 } };
        double distance;
        if (c.n_real < 2 || c.n_fake < 2)
            continue;
        TRY(measure_class(in, &c, &distance, e));
        sum += distance;
        classes++;
    }
    if (classes > 0)
        out[0].value = sum / classes;
    return GT_OK;
}

static Status prepare(Error *e)
{
    return blas_load(1, e);
}

const Metric metric_class_frechet = {
    .is = { "class_frechet", "Fréchet distance within each class", "Benny et al. 2021, §3.2", NULL,
            0 },
    .value = { "class_frechet" },
    .about = { "mean over the classes of the Fréchet distance of samples asked to be of a class" },
    .better = { LOWER },
    .needs = "the labels of the samples (--labels, or a conditional model) and a classifier",
    .inputs = INPUT_FEATURES | INPUT_LABELS | INPUT_REAL_LABELS,
    .min_samples = 4,
    .prepare = prepare,
    .measure = measure,
};
