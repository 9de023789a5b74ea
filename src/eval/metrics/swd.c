/* The sliced Wasserstein distance of patches, over the levels of a Laplacian pyramid: each level
 * compares the details of one size. Patches of 7x7 pixels lie at random places; each channel is
 * normalised by its mean and standard deviation over all patches of a level, in samples and in real
 * images apart. Values are multiplied by 1000, as the paper prints them.
 *
 * The smallest level has 14 pixels or more on its shorter side, two patches: for sizes that are
 * powers of two these are the paper's levels, from 16 pixels up. Smaller images are one level; a
 * patch is at most as large as the level. Samples and real images are cut at the same places, so
 * equal sets in the same order have distance 0.
 *
 * At most 131072 patches of each level: for 10000 images the projections of more patches say little
 * more about the images.
 * [1] Karras, Aila, Laine and Lehtinen 2018, "Progressive Growing of GANs", §5. */
#include "gantrain/eval/metric.h"

#include <string.h>

#include "eval/numerics.h"
#include "eval/pyramid.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/parallel.h"

enum {
    PATCH = 7,
    MIN_SIDE = 2 * PATCH,
    LEVELS = METRIC_VALUES - 1, /* of larger images the smallest ones */
    PER_IMAGE = 128,            /* patches, at most */
    PATCHES = 1 << 17,
    ROWS = 4096, /* patches of a partial sum */
};
enum { MEAN, FIRST_LEVEL };

/* Of a channel over some patches. */
typedef struct Sums {
    double sum, squares;
} Sums;

typedef struct Work {
    const MetricInput *in;
    int levels;         /* of the pyramid                           */
    int level;          /* 0: the smallest                          */
    Shape at;           /* the shape of that level                  */
    int h, w;           /* of a patch                               */
    int patches;        /* of each set                              */
    int *corner;        /* [patches,2] row and column               */
    Mat fake, real;     /* [patches,C·h·w]                          */
    Sums *sums;         /* [blocks of ROWS,C]                       */
    real *mean, *scale; /* [C] of the set that is normalised    */
    int tasks;
    PyramidScratch *scratch; /* [tasks]                         */
    /* of the set that is cut or normalised */
    View images;
    Mat cut;
} Work;

static int blocks_of(const Work *w)
{
    return (w->patches + ROWS - 1) / ROWS;
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    const size_t C = (size_t)w->in->shape.c;
    const int X = w->in->shape.c * int_min(PATCH, w->in->shape.h) * int_min(PATCH, w->in->shape.w);
    w->corner = arena_take(a, 2 * (size_t)w->patches * sizeof *w->corner);
    w->fake = mat_take(a, w->patches, X);
    w->real = mat_take(a, w->patches, X);
    w->sums = arena_take(a, (size_t)blocks_of(w) * C * sizeof *w->sums);
    w->mean = arena_take(a, C * sizeof *w->mean);
    w->scale = arena_take(a, C * sizeof *w->scale);
    w->scratch = arena_take(a, (size_t)w->tasks * sizeof *w->scratch);
    for (int i = 0; i < w->tasks; i++) {
        PyramidScratch scratch;
        pyramid_plan(&scratch, w->in->shape, a);
        if (w->scratch)
            w->scratch[i] = scratch;
    }
}

/* ---- patches --------------------------------------------------------------------------------- */

/* n possible places, u a random word. */
static int place(uint32_t u, int n)
{
    return (int)((uint64_t)u * (uint64_t)n >> 32);
}

static void draw_corner(void *args, int i)
{
    const Work *w = args;
    const Draw d = rng_draw(w->in->seed, RNG_METRIC, METRIC_DRAW_PATCHES, (uint64_t)w->level);
    uint32_t word[4];
    rng_words(d, (uint32_t)i, 0, word);
    w->corner[2 * i] = place(word[0], w->at.h - w->h + 1);
    w->corner[2 * i + 1] = place(word[1], w->at.w - w->w + 1);
}

/* Patches are dealt out evenly: number i is cut from image i·n / patches. */
static int first_patch(const Work *w, int image)
{
    const int64_t n = w->images.rows;
    return (int)(((int64_t)image * w->patches + n - 1) / n);
}

static void cut_patch(const Work *w, int i, int channel, const real *level)
{
    real *to = mat_rows(w->cut, i, 1).at + channel * w->h * w->w;
    const real *from = level + w->corner[2 * i] * w->at.w + w->corner[2 * i + 1];
    for (int y = 0; y < w->h; y++)
        memcpy(to + y * w->w, from + y * w->at.w, (size_t)w->w * sizeof *to);
}

static void cut_images(void *args, int task)
{
    const Work *w = args;
    const Shape s = w->in->shape;
    const PyramidScratch *scratch = &w->scratch[task];
    const int64_t n = w->images.rows;
    const int last = (int)(n * (task + 1) / w->tasks);
    for (int i = (int)(n * task / w->tasks); i < last; i++) {
        const int begin = first_patch(w, i), end = first_patch(w, i + 1);
        for (int c = 0; c < s.c && begin < end; c++) {
            pyramid_level(scratch, s, w->levels, w->level,
                          view_rows(w->images, i, 1).at + c * s.h * s.w);
            for (int k = begin; k < end; k++)
                cut_patch(w, k, c, scratch->level);
        }
    }
}

/* ---- normalisation --------------------------------------------------------------------------- */

static void sum_block(void *args, int block)
{
    const Work *w = args;
    const int C = w->in->shape.c, size = w->h * w->w;
    const int last = int_min((block + 1) * ROWS, w->patches);
    for (int c = 0; c < C; c++) {
        Sums s = { 0, 0 };
        for (int i = block * ROWS; i < last; i++) {
            const real *x = view_rows(view(w->cut), i, 1).at + c * size;
            for (int j = 0; j < size; j++) {
                s.sum += (double)x[j];
                s.squares += (double)x[j] * (double)x[j];
            }
        }
        w->sums[block * C + c] = s;
    }
}

static void find_moments(Work *w)
{
    const double tiny = 1e-6; /* rounding errors of a constant image */
    const int C = w->in->shape.c;
    const double n = (double)w->patches * w->h * w->w;
    parallel_for(blocks_of(w), sum_block, w);
    for (int c = 0; c < C; c++) {
        Sums s = { 0, 0 };
        for (int i = 0; i < blocks_of(w); i++) {
            s.sum += w->sums[i * C + c].sum;
            s.squares += w->sums[i * C + c].squares;
        }
        const double mean = s.sum / n, std = sqrt(fmax(0, s.squares / n - mean * mean));
        w->mean[c] = (real)mean;
        w->scale[c] = std > tiny ? (real)(1 / std) : 1;
    }
}

static void normalise_patch(void *args, int i)
{
    const Work *w = args;
    const int size = w->h * w->w;
    real *x = mat_rows(w->cut, i, 1).at;
    for (int c = 0; c < w->in->shape.c; c++, x += size)
        for (int j = 0; j < size; j++)
            x[j] = (x[j] - w->mean[c]) * w->scale[c];
}

static View describe(Work *w, View images, Mat out)
{
    w->images = images;
    w->cut = out;
    parallel_for(w->tasks, cut_images, w);
    find_moments(w);
    parallel_for(w->patches, normalise_patch, w);
    return view(out);
}

/* ---- levels ---------------------------------------------------------------------------------- */

static Status measure_level(Work *w, int level, double *distance, Error *e)
{
    const MetricInput *in = w->in;
    w->level = level;
    w->at = pyramid_shape(in->shape, w->levels, level);
    w->h = int_min(PATCH, w->at.h);
    w->w = int_min(PATCH, w->at.w);
    parallel_for(w->patches, draw_corner, w);
    const View samples = describe(w, in->fake.pixels, w->fake);
    const View images = describe(w, in->real.pixels, w->real);
    TRY(sliced_wasserstein(samples, images,
                           rng_draw(in->seed, RNG_METRIC, METRIC_DRAW_DIRECTIONS, (uint64_t)level),
                           distance, e));
    *distance *= 1000;
    return GT_OK;
}

static int values(Shape s)
{
    return FIRST_LEVEL + int_min(pyramid_levels(s, MIN_SIDE), LEVELS);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    const int images = int_min(in->fake.n, in->real.n), n = values(in->shape) - FIRST_LEVEL;
    Work w = { .in = in,
               .levels = pyramid_levels(in->shape, MIN_SIDE),
               .patches = images < PATCHES / PER_IMAGE ? images * PER_IMAGE : PATCHES,
               .tasks = parallel_threads() };
    TRY(arena_build(scratch, plan, &w, e));
    out[MEAN].value = 0;
    for (int i = 0; i < n; i++) {
        TRY(measure_level(&w, i, &out[FIRST_LEVEL + i].value, e));
        out[MEAN].value += out[FIRST_LEVEL + i].value / n;
    }
    return GT_OK;
}

#define LEVEL(pixels) "the same, of the level of " pixels " pixels on the shorter side"

const Metric metric_swd = {
    .is = { "swd", "sliced Wasserstein distance of patches of samples and real images",
            "Karras et al. 2018, §5", NULL, 0 },
    .value = { "swd", "swd_16", "swd_32", "swd_64", "swd_128", "swd_256", "swd_512", "swd_1024" },
    .about = { "sliced Wasserstein distance of patches, times 1000, mean of the levels",
               LEVEL("14 to 27 (and fewer)"), LEVEL("28 to 55"), LEVEL("56 to 111"),
               LEVEL("112 to 223"), LEVEL("224 to 447"), LEVEL("448 to 895"),
               LEVEL("896 to 1791") },
    .better = { LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER },
    .needs = "samples and test images",
    .inputs = INPUT_PIXELS,
    .min_samples = 1,
    .values = values,
    .measure = measure,
};
