/* Diversity by the multi-scale structural similarity of random pairs of images: 1 if all are equal;
 * far above that of real images, the generator repeats itself. (It says nothing about quality:
 * noise is dissimilar.)
 *
 *   ms_ssim      mean similarity of pairs of samples
 *   ms_ssim_gap  | that - the same of real images |
 *
 * Similarity [1]: means μ, variances and covariance σ under a Gaussian window, pixels in 0..1,
 *
 *   l = (2 μx μy + 0.01²) / (μx² + μy² + 0.01²)     c = (2 σxy + 0.03²) / (σx² + σy² + 0.03²)
 *   Π_i max(0, mean c at scale i)^w_i  ·  max(0, mean l·c at the last scale)^w_last
 *
 * averaged over channels, as TensorFlow and pytorch-msssim do; each scale halves the one before by
 * means of 2x2 pixels. The window has 11 pixels, so that five scales need 161; smaller images use
 * as many scales as fit, the weights divided by their sum (28 pixels: two). Images of fewer than 11
 * pixels have one scale and a smaller window, σ in proportion.
 *
 * Up to 2000 pairs without a common image: independent, which their standard error requires.
 * [1] Wang, Simoncelli and Bovik 2003, "Multi-Scale Structural Similarity for Image Quality
 *     Assessment". [2] Odena, Olah and Shlens 2017 (AC-GAN), §4.2: for the images of one class. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "eval/numerics.h"
#include "gantrain/base/clones.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

enum { WINDOW = 11, SCALES = 5, PAIRS = 2000, MAPS = 5 };
enum { MS_SSIM, GAP };

static const double scale_weight[SCALES] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };

/* Memory of a task. */
typedef struct Planes {
    double *x, *y;      /* a channel of both images              [h,w] */
    double *line[MAPS]; /* x, y, x², y², xy: means along columns [w]   */
    double *mean[MAPS]; /* likewise, of the window               [w]   */
} Planes;

typedef struct Work {
    Shape shape;
    double low, unit; /* (pixel - low) · unit: in 0..1 */
    int scales;
    int k;                 /* the window has k·k pixels */
    double window[WINDOW]; /* [k] sum 1                 */
    double weight[SCALES]; /* [scales] sum 1            */
    int max_images;
    int *order;         /* [max_images]                 */
    double *similarity; /* [PAIRS]                      */
    int tasks;
    Planes *planes; /* [tasks]                      */
    View images;    /* the set that is measured     */
    int pairs;      /* of it                        */
} Work;

static void plan_planes(Planes *p, Shape s, Arena *a)
{
    const size_t w = (size_t)s.w, plane = (size_t)s.h * w;
    p->x = arena_take(a, plane * sizeof *p->x);
    p->y = arena_take(a, plane * sizeof *p->y);
    for (int i = 0; i < MAPS; i++) {
        p->line[i] = arena_take(a, w * sizeof **p->line);
        p->mean[i] = arena_take(a, w * sizeof **p->mean);
    }
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->order = arena_take(a, (size_t)w->max_images * sizeof *w->order);
    w->similarity = arena_take(a, PAIRS * sizeof *w->similarity);
    w->planes = arena_take(a, (size_t)w->tasks * sizeof *w->planes);
    for (int i = 0; i < w->tasks; i++) {
        Planes p;
        plan_planes(&p, w->shape, a);
        if (w->planes)
            w->planes[i] = p;
    }
}

/* ---- similarity of two planes ---------------------------------------------------------------- */

/* line += factor · (x, y, x², y², xy) of a row */
GT_CLONES static void add_row(int n, double factor, const double *restrict x,
                              const double *restrict y, double *const line[MAPS])
{
    double *restrict mx = line[0], *restrict my = line[1], *restrict xx = line[2],
                     *restrict yy = line[3], *restrict xy = line[4];
    for (int j = 0; j < n; j++) {
        mx[j] += factor * x[j];
        my[j] += factor * y[j];
        xx[j] += factor * (x[j] * x[j]);
        yy[j] += factor * (y[j] * y[j]);
        xy[j] += factor * (x[j] * y[j]);
    }
}

/* out [n] = means of k neighbours in line [n+k-1] */
GT_CLONES static void window_means(int n, int k, const double *window, const double *restrict line,
                                   double *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = 0;
    for (int t = 0; t < k; t++)
        for (int j = 0; j < n; j++)
            out[j] += window[t] * line[j + t];
}

/* Sums over a map: of c, and of l·c. */
typedef struct Similarity {
    double c, lc;
} Similarity;

static void add_similarities(int n, double *const mean[MAPS], Similarity *sum)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    for (int j = 0; j < n; j++) {
        const double x = mean[0][j], y = mean[1][j], xy = x * y, square = x * x + y * y;
        const double c = (2 * (mean[4][j] - xy) + c2) / (mean[2][j] + mean[3][j] - square + c2);
        sum->c += c;
        sum->lc += c * (2 * xy + c1) / (square + c1);
    }
}

/* Of planes of h·w. */
static Similarity compare_planes(const Work *w, const Planes *p, int height, int width)
{
    const int rows = height - w->k + 1, cols = width - w->k + 1;
    Similarity sum = { 0, 0 };
    for (int i = 0; i < rows; i++) {
        for (int m = 0; m < MAPS; m++)
            memset(p->line[m], 0, (size_t)width * sizeof **p->line);
        for (int t = 0; t < w->k; t++)
            add_row(width, w->window[t], p->x + (i + t) * width, p->y + (i + t) * width, p->line);
        for (int m = 0; m < MAPS; m++)
            window_means(cols, w->k, w->window, p->line[m], p->mean[m]);
        add_similarities(cols, p->mean, &sum);
    }
    const double n = (double)rows * cols;
    return (Similarity){ sum.c / n, sum.lc / n };
}

/* In place, by means of 2x2 pixels; of an odd side the last ones are averaged alone. */
static void halve(double *x, int height, int width)
{
    double *to = x;
    for (int i = 0; i < height; i += 2) {
        const double *top = x + i * width, *bottom = i + 1 < height ? top + width : top;
        for (int j = 0; j < width; j += 2) {
            const int next = j + 1 < width ? j + 1 : j;
            *to++ = (top[j] + top[next] + bottom[j] + bottom[next]) / 4;
        }
    }
}

static double compare_channel(const Work *w, const Planes *p)
{
    int height = w->shape.h, width = w->shape.w;
    double product = 1;
    for (int i = 0; i < w->scales; i++) {
        const Similarity s = compare_planes(w, p, height, width);
        product *= pow(fmax(0, i < w->scales - 1 ? s.c : s.lc), w->weight[i]);
        halve(p->x, height, width);
        halve(p->y, height, width);
        height = (height + 1) / 2;
        width = (width + 1) / 2;
    }
    return product;
}

/* ---- pairs of images ------------------------------------------------------------------------- */

static void load(const Work *w, int image, int channel, double *out)
{
    const int n = w->shape.h * w->shape.w;
    const real *x = view_rows(w->images, image, 1).at + (size_t)channel * (size_t)n;
    for (int j = 0; j < n; j++)
        out[j] = ((double)x[j] - w->low) * w->unit;
}

static void compare_pairs(void *args, int task)
{
    const Work *w = args;
    const Planes *p = &w->planes[task];
    const int C = w->shape.c, last = w->pairs * (task + 1) / w->tasks;
    for (int i = w->pairs * task / w->tasks; i < last; i++) {
        w->similarity[i] = 0;
        for (int c = 0; c < C; c++) {
            load(w, w->order[2 * i], c, p->x);
            load(w, w->order[2 * i + 1], c, p->y);
            w->similarity[i] += compare_channel(w, p) / C;
        }
    }
}

static MetricValue mean_similarity(Work *w, View images, uint64_t seed)
{
    w->images = images;
    w->pairs = int_min(images.rows / 2, PAIRS);
    rng_permutation(rng_draw(seed, RNG_METRIC, METRIC_DRAW_PAIRS, 0), images.rows, w->order);
    parallel_for(w->tasks, compare_pairs, w);
    return mean_with_error(w->pairs, w->similarity);
}

/* ---- scales and window ----------------------------------------------------------------------- */

static void choose_scales(Work *w)
{
    double sum = 0;
    int h = w->shape.h, width = w->shape.w;
    do {
        sum += scale_weight[w->scales++];
        h = (h + 1) / 2;
        width = (width + 1) / 2;
    } while (w->scales < SCALES && h >= WINDOW && width >= WINDOW);
    for (int i = 0; i < w->scales; i++)
        w->weight[i] = scale_weight[i] / sum;
}

static void choose_window(Work *w)
{
    double sum = 0;
    w->k = int_min(WINDOW, int_min(w->shape.h, w->shape.w));
    const double sigma = 1.5 * w->k / WINDOW;
    for (int t = 0; t < w->k; t++) {
        const double x = (t - 0.5 * (w->k - 1)) / sigma;
        sum += w->window[t] = exp(-0.5 * x * x);
    }
    for (int t = 0; t < w->k; t++)
        w->window[t] /= sum;
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .shape = in->shape,
               .low = in->range->low,
               .unit = 1 / (in->range->high - in->range->low),
               .max_images = int_max(in->fake.n, in->real.n),
               .tasks = parallel_threads() };
    choose_scales(&w);
    choose_window(&w);
    TRY(arena_build(scratch, plan, &w, e));
    const MetricValue samples = mean_similarity(&w, in->fake.pixels, in->seed);
    const MetricValue images = mean_similarity(&w, in->real.pixels, in->seed);
    out[MS_SSIM] = samples;
    out[GAP] =
        (MetricValue){ fabs(samples.value - images.value), hypot(samples.error, images.error) };
    return GT_OK;
}

const Metric metric_ms_ssim = {
    .is = { "ms_ssim", "diversity: multi-scale structural similarity of random pairs",
            "Odena et al. 2017, §4.2; Wang et al. 2003", NULL, 0 },
    .value = { "ms_ssim", "ms_ssim_gap" },
    .about = { "mean similarity of up to 2000 random pairs of samples; 1: all alike",
               "difference of that from the similarity of test images" },
    .better = { NEITHER, LOWER },
    .needs = "2 samples and 2 test images",
    .inputs = INPUT_PIXELS,
    .min_samples = 2,
    .measure = measure,
};
