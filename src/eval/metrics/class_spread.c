/* How much the samples of a class differ: the mean distance of two of them in pixels, over that of
 * two real images of the class, as a mean over the classes. 0: one image per class. */
#include "gantrain/eval/metric.h"

#include <math.h>

#include "eval/numerics.h"
#include "gantrain/data/dataset.h"

typedef struct Spread {
    int n, X;
    Mat x;          /* images of one class [n,X]     */
    double *centre; /* [X]                           */
    double *sum;    /* distances from each row [n]   */
} Spread;

static void plan(Arena *a, void *plan_me)
{
    Spread *s = plan_me;
    s->x = mat_take(a, s->n, s->X);
    s->centre = arena_take(a, (size_t)s->X * sizeof *s->centre);
    s->sum = arena_take(a, (size_t)s->n * sizeof *s->sum);
}

static void add_distances(void *args, int i, int first, int n, const real *d2)
{
    const Spread *s = args;
    (void)first;
    for (int j = 0; j < n; j++)
        s->sum[i] += sqrt((double)d2[j]);
}

/* The mean distance of two images of class k. */
static Status mean_distance(const ImageSet *set, int k, int n, double *mean, Error *e)
{
    Arena a = { 0 };
    Spread s = { .n = n, .X = set->pixels.cols };
    *mean = 0;
    TRY(arena_build(&a, plan, &s, e));
    class_rows(set->pixels, set->labels, k, s.x);
    moments_mean(view(s.x), s.centre);
    for (int i = 0; i < n; i++)
        s.sum[i] = 0;
    const Status status = distances_visit(view(s.x), view(s.x), s.centre, add_distances, &s, e);
    for (int i = 0; i < n; i++)
        *mean += s.sum[i] / n / (n - 1);
    arena_close(&a);
    return status;
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    double sum = 0;
    int classes = 0;
    (void)scratch;
    for (int k = 0; k <= LABEL_MAX; k++) {
        const int n_real = class_count(in->real.labels, in->real.n, k);
        const int n_fake = class_count(in->fake.labels, in->fake.n, k);
        double of_real, of_fake;
        if (n_real < 2 || n_fake < 2)
            continue;
        TRY(mean_distance(&in->real, k, n_real, &of_real, e));
        TRY(mean_distance(&in->fake, k, n_fake, &of_fake, e));
        if (of_real > 0) {
            sum += of_fake / of_real;
            classes++;
        }
    }
    if (classes > 0)
        out[0].value = sum / classes;
    return GT_OK;
}

const Metric metric_class_spread = {
    .is = { "class_spread", "how much the samples of a class differ", "-", NULL, 0 },
    .value = { "class_spread" },
    .about = { "mean distance of two samples of a class, over that of two real images of it" },
    .better = { NEITHER },
    .needs = "the labels of the samples (--labels, or a conditional model) and labelled data",
    .inputs = INPUT_PIXELS | INPUT_LABELS | INPUT_REAL_LABELS,
    .min_samples = 4,
    .measure = measure,
};
