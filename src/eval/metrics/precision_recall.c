/* Precision and recall, density and coverage: balls around the features of a set, each up to the
 * k-th nearest other feature, approximate its manifold.
 *
 *   precision  proportion of samples in a ball of a real image                      k = 3   [1]
 *   recall     proportion of real images in a ball of a sample                      k = 3   [1]
 *   density    mean number of real images' balls that contain a sample, over k      k = 5   [2]
 *   coverage   proportion of real images whose ball contains a sample               k = 5   [2]
 *
 * Balls are closed in [1] (≤) and open in the code of [2] (<): sets with equal images differ.
 * [1] Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative
 *     Models", eq. 1 and 2. [2] Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for
 *     Generative Models", eq. 3 and 4. */
#include "gantrain/eval/metric.h"

#include "eval/numerics.h"

enum { K_MANIFOLD = 3, K_DENSITY = 5, NEIGHBOURS = 5 };
enum { PRECISION, RECALL, DENSITY, COVERAGE };

/* One of the two sets, and what it has in common with the other. */
typedef struct Set {
    View at;      /* [n,F]                                                              */
    real *radius; /* [n,NEIGHBOURS] squared distances to the nearest others, ascending  */
    const struct Set *other;
    bool *inside;  /* [n] in a ball of the other set (k = 3)      */
    int *balls;    /* [n] number of the other set's balls (k = 5) */
    real *nearest; /* [n] squared distance to the other set       */
} Set;

typedef struct Work {
    double *centre; /* [F] */
    Set real, fake;
    double *density; /* [n] of samples */
} Work;

static real radius(const Set *s, int i, int k)
{
    return s->radius[(size_t)i * NEIGHBOURS + (size_t)k - 1];
}

static void plan_set(Set *s, Arena *a)
{
    const size_t n = (size_t)s->at.rows;
    s->radius = arena_take(a, n * NEIGHBOURS * sizeof *s->radius);
    s->inside = arena_take(a, n * sizeof *s->inside);
    s->balls = arena_take(a, n * sizeof *s->balls);
    s->nearest = arena_take(a, n * sizeof *s->nearest);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->centre = arena_take(a, (size_t)w->real.at.cols * sizeof *w->centre);
    w->density = arena_take(a, (size_t)w->fake.at.rows * sizeof *w->density);
    plan_set(&w->real, a);
    plan_set(&w->fake, a);
}

static void visit(void *args, int i, int first, int n, const real *d2)
{
    const Set *s = args;
    for (int j = 0; j < n; j++) {
        s->inside[i] |= d2[j] <= radius(s->other, first + j, K_MANIFOLD);
        s->balls[i] += d2[j] < radius(s->other, first + j, K_DENSITY);
        s->nearest[i] = d2[j] < s->nearest[i] ? d2[j] : s->nearest[i];
    }
}

/* Compares a set with the balls of the other. */
static Status compare(Set *s, const double *centre, Error *e)
{
    for (int i = 0; i < s->at.rows; i++)
        s->nearest[i] = (real)INFINITY;
    return distances_visit(s->at, s->other->at, centre, visit, s, e);
}

static Status find_radii(const Set *s, const double *centre, Error *e)
{
    return nearest_distances(s->at, s->at, centre, true, NEIGHBOURS, s->radius, e);
}

static MetricValue proportion_true(const bool *flag, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += flag[i];
    return proportion(count, n);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const int n_real = in->real.n, n_fake = in->fake.n;
    Work w = { .real.at = in->real.features, .fake.at = in->fake.features };
    int covered = 0;
    w.real.other = &w.fake;
    w.fake.other = &w.real;
    TRY(arena_build(scratch, plan, &w, e));
    moments_mean(w.real.at, w.centre);
    TRY(find_radii(&w.real, w.centre, e));
    TRY(find_radii(&w.fake, w.centre, e));
    TRY(compare(&w.fake, w.centre, e));
    TRY(compare(&w.real, w.centre, e));
    for (int i = 0; i < n_fake; i++)
        w.density[i] = (double)w.fake.balls[i] / K_DENSITY;
    for (int i = 0; i < n_real; i++)
        covered += w.real.nearest[i] < radius(&w.real, i, K_DENSITY);
    out[PRECISION] = proportion_true(w.fake.inside, n_fake);
    out[RECALL] = proportion_true(w.real.inside, n_real);
    out[DENSITY] = mean_with_error(n_fake, w.density);
    out[COVERAGE] = proportion(covered, n_real);
    return GT_OK;
}

const Metric metric_precision_recall = {
    .is = { "precision_recall",
            "quality and diversity of samples, by nearest neighbours in feature space",
            "Kynkäänniemi et al. 2019, eq. 1 and 2; Naeem et al. 2020, eq. 3 and 4", NULL, 0 },
    .value = { "precision", "recall", "density", "coverage" },
    .about = { "proportion of samples in the neighbourhood of a real image: quality",
               "proportion of real images in the neighbourhood of a sample: diversity",
               "number of real neighbourhoods around a sample, over 5; about 1 for real images",
               "proportion of real images with a sample nearer than their 5th nearest real image" },
    .better = { HIGHER, HIGHER, HIGHER, HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 6 samples",
    .inputs = INPUT_FEATURES,
    .min_samples = NEIGHBOURS + 1,
    .measure = measure,
};
