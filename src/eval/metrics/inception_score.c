/* The inception score, with a classifier of the data set instead of Inception:
 *
 *   IS = exp( mean_x KL( p(y|x) ‖ p(y) ) ),   p(y) = mean_x p(y|x)
 *
 * It is 1 if all samples have the same prediction, and C if every prediction is certain and all
 * classes are equally frequent. As in the paper, the samples are divided into ten splits; the value
 * is the mean over them, the error their standard deviation (no standard error here). Splits are
 * random: samples may be sorted by class.
 * [1] Salimans et al. 2016, "Improved Techniques for Training GANs", §4. */
#include "gantrain/eval/metric.h"

#include "gantrain/base/rng.h"
#include "eval/numerics.h"

enum { SPLITS = 10 };

typedef struct Work {
    const ImageSet *fake;
    int *order;  /* [n] */
    double *p_y; /* [C] */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->order = arena_take(a, (size_t)w->fake->n * sizeof *w->order);
    w->p_y = arena_take(a, (size_t)w->fake->probabilities.cols * sizeof *w->p_y);
}

/* KL( p(y|x) ‖ p(y) ), with 0 log 0 = 0 */
static double divergence(int C, const real *p, const double *p_y)
{
    double sum = 0;
    for (int c = 0; c < C; c++)
        if (p[c] > 0)
            sum += (double)p[c] * log((double)p[c] / p_y[c]);
    return sum;
}

/* The score of samples order[0..n). */
static double score_of(const Work *w, const int *order, int n)
{
    const View p = w->fake->probabilities;
    double sum = 0;
    for (int c = 0; c < p.cols; c++)
        w->p_y[c] = 0;
    for (int i = 0; i < n; i++)
        for (int c = 0; c < p.cols; c++)
            w->p_y[c] += (double)view_rows(p, order[i], 1).at[c] / n;
    for (int i = 0; i < n; i++)
        sum += divergence(p.cols, view_rows(p, order[i], 1).at, w->p_y);
    return exp(sum / n);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .fake = &in->fake };
    double score[SPLITS];

    TRY(arena_build(scratch, plan, &w, e));
    rng_permutation(rng_draw(in->seed, RNG_METRIC, METRIC_DRAW_SPLITS, 0), in->fake.n, w.order);
    for (int s = 0; s < SPLITS; s++) {
        const int first = (int)((int64_t)in->fake.n * s / SPLITS);
        const int end = (int)((int64_t)in->fake.n * (s + 1) / SPLITS);
        score[s] = score_of(&w, w.order + first, end - first);
    }
    const MetricValue mean = mean_with_error(SPLITS, score);
    /* over ten, not nine: numpy's std, as in papers */
    out[0] = (MetricValue){ mean.value, mean.error * sqrt(SPLITS - 1) };
    return GT_OK;
}

const Metric metric_inception_score = {
    .is = { "inception_score",
            "certainty and diversity of predicted classes, from 1 to the number of classes",
            "Salimans et al. 2016, §4", NULL, 0 },
    .value = { "score" },
    .about = { "exp E KL(p(y|x)‖p(y)) of predicted classes, mean ± std over ten splits" },
    .better = { HIGHER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 10 samples",
    .inputs = INPUT_PROBABILITIES,
    .min_samples = SPLITS,
    .measure = measure,
};
