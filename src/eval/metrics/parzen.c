/* The Parzen-window estimate: mean log-likelihood of test images under a mixture of Gaussians of
 * width σ, one around each sample, with pixels in 0..1.
 *
 *   log p(x) = log 1/N Σ_j exp( -|x - s_j|² / 2σ² ) - X/2 log 2πσ²
 *
 * σ is the value on a grid from 0.1 to 1 that maximises the likelihood of 1000 training images.
 * Historic: papers up to 2015 print it, but it says little about image quality (Theis et al. 2016).
 * [1] Breuleux et al. 2011; [2] Goodfellow et al. 2014, §5 and table 1. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/base/numbers.h"
#include "eval/numerics.h"
#include "gantrain/math/simd.h"

enum { WIDTHS = 21, VALIDATION = 1000, CHUNK = 256, LANES = 16 };

/* Σ_j exp(-factor (d2_j - nearest)) for one image: shifted by the smallest distance so far. */
typedef struct Window {
    real nearest;
    double sum[WIDTHS];
} Window;

typedef struct Work {
    int X;
    double unit2;           /* squared distances: in 0..1 over those of the range */
    int widths;             /* number of values in use                             */
    double sigma[WIDTHS];   /* [widths]                                            */
    double factor[WIDTHS];  /* [widths] unit2 / 2σ²                                */
    double *centre;         /* [X]                                                 */
    int n;                  /* images at most                                      */
    Window *window;         /* [n]                                                 */
    double *log_likelihood; /* [n]                                                 */
    Mat validation;         /* [at most VALIDATION,X] training images              */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->centre = arena_take(a, (size_t)w->X * sizeof *w->centre);
    w->window = arena_take(a, (size_t)w->n * sizeof *w->window);
    w->log_likelihood = arena_take(a, (size_t)w->n * sizeof *w->log_likelihood);
    w->validation = mat_take(a, w->validation.rows, w->X);
}

/* Σ exp(-factor (d2_j - nearest)). Exponents below -80 are raised to -80 (1e-35; the largest term
 * is 1): an exp that underflows is many times slower. */
GT_CLONES static double sum_windows(int n, const real *d2, real nearest, real factor)
{
    double lane[LANES] = { 0 }, sum = 0;
    real chunk[CHUNK];
    for (int first = 0; first < n; first += CHUNK) {
        const int m = int_min(n - first, CHUNK);
        for (int j = 0; j < CHUNK; j++)
            chunk[j] = -80;
        for (int j = 0; j < m; j++) {
            const real t = factor * (nearest - d2[first + j]);
            chunk[j] = t > -80 ? t : -80;
        }
        for (int j = 0; j < CHUNK; j++)
            chunk[j] = real_exp(chunk[j]);
        for (int j = 0; j < CHUNK; j += LANES)
            for (int k = 0; k < LANES; k++)
                lane[k] += (double)chunk[j + k];
    }
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void add_block(void *args, int i, int first, int n, const real *d2)
{
    const Work *w = args;
    Window *window = &w->window[i];
    real nearest = first ? window->nearest : d2[0];
    for (int j = 0; j < n; j++)
        nearest = d2[j] < nearest ? d2[j] : nearest;
    for (int s = 0; s < w->widths; s++) {
        const double before =
            first ? window->sum[s] * exp(-w->factor[s] * (double)(window->nearest - nearest)) : 0;
        window->sum[s] = before + sum_windows(n, d2, nearest, (real)w->factor[s]);
    }
    window->nearest = nearest;
}

/* Of n images under `samples` windows of width number s. */
static MetricValue mean_log_likelihood(const Work *w, int n, int samples, int s)
{
    const double two_pi = 6.283185307179586;
    const double norm = log(samples) + 0.5 * w->X * log(two_pi * w->sigma[s] * w->sigma[s]);
    for (int i = 0; i < n; i++) {
        const Window *window = &w->window[i];
        w->log_likelihood[i] = log(window->sum[s]) - w->factor[s] * (double)window->nearest - norm;
    }
    return mean_with_error(n, w->log_likelihood);
}

static void add_width(Work *w, double sigma)
{
    w->sigma[w->widths] = sigma;
    w->factor[w->widths++] = w->unit2 / (2 * sigma * sigma);
}

/* The σ of maximal likelihood of the images. */
static Status choose_width(Work *w, View images, View samples, double *sigma, Error *e)
{
    double best = -INFINITY;
    w->widths = 0;
    for (int s = 0; s < WIDTHS; s++)
        add_width(w, pow(10, (double)s / (WIDTHS - 1) - 1));
    TRY(distances_visit(images, samples, w->centre, add_block, w, e));
    *sigma = w->sigma[0];
    for (int s = 0; s < WIDTHS; s++) {
        const double value = mean_log_likelihood(w, images.rows, samples.rows, s).value;
        if (value > best) {
            best = value;
            *sigma = w->sigma[s];
        }
    }
    return GT_OK;
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const View samples = in->fake.pixels, test = in->real.pixels;
    const RowSource *train = &in->train;
    const double unit = 1 / (in->range->high - in->range->low);
    const int n = int_min(train->n, VALIDATION);
    Work w = {
        .X = test.cols, .unit2 = unit * unit, .n = int_max(test.rows, n), .validation.rows = n
    };
    double sigma;
    TRY(arena_build(scratch, plan, &w, e));
    moments_mean(test, w.centre);
    train->read(train->context, train->n - n, w.validation);
    TRY(choose_width(&w, view(w.validation), samples, &sigma, e));
    w.widths = 0;
    add_width(&w, sigma);
    TRY(distances_visit(test, samples, w.centre, add_block, &w, e));
    out[0] = mean_log_likelihood(&w, test.rows, samples.rows, 0);
    return GT_OK;
}

const Metric metric_parzen = {
    .is = { "parzen", "log-likelihood of test images under Gaussian windows around the samples",
            "Goodfellow et al. 2014, §5", NULL, 0 },
    .value = { "parzen" },
    .about = { "mean log-likelihood of a test image under the windows, in nats" },
    .better = { HIGHER },
    .needs = "training and test images",
    .inputs = INPUT_PIXELS | INPUT_TRAIN_PIXELS,
    .min_samples = 1,
    .measure = measure,
};
