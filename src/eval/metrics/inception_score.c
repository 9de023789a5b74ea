/* The inception score, with a classifier of the data themselves in the place of Inception:
 *
 *   IS = exp( mean_x KL( p(y|x) ‖ p(y) ) ),   p(y) = mean_x p(y|x)
 *
 * It is 1 where the classifier sees the same in all samples, and C where it is sure of every sample and every
 * class is as frequent. As in the paper the samples are cut into ten splits; the value is the mean over
 * them and the error, for once no standard error, their standard deviation, as it is printed there. Which
 * sample is in which split is drawn, for samples may be sorted by class.
 * [1] Salimans et al. 2016, "Improved Techniques for Training GANs", §4. */
#include "gantrain/eval/metric.h"

#include "gantrain/base/rng.h"
#include "gantrain/eval/metric_draws.h"
#include "eval/moments.h"

enum { SPLITS = 10 };

typedef struct Work {
    const ImageSet *fake;
    int *order;    /* [n] */
    double *share; /* [C] */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->order = arena_take(a, (size_t)w->fake->n * sizeof *w->order);
    w->share = arena_take(a, (size_t)w->fake->probabilities.cols * sizeof *w->share);
}

/* KL( p(y|x) ‖ p(y) ); what has no probability adds nothing */
static double surprise(int C, const real *p, const double *share)
{
    double sum = 0;
    for (int c = 0; c < C; c++)
        if (p[c] > 0)
            sum += (double)p[c] * log((double)p[c] / share[c]);
    return sum;
}

/* The score of samples order[0..n). */
static double score_of(const Work *w, const int *order, int n)
{
    const View p = w->fake->probabilities;
    double sum = 0;
    for (int c = 0; c < p.cols; c++)
        w->share[c] = 0;
    for (int i = 0; i < n; i++)
        for (int c = 0; c < p.cols; c++)
            w->share[c] += (double)view_rows(p, order[i], 1).at[c] / n;
    for (int i = 0; i < n; i++)
        sum += surprise(p.cols, view_rows(p, order[i], 1).at, w->share);
    return exp(sum / n);
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .fake = &in->fake };
    Arena arena = { 0 };
    double score[SPLITS];

    TRY(arena_build(&arena, plan, &w, e));
    rng_permutation(rng_draw(in->seed, RNG_METRIC, METRIC_DRAW_SPLITS, 0), in->fake.n, w.order);
    for (int s = 0; s < SPLITS; s++) {
        const int first = (int)((int64_t)in->fake.n * s / SPLITS);
        const int end = (int)((int64_t)in->fake.n * (s + 1) / SPLITS);
        score[s] = score_of(&w, w.order + first, end - first);
    }
    const Mean mean = mean_of(SPLITS, score);
    /* over all ten, not nine: numpy's std, which papers print */
    out[0] = (MetricValue){ mean.value, mean.error * sqrt(SPLITS - 1) };
    arena_close(&arena);
    return GT_OK;
}

static bool possible(const MetricInput *in)
{
    return in->fake.probabilities.at && in->fake.n >= SPLITS;
}

const Metric metric_inception_score = {
    .is = { "inception_score",
            "how clear and how even the classes of samples are, 1 to their number",
            "Salimans et al. 2016, §4", NULL, 0 },
    .value = { "score" },
    .about = { "how sure and how varied the classes are: exp E KL(p(y|x)‖p(y)), mean ± std over "
               "ten splits" },
    .better = { HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 10 samples",
    .possible = possible,
    .measure = measure,
};
