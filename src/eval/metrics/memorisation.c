/* Whether a generator repeats its training images. d(x) is the Euclidean distance, in pixels, from x to the
 * nearest training image; what d is for images that are new but real, test images say.
 *
 *   nearest_ratio  mean d(sample) / mean d(test)                        1: as new images; 0: copies
 *   copying        P( d(sample) < d(test) ), ties half                  ½: as new images; 1: copies
 *   copies         share of samples with d(sample) < min d(test)        0, but for copies
 *
 * All training images are looked at, for up to 2000 samples and test images, evenly picked: a copy among a
 * hundred samples is not missed, and five times fewer distances take as much less time. Smooth images lie
 * nearer to everything than sharp ones: a generator that blurs has a copying above ½ without copying, but
 * no copies.
 * [1] Meehan, Chaudhuri and Dasgupta 2020, "A Non-Parametric Test to Detect Data-Copying in Generative
 *     Models", §3: `copying` is their Mann-Whitney U over the number of pairs. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/sort.h"
#include "eval/distances.h"
#include "eval/moments.h"

enum { LOOKED_AT = 2000 };
enum { NEAREST_RATIO, COPYING, COPIES };

/* Some images of a set and how far they are from the training images. */
typedef struct Picked {
    int n;
    Mat pixels; /* [n,X]              */
    real *d2;   /* [n] squared        */
    double *d;  /* [n]                */
} Picked;

typedef struct Work {
    int X;
    double *centre; /* [X] */
    Picked fake, real;
} Work;

static void plan_picked(Picked *p, int X, Arena *a)
{
    p->pixels = mat_take(a, p->n, X);
    p->d2 = arena_take(a, (size_t)p->n * sizeof *p->d2);
    p->d = arena_take(a, (size_t)p->n * sizeof *p->d);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->centre = arena_take(a, (size_t)w->X * sizeof *w->centre);
    plan_picked(&w->fake, w->X, a);
    plan_picked(&w->real, w->X, a);
}

static Status look(Picked *p, View from, View train, const double *centre, Error *e)
{
    for (int i = 0; i < p->n; i++) {
        const int row = (int)((int64_t)from.rows * i / p->n);
        memcpy(mat_rows(p->pixels, i, 1).at, view_rows(from, row, 1).at,
               (size_t)from.cols * sizeof(real));
    }
    TRY(nearest_distances(view(p->pixels), train, centre, false, 1, p->d2, e));
    for (int i = 0; i < p->n; i++)
        p->d[i] = sqrt((double)p->d2[i]);
    sort_ascending(p->d, (size_t)p->n);
    return GT_OK;
}

/* r = a/b, to first order. */
static MetricValue ratio(Mean a, Mean b)
{
    const double r = a.value / b.value, ea = a.error / a.value, eb = b.error / b.value;
    return (MetricValue){ r, a.value > 0 ? r * sqrt(ea * ea + eb * eb) : a.error / b.value };
}

/* P(x < y) + ½ P(x = y) of two ascending lists. The error is of equal distributions, whatever ties. */
static MetricValue below(const Picked *x, const Picked *y)
{
    const double n = x->n, m = y->n;
    double pairs = 0;
    int less = 0, equal = 0; /* of x: below y[j], not above y[j] */
    for (int j = 0; j < y->n; j++) {
        while (less < x->n && x->d[less] < y->d[j])
            less++;
        while (equal < x->n && x->d[equal] <= y->d[j])
            equal++;
        pairs += less + 0.5 * (equal - less);
    }
    return (MetricValue){ pairs / (n * m), sqrt((n + m + 1) / (12 * n * m)) };
}

static MetricValue copies(const Picked *x, const Picked *y)
{
    int n = 0;
    while (n < x->n && x->d[n] < y->d[0])
        n++;
    const Mean m = share_of(n, x->n);
    return (MetricValue){ m.value, m.error };
}

static Status compare(Work *w, const MetricInput *in, MetricValue *out, Error *e)
{
    moments_mean(in->real.pixels, w->centre);
    TRY(look(&w->real, in->real.pixels, in->train.pixels, w->centre, e));
    TRY(look(&w->fake, in->fake.pixels, in->train.pixels, w->centre, e));
    out[NEAREST_RATIO] = ratio(mean_of(w->fake.n, w->fake.d), mean_of(w->real.n, w->real.d));
    out[COPYING] = below(&w->fake, &w->real);
    out[COPIES] = copies(&w->fake, &w->real);
    return GT_OK;
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .X = in->real.pixels.cols };
    Arena arena = { 0 };
    w.fake.n = in->fake.n < LOOKED_AT ? in->fake.n : LOOKED_AT;
    w.real.n = in->real.n < LOOKED_AT ? in->real.n : LOOKED_AT;
    TRY(arena_build(&arena, plan, &w, e));
    const Status s = compare(&w, in, out, e);
    arena_close(&arena);
    return s;
}

static bool possible(const MetricInput *in)
{
    return in->fake.pixels.at && in->real.pixels.at && in->train.pixels.at && in->fake.n > 0 &&
           in->real.n > 0 && in->train.n > 0;
}

const Metric metric_memorisation = {
    .is = { "memorisation",
            "how near samples are to their nearest training image, beside test images",
            "Meehan et al. 2020, §3", NULL, 0 },
    .value = { "nearest_ratio", "copying", "copies" },
    .about = { "mean distance to the nearest training image over that of test images",
               "how often a sample is nearer to the training images than a test image is",
               "share of samples nearer to a training image than any test image is" },
    .better = { NEITHER, NEITHER, LOWER },
    .needs = "training and test images",
    .possible = possible,
    .measure = measure,
};
