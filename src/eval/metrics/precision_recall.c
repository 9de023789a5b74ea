/* Precision and recall, density and coverage: the manifold of a set of features is covered by balls around
 * them that reach to the k-th nearest other one, NND_k.
 *
 *   precision  share of samples in a ball of a real image                       k = 3   [1]
 *   recall     share of real images in a ball of a sample                       k = 3   [1]
 *   density    balls of real images that a sample is in, on average, over k     k = 5   [2]
 *   coverage   share of real images in whose ball a sample is                   k = 5   [2]
 *
 * A ball has its surface in [1] (≤) and not in the code of [2] (<): with sets that hold the same images the
 * two differ.
 * [1] Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative Models",
 *     eq. 1 and 2. [2] Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative
 *     Models", eq. 3 and 4. */
#include "gantrain/eval/metric.h"

#include "eval/distances.h"
#include "eval/moments.h"

enum { K_MANIFOLD = 3, K_DENSITY = 5, NEIGHBOURS = 5 };
enum { PRECISION, RECALL, DENSITY, COVERAGE };

/* A set with the squared distances from its members to their nearest others, ascending. */
typedef struct Balls {
    View at;      /* [n,F]          */
    real *radius; /* [n,NEIGHBOURS] */
} Balls;

typedef struct Work {
    double *centre; /* [F] */
    Balls real, fake;
    bool *hit;     /* [n] inside a ball of the other set (k = 3)     */
    int *balls;    /* [n] how many of the other set it is in (k = 5) */
    real *nearest; /* [n] squared distance to the other set          */
    double *share; /* [n] balls over k                               */
} Work;

static real radius(const Balls *b, int i, int k)
{
    return b->radius[(size_t)i * NEIGHBOURS + (size_t)k - 1];
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    const size_t real_n = (size_t)w->real.at.rows, fake_n = (size_t)w->fake.at.rows;
    const size_t most = real_n > fake_n ? real_n : fake_n;
    w->centre = arena_take(a, (size_t)w->real.at.cols * sizeof *w->centre);
    w->real.radius = arena_take(a, real_n * NEIGHBOURS * sizeof(real));
    w->fake.radius = arena_take(a, fake_n * NEIGHBOURS * sizeof(real));
    w->hit = arena_take(a, most * sizeof *w->hit);
    w->balls = arena_take(a, most * sizeof *w->balls);
    w->nearest = arena_take(a, real_n * sizeof *w->nearest);
    w->share = arena_take(a, most * sizeof *w->share);
}

/* Samples against the balls of real images. */
static void place_sample(void *args, int i, int first, int n, const real *d2)
{
    const Work *w = args;
    for (int j = 0; j < n; j++) {
        w->hit[i] |= d2[j] <= radius(&w->real, first + j, K_MANIFOLD);
        w->balls[i] += d2[j] < radius(&w->real, first + j, K_DENSITY);
    }
}

/* Real images against the balls of samples, and the nearest sample of each. */
static void place_real(void *args, int i, int first, int n, const real *d2)
{
    const Work *w = args;
    for (int j = 0; j < n; j++) {
        w->hit[i] |= d2[j] <= radius(&w->fake, first + j, K_MANIFOLD);
        w->nearest[i] = d2[j] < w->nearest[i] ? d2[j] : w->nearest[i];
    }
}

static MetricValue share(const bool *hit, int n)
{
    int hits = 0;
    for (int i = 0; i < n; i++)
        hits += hit[i];
    const Mean m = share_of(hits, n);
    return (MetricValue){ m.value, m.error };
}

static Status judge_samples(Work *w, MetricValue *out, Error *e)
{
    const int n = w->fake.at.rows;
    for (int i = 0; i < n; i++) {
        w->hit[i] = false;
        w->balls[i] = 0;
    }
    TRY(distances_visit(w->fake.at, w->real.at, w->centre, place_sample, w, e));
    out[PRECISION] = share(w->hit, n);
    for (int i = 0; i < n; i++)
        w->share[i] = (double)w->balls[i] / K_DENSITY;
    const Mean density = mean_of(n, w->share);
    out[DENSITY] = (MetricValue){ density.value, density.error };
    return GT_OK;
}

static Status judge_real(Work *w, MetricValue *out, Error *e)
{
    const int n = w->real.at.rows;
    for (int i = 0; i < n; i++) {
        w->hit[i] = false;
        w->nearest[i] = (real)INFINITY;
    }
    TRY(distances_visit(w->real.at, w->fake.at, w->centre, place_real, w, e));
    out[RECALL] = share(w->hit, n);
    for (int i = 0; i < n; i++)
        w->hit[i] = w->nearest[i] < radius(&w->real, i, K_DENSITY);
    out[COVERAGE] = share(w->hit, n);
    return GT_OK;
}

static Status compare(Work *w, MetricValue *out, Error *e)
{
    moments_mean(w->real.at, w->centre);
    TRY(nearest_distances(w->real.at, w->real.at, w->centre, true, NEIGHBOURS, w->real.radius, e));
    TRY(nearest_distances(w->fake.at, w->fake.at, w->centre, true, NEIGHBOURS, w->fake.radius, e));
    TRY(judge_samples(w, out, e));
    return judge_real(w, out, e);
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .real = { in->real.features, NULL }, .fake = { in->fake.features, NULL } };
    Arena arena = { 0 };
    TRY(arena_build(&arena, plan, &w, e));
    const Status s = compare(&w, out, e);
    arena_close(&arena);
    return s;
}

static bool possible(const MetricInput *in)
{
    return in->fake.features.at && in->real.features.at && in->fake.n > NEIGHBOURS &&
           in->real.n > NEIGHBOURS;
}

const Metric metric_precision_recall = {
    .is = { "precision_recall",
            "how good and how varied samples are, by nearest neighbours in features",
            "Kynkäänniemi et al. 2019, eq. 1 and 2; Naeem et al. 2020, eq. 3 and 4", NULL, 0 },
    .value = { "precision", "recall", "density", "coverage" },
    .about = { "share of samples that lie among real images: how good they are",
               "share of real images that lie among samples: how varied they are",
               "how many real images a sample is among, over 5; about 1 for real ones",
               "share of real images with a sample among their 5 nearest" },
    .better = { HIGHER, HIGHER, HIGHER, HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 6 samples",
    .possible = possible,
    .measure = measure,
};
