/* The classifier two-sample test: a net learns to tell samples from test points on half of both,
 * and is tested on the other half. An accuracy of ½ means that it finds no difference.
 *
 * As many points of both sets, 5000 each at most; columns are standardised by the mean and
 * deviation of all of them. The net is that of eval/classifier_net.c. Both sets are divided alike,
 * so equal sets in the same order have exactly ½.
 * [1] Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample Tests", §3. */
#include "gantrain/eval/point_metrics.h"

#include <string.h>

#include "eval/numerics.h"
#include "gantrain/base/numbers.h"
#include "gantrain/eval/classifier.h"

enum { COMPARED = 5000 };

typedef struct Work {
    int n, D;            /* points of each set           */
    Dataset train, test; /* [n/2 of both], [the others]  */
    int *order;          /* [rows of the larger set]     */
    int max;
    double *mean, *scale; /* [D] of the training half     */
} Work;

static void gather(const Dataset *d, const int *index, Mat out)
{
    const View all = { d->count, out.cols, d->points };
    for (int i = 0; i < out.rows; i++)
        memcpy(mat_rows(out, i, 1).at, view_rows(all, index[i], 1).at,
               (size_t)out.cols * sizeof *out.at);
}

static const DatasetKind halves = {
    .is = { "two_samples", "points of two sets", "-", NULL, 0 },
    .samples = SAMPLES_POINTS,
    .gather = gather,
};

static void plan_half(Dataset *d, int count, int D, Arena *a)
{
    *d = (Dataset){ .kind = &halves, .shape = { D, 1, 1 }, .count = count };
    d->points = mat_take(a, count, D).at;
    d->labels = arena_take(a, (size_t)count);
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    plan_half(&w->train, 2 * (w->n / 2), w->D, a);
    plan_half(&w->test, 2 * (w->n - w->n / 2), w->D, a);
    w->order = arena_take(a, (size_t)w->max * sizeof *w->order);
    w->mean = arena_take(a, (size_t)w->D * sizeof *w->mean);
    w->scale = arena_take(a, (size_t)w->D * sizeof *w->scale);
}

/* n points from row `first` of the set in random order, with a label, into row `to`. */
static void copy_half(const Work *w, View from, int first, int n, uint8_t label, Dataset *d)
{
    for (int i = 0; i < n; i++) {
        const int to = label * n + i;
        memcpy(d->points + (size_t)to * (size_t)w->D, view_rows(from, w->order[first + i], 1).at,
               (size_t)w->D * sizeof *d->points);
        d->labels[to] = label;
    }
}

static void divide(Work *w, View set, uint64_t seed, uint8_t label)
{
    rng_permutation(rng_draw(seed, RNG_METRIC, METRIC_DRAW_HALVES, 0), set.rows, w->order);
    copy_half(w, set, 0, w->n / 2, label, &w->train);
    copy_half(w, set, w->n / 2, w->n - w->n / 2, label, &w->test);
}

static void find_scale(Work *w)
{
    const View x = { w->train.count, w->D, w->train.points };
    moments_mean(x, w->mean);
    for (int j = 0; j < w->D; j++) {
        double squares = 0;
        for (int i = 0; i < x.rows; i++) {
            const double d = (double)view_rows(x, i, 1).at[j] - w->mean[j];
            squares += d * d;
        }
        w->scale[j] = squares > 0 ? sqrt(x.rows / squares) : 1;
    }
}

static void standardise(const Work *w, Dataset *d)
{
    for (int i = 0; i < d->count; i++)
        for (int j = 0; j < w->D; j++) {
            real *x = d->points + (size_t)i * (size_t)w->D + j;
            *x = (real)(((double)*x - w->mean[j]) * w->scale[j]);
        }
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .n = int_min(COMPARED, int_min(in->fake.n, in->real.n)),
               .D = in->fake.pixels.cols,
               .max = int_max(in->fake.n, in->real.n) };
    Classifier c = { 0 };
    TRY(arena_build(scratch, plan, &w, e));
    divide(&w, in->real.pixels, in->seed, 0);
    divide(&w, in->fake.pixels, in->seed, 1);
    find_scale(&w);
    standardise(&w, &w.train);
    standardise(&w, &w.test);
    const Status s = classifier_fit(&c, &w.train, &w.test, e);
    out[0] = proportion(c.accuracy * w.test.count, w.test.count);
    classifier_close(&c);
    return s;
}

const Metric metric_two_sample_test = {
    .is = { "two_sample_test", "whether a classifier tells samples from test points",
            "Lopez-Paz and Oquab 2017, §3", NULL, 0 },
    .value = { "c2st" },
    .about = { "accuracy of a classifier of samples and test points; 0.5: no difference found" },
    .better = { LOWER },
    .needs = "4 samples and 4 test points",
    .inputs = INPUT_PIXELS,
    .min_samples = 4,
    .measure = measure,
};
