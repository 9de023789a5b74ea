/* Memorisation of training images. d(x) is the Euclidean distance in pixels from x to the nearest
 * training image; test images give the reference for new real images.
 *
 *   nearest_ratio  mean d(sample) / mean d(test)                     1: like new images; 0: copies
 *   copying        P( d(sample) < d(test) ), ties count half         ½: like new images; 1: copies
 *   copies         proportion of samples, d(sample) < min d(test)    0 without copies
 *
 * At most 2000 samples and test images, evenly spaced, are compared with all training images:
 * enough to find one copy in a hundred samples, in a fifth of the time of 10000. Smooth images are
 * nearer to everything than sharp ones: a generator that blurs has copying above ½, but no copies.
 * [1] Meehan, Chaudhuri and Dasgupta 2020, "A Non-Parametric Test to Detect Data-Copying", §3:
 *     `copying` is their Mann-Whitney U over the number of pairs. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/numbers.h"
#include "eval/numerics.h"

enum { COMPARED = 2000 };
enum { NEAREST_RATIO, COPYING, COPIES };

/* A subset of images with their distances to the nearest training image. */
typedef struct Subset {
    int n;
    Mat pixels; /* [n,X]         */
    real *d2;   /* [n] squared   */
    double *d;  /* [n] ascending */
} Subset;

typedef struct Work {
    int X;
    double *centre; /* [X] */
    Subset fake, real;
} Work;

static void plan_subset(Subset *p, int X, Arena *a)
{
    p->pixels = mat_take(a, p->n, X);
    p->d2 = arena_take(a, (size_t)p->n * sizeof *p->d2);
    p->d = arena_take(a, (size_t)p->n * sizeof *p->d);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->centre = arena_take(a, (size_t)w->X * sizeof *w->centre);
    plan_subset(&w->fake, w->X, a);
    plan_subset(&w->real, w->X, a);
}

static Status find_distances(Subset *p, View from, const RowSource *train, const double *centre,
                             Error *e)
{
    for (int i = 0; i < p->n; i++) {
        const int row = (int)((int64_t)from.rows * i / p->n);
        memcpy(mat_rows(p->pixels, i, 1).at, view_rows(from, row, 1).at,
               (size_t)from.cols * sizeof(real));
    }
    TRY(nearest_rows(view(p->pixels), train, centre, p->d2, e));
    for (int i = 0; i < p->n; i++)
        p->d[i] = sqrt((double)p->d2[i]);
    sort_ascending(p->d, (size_t)p->n);
    return GT_OK;
}

/* a/b with the error of first order. */
static MetricValue ratio(MetricValue a, MetricValue b)
{
    const double r = a.value / b.value, ea = a.error / a.value, eb = b.error / b.value;
    return (MetricValue){ r, a.value > 0 ? r * sqrt(ea * ea + eb * eb) : a.error / b.value };
}

/* P(x < y) + ½ P(x = y) of ascending lists. The error is that of equal distributions, no ties. */
static MetricValue mann_whitney(const Subset *x, const Subset *y)
{
    const double n = x->n, m = y->n;
    double pairs = 0;
    int less = 0, equal = 0; /* of x: below y[j]; at most y[j] */
    for (int j = 0; j < y->n; j++) {
        while (less < x->n && x->d[less] < y->d[j])
            less++;
        while (equal < x->n && x->d[equal] <= y->d[j])
            equal++;
        pairs += less + 0.5 * (equal - less);
    }
    return (MetricValue){ pairs / (n * m), sqrt((n + m + 1) / (12 * n * m)) };
}

static MetricValue copies(const Subset *x, const Subset *y)
{
    int n = 0;
    while (n < x->n && x->d[n] < y->d[0])
        n++;
    return proportion(n, x->n);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const RowSource *train = &in->train;
    Work w = { .X = train->cols };
    w.fake.n = int_min(in->fake.n, COMPARED);
    w.real.n = int_min(in->real.n, COMPARED);
    TRY(arena_build(scratch, plan, &w, e));
    moments_mean(in->real.pixels, w.centre);
    TRY(find_distances(&w.real, in->real.pixels, train, w.centre, e));
    TRY(find_distances(&w.fake, in->fake.pixels, train, w.centre, e));
    out[NEAREST_RATIO] =
        ratio(mean_with_error(w.fake.n, w.fake.d), mean_with_error(w.real.n, w.real.d));
    out[COPYING] = mann_whitney(&w.fake, &w.real);
    out[COPIES] = copies(&w.fake, &w.real);
    return GT_OK;
}

const Metric metric_memorisation = {
    .is = { "memorisation",
            "distance of samples to their nearest training image, compared with test images",
            "Meehan et al. 2020, §3", NULL, 0 },
    .value = { "nearest_ratio", "copying", "copies" },
    .about = { "mean distance to the nearest training image, divided by that of test images",
               "probability that a sample is nearer to the training images than a test image is",
               "proportion of samples nearer to a training image than any test image is" },
    .better = { NEITHER, NEITHER, LOWER },
    .needs = "training and test images",
    .inputs = INPUT_PIXELS | INPUT_TRAIN_PIXELS,
    .min_samples = 1,
    .measure = measure,
};
