/* Random translation: training shifts every image by a whole number of pixels, up to `pixels` each
 * way, drawn for every row; uncovered pixels become `fill`. As the first layer of a discriminator
 * it augments D's images in both players' updates, so that G does not learn the shifts [1].
 *
 *   y[·,i,j] = x[·,i-v,j-u]           or `fill` outside
 *   dx[·,i,j] = dy[·,i+v,j+u]         or 0 outside; ry and rdx alike
 *
 * [1] Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training", §3.2. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { DOWN, RIGHT, CACHED }; /* v and u of every row, in the cache */

typedef struct TranslateOptions {
    int64_t pixels;
    double fill;
} TranslateOptions;

static const Option translate_options[] = {
    OPT_INT(TranslateOptions, pixels, "3", 1, 1024, "largest shift in each direction"),
    OPT_REAL(TranslateOptions, fill, "-1", -1e6, 1e6,
             "value of uncovered pixels, the background: -1 is black in range signed, 0 in unit"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const TranslateOptions *o = l->options;
    const Shape in = l->in;

    l->cache_per_row = CACHED;
    if (in.h == 1 || in.w == 1)
        return fail(e, GT_ECONFIG,
                    "shifts images, but its input is %d x %d x %d: put it first in the "
                    "discriminator",
                    in.c, in.h, in.w);
    if (o->pixels >= in.h || o->pixels >= in.w)
        return fail(e, GT_ECONFIG,
                    "a shift by %lld pixels leaves nothing of an image of %d x %d: expected less",
                    (long long)o->pixels, in.h, in.w);
    return GT_OK;
}

/* Shifts from `in` to `out`: forward (sign 1) or backward (-1). */
typedef struct Shift {
    Shape shape;
    const real *in, *cache;
    real *out;
    int sign;
    real fill;
} Shift;

/* to = the line at `from`, shifted to the right by u */
static void shift_line(const real *from, int n, int u, real fill, real *to)
{
    const int uncovered = u < 0 ? -u : u, kept = n - uncovered;
    mat_fill((Mat){ 1, uncovered, u < 0 ? to + kept : to }, fill);
    memcpy(u < 0 ? to : to + u, u < 0 ? from - u : from, (size_t)kept * sizeof *to);
}

static void shift_image(void *args, int row)
{
    const Shift *s = args;
    const int h = s->shape.h, w = s->shape.w, lines = s->shape.c * h;
    const int v = s->sign * (int)s->cache[row * CACHED + DOWN];
    const int u = s->sign * (int)s->cache[row * CACHED + RIGHT];
    const size_t first = (size_t)row * (size_t)(lines * w);

    for (int i = 0; i < lines; i++) {
        const int from = i % h - v; /* the source line in this channel */
        real *to = s->out + first + (size_t)(i * w);
        if (from < 0 || from >= h)
            mat_fill((Mat){ 1, w, to }, s->fill);
        else
            shift_line(s->in + first + (size_t)((i - v) * w), w, u, s->fill, to);
    }
}

static void shift(const Layer *l, const Pass *p, View in, Mat out, int sign, real fill)
{
    Shift s = { l->in, in.at, p->cache, out.at, sign, fill };
    parallel_for(out.rows, shift_image, &s);
}

/* Two words of a row, each mapped to -pixels..pixels. */
static void draw_shifts(const Layer *l, const Pass *p)
{
    const int64_t pixels = ((const TranslateOptions *)l->options)->pixels;
    const uint64_t choices = 2 * (uint64_t)pixels + 1;
    uint32_t word[4];

    for (int row = 0; row < p->y.rows; row++) {
        rng_words(p->draw, pass_row(p, row), 0, word);
        for (int i = 0; i < CACHED; i++)
            p->cache[row * CACHED + i] = (real)((int64_t)(word[i] * choices >> 32) - pixels);
    }
}

static void forward(const Layer *l, Pass *p)
{
    if (p->want & WANT_TRAINING)
        draw_shifts(l, p);
    else
        mat_fill((Mat){ p->y.rows, CACHED, p->cache }, 0);
    shift(l, p, p->x, p->y, 1, (real)((const TranslateOptions *)l->options)->fill);
}

/* The shift of the pass with zeros for fill; the transpose shifts back. */
static void linear(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    shift(l, p, in, out, transpose ? -1 : 1, 0);
}

const LayerKind layer_translate = {
    .is = { "translate", "shifts images by random whole pixels in training",
            "Zhao et al. 2020, §3.2", translate_options, sizeof(TranslateOptions) },
    .infer = infer,
    .forward = forward,
    .backward = linear_backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = linear_tangent_backward,
    .linear = linear,
};
