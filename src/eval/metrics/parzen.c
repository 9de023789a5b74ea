/* The Parzen-window estimate: mean log-likelihood of test images under a mixture of Gaussians of one width
 * σ, one around each sample, all pixels in 0..1.
 *
 *   log p(x) = log 1/N Σ_j exp( -|x - s_j|² / 2σ² ) - X/2 log 2πσ²
 *
 * σ is the one of a grid from 0.1 to 1 that makes 1000 training images most likely. Historic: the papers up to
 * 2015 print it, and it says little about pictures (Theis et al. 2016).
 * [1] Breuleux et al. 2011; [2] Goodfellow et al. 2014, §5 and table 1. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "eval/distances.h"
#include "eval/moments.h"
#include "gantrain/math/simd.h"

enum { WIDTHS = 21, VALIDATION = 1000, PIECE = 256, LANES = 16 };

/* Σ_j exp(-c (d2_j - least)) for one image, with the least distance so far taken out. */
typedef struct Window {
    real least;
    double sum[WIDTHS];
} Window;

typedef struct Work {
    int X;
    double unit2;           /* squared distances: of pixels in 0..1 over those given */
    int widths;             /* how many are tried                                    */
    double sigma[WIDTHS];   /* [widths]                                              */
    double factor[WIDTHS];  /* [widths] unit2 / 2σ²                                  */
    double *centre;         /* [X]                                                   */
    int n;                  /* images that are looked at, at most                    */
    Window *window;         /* [n]                                                   */
    double *log_likelihood; /* [n]                                                   */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->centre = arena_take(a, (size_t)w->X * sizeof *w->centre);
    w->window = arena_take(a, (size_t)w->n * sizeof *w->window);
    w->log_likelihood = arena_take(a, (size_t)w->n * sizeof *w->log_likelihood);
}

/* Σ exp(-factor (d2_j - least)). Where the exponent is below -80 it is taken for -80, 1e-35: the largest term is
 * 1, and an exp that underflows is many times slower. */
GT_CLONES static double sum_of_windows(int n, const real *d2, real least, real factor)
{
    double lane[LANES] = { 0 }, sum = 0;
    real piece[PIECE];
    for (int first = 0; first < n; first += PIECE) {
        const int m = n - first < PIECE ? n - first : PIECE;
        for (int j = 0; j < PIECE; j++)
            piece[j] = -80;
        for (int j = 0; j < m; j++) {
            const real t = factor * (least - d2[first + j]);
            piece[j] = t > -80 ? t : -80;
        }
        for (int j = 0; j < PIECE; j++)
            piece[j] = real_exp(piece[j]);
        for (int j = 0; j < PIECE; j += LANES)
            for (int k = 0; k < LANES; k++)
                lane[k] += (double)piece[j + k];
    }
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void add_piece(void *args, int i, int first, int n, const real *d2)
{
    const Work *w = args;
    Window *window = &w->window[i];
    real least = first ? window->least : d2[0];
    for (int j = 0; j < n; j++)
        least = d2[j] < least ? d2[j] : least;
    for (int s = 0; s < w->widths; s++) {
        const double before =
            first ? window->sum[s] * exp(-w->factor[s] * (double)(window->least - least)) : 0;
        window->sum[s] = before + sum_of_windows(n, d2, least, (real)w->factor[s]);
    }
    window->least = least;
}

/* Mean log-likelihood of images x [n,X] with width s. */
static Mean mean_log_likelihood(const Work *w, int n, int samples, int s)
{
    const double two_pi = 6.283185307179586;
    const double norm = log(samples) + 0.5 * w->X * log(two_pi * w->sigma[s] * w->sigma[s]);
    for (int i = 0; i < n; i++) {
        const Window *window = &w->window[i];
        w->log_likelihood[i] = log(window->sum[s]) - w->factor[s] * (double)window->least - norm;
    }
    return mean_of(n, w->log_likelihood);
}

static void try_width(Work *w, double sigma)
{
    w->sigma[w->widths] = sigma;
    w->factor[w->widths++] = w->unit2 / (2 * sigma * sigma);
}

/* The σ that makes the images most likely. */
static Status choose_width(Work *w, View images, View samples, double *sigma, Error *e)
{
    double best = -INFINITY;
    w->widths = 0;
    for (int s = 0; s < WIDTHS; s++)
        try_width(w, pow(10, (double)s / (WIDTHS - 1) - 1));
    TRY(distances_visit(images, samples, w->centre, add_piece, w, e));
    *sigma = w->sigma[0];
    for (int s = 0; s < WIDTHS; s++) {
        const double now = mean_log_likelihood(w, images.rows, samples.rows, s).value;
        if (now > best) {
            best = now;
            *sigma = w->sigma[s];
        }
    }
    return GT_OK;
}

static Status estimate(Work *w, const MetricInput *in, MetricValue *out, Error *e)
{
    const View samples = in->fake.pixels, test = in->real.pixels, train = in->train.pixels;
    const int n = train.rows < VALIDATION ? train.rows : VALIDATION;
    double sigma;
    moments_mean(test, w->centre);
    TRY(choose_width(w, view_rows(train, train.rows - n, n), samples, &sigma, e));
    w->widths = 0;
    try_width(w, sigma);
    TRY(distances_visit(test, samples, w->centre, add_piece, w, e));
    const Mean mean = mean_log_likelihood(w, test.rows, samples.rows, 0);
    *out = (MetricValue){ mean.value, mean.error };
    return GT_OK;
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    const double unit = 1 / (in->range->high - in->range->low);
    Work w = { .X = in->real.pixels.cols, .unit2 = unit * unit };
    Arena arena = { 0 };
    w.n = in->real.n > VALIDATION ? in->real.n : VALIDATION;
    TRY(arena_build(&arena, plan, &w, e));
    const Status s = estimate(&w, in, &out[0], e);
    arena_close(&arena);
    return s;
}

static bool possible(const MetricInput *in)
{
    return in->fake.pixels.at && in->real.pixels.at && in->train.pixels.at && in->range &&
           in->fake.n > 0 && in->real.n > 0 && in->train.n > 0;
}

const Metric metric_parzen = {
    .is = { "parzen", "log-likelihood of test images under Gaussian windows around the samples",
            "Goodfellow et al. 2014, §5", NULL, 0 },
    .value = { "parzen" },
    .about = { "log-likelihood of a test image under windows around the samples, in nats" },
    .better = { HIGHER },
    .needs = "training and test images",
    .possible = possible,
    .measure = measure,
};
