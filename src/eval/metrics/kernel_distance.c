/* The kernel distance: MMD² between the classifier's features of samples and of real images, without bias,
 * on random subsets of at most 1000 each; with Inception's features it would be the KID. The value
 * is the mean over 100 of them, with its standard error; around 0, also below it, where nothing differs.
 * [1] Bińkowski et al. 2018, "Demystifying MMD GANs", §4. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/int_min.h"
#include "gantrain/base/rng.h"
#include "eval/kernel.h"
#include "gantrain/eval/metric_draws.h"
#include "eval/moments.h"

enum { SUBSETS = 100, SUBSET = 1000 };

typedef struct Work {
    const MetricInput *in;
    int m;      /* images of a subset                */
    int *order; /* [n]                               */
    Mat x, y;   /* [m,F] features: fake, real        */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    const int F = w->in->real.features.cols, n = w->in->fake.n, real_n = w->in->real.n;
    w->order = arena_take(a, (size_t)(n > real_n ? n : real_n) * sizeof *w->order);
    w->x = mat_take(a, w->m, F);
    w->y = mat_take(a, w->m, F);
}

/* out = m of the rows of `from`, none twice */
static void draw_subset(Work *w, unsigned sub, int subset, View from, Mat out)
{
    const Draw d = rng_draw(w->in->seed, RNG_METRIC, sub, (uint64_t)subset);
    rng_permutation(d, from.rows, w->order);
    for (int i = 0; i < out.rows; i++)
        memcpy(mat_rows(out, i, 1).at, view_rows(from, w->order[i], 1).at,
               (size_t)out.cols * sizeof *out.at);
}

static Status mean_over_subsets(Work *w, MetricValue *out, Error *e)
{
    double mmd2[SUBSETS];
    for (int s = 0; s < SUBSETS; s++) {
        draw_subset(w, METRIC_DRAW_FAKE_SUBSET, s, w->in->fake.features, w->x);
        draw_subset(w, METRIC_DRAW_REAL_SUBSET, s, w->in->real.features, w->y);
        TRY(kernel_mmd2(view(w->x), view(w->y), &mmd2[s], e));
    }
    const Mean mean = mean_of(SUBSETS, mmd2);
    *out = (MetricValue){ mean.value, mean.error };
    return GT_OK;
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .in = in, .m = least(SUBSET, least(in->fake.n, in->real.n)) };
    Arena arena = { 0 };
    TRY(arena_build(&arena, plan, &w, e));
    const Status s = mean_over_subsets(&w, &out[0], e);
    arena_close(&arena);
    return s;
}

static bool possible(const MetricInput *in)
{
    return in->fake.features.at && in->real.features.at && in->fake.n > 1 && in->real.n > 1;
}

const Metric metric_kernel_distance = {
    .is = { "kernel_distance",
            "MMD² between the classifier's features of samples and of real images",
            "Bińkowski et al. 2018, §4", NULL, 0 },
    .value = { "kid" },
    .about = { "unbiased MMD² of features, kernel (x·y/F + 1)³, mean over 100 subsets of 1000" },
    .better = { LOWER },
    .needs = "a classifier, so labelled data, and 2 samples",
    .possible = possible,
    .measure = measure,
};
