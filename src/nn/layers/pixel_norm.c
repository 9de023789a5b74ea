/* Pixel normalisation: scales the C channels of every pixel to mean square 1, which bounds
 * activations. The output {F,1,1} of a dense layer is one pixel of F channels.
 *
 *   y   = x·r             r = 1/√(mean x² + ε), means over the channels of a pixel
 *   dx  = r·(dy - y·a)                             a = mean(dy∘y)
 *   ry  = r·(rx - y·c)                             c = mean(rx∘y), so R{r} = -r²·c
 *   rdx = r·(rdy - ry·a - y·R{a} - r·c·(dy - y·a)) R{a} = mean(rdy∘y + dy∘ry)
 *
 * [1] Karras et al. 2017, "Progressive Growing of GANs", §4.2. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/vec.h"
#include "columns.h"

enum { R, RC, CACHED }; /* r and r·c of every pixel, in the cache */
enum { PIECE = 64 };    /* pixels at a time                       */

static const Option pixel_norm_options[] = {
    OPT_REAL(NormOptions, epsilon, "1e-8", 1e-12, 1, "added to the mean square"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->cache_per_row = CACHED * l->in.h * l->in.w;
    return GT_OK;
}

/* Some pixels of one row as lines for the loops below: a line is n pixels of one channel, or, of a
 * single-pixel image, n of its channels. */
typedef struct Pixels {
    bool single;
    int n, channels;
    size_t first, next, end; /* of the lines, in a [B,F] */
    real *cached[CACHED];    /* [n]; [1] if single       */
} Pixels;

static int pieces_of(const Layer *l)
{
    return (l->in.h * l->in.w + PIECE - 1) / PIECE;
}

/* Piece i % pieces_of(l) of row i / pieces_of(l). */
static Pixels pixels_of(const Layer *l, const Pass *p, int i)
{
    const int row = i / pieces_of(l), j = i % pieces_of(l) * PIECE, hw = l->in.h * l->in.w;
    const size_t F = (size_t)shape_size(l->in), at = (size_t)row * F;
    real *cached = p->cache + (size_t)row * CACHED * (size_t)hw + j;
    const bool single = hw == 1;
    return (Pixels){ .single = single,
                     .n = single || hw - j > PIECE ? PIECE : hw - j,
                     .channels = l->in.c,
                     .first = at + (size_t)j,
                     .next = single ? PIECE : (size_t)hw,
                     .end = at + F,
                     .cached = { cached, cached + hw } };
}

/* Numbers in the line at offset `at`. */
static int length(const Pixels *px, size_t at)
{
    const size_t left = px->end - at;
    return px->single && left < PIECE ? (int)left : px->n;
}

/* Repeats the value of a single pixel for a whole line. */
static void repeat(const Pixels *px, real value[PIECE])
{
    for (int j = 1; px->single && j < PIECE; j++)
        value[j] = value[0];
}

static void read_cached(const Pixels *px, int which, real value[PIECE])
{
    const int n = px->single ? 1 : px->n;
    for (int j = 0; j < n; j++)
        value[j] = px->cached[which][j];
    repeat(px, value);
}

/* mean u∘v over the channels of every pixel */
static void means(const Pixels *px, const real *u, const real *v, real mean[PIECE])
{
    double sum[PIECE] = { 0 };
    if (px->single)
        sum[0] = vec_dot((size_t)px->channels, u + px->first, v + px->first);
    else
        for (size_t at = px->first; at < px->end; at += px->next)
            columns_add_product(px->n, u + at, v + at, sum);
    for (int j = 0; j < px->n; j++)
        mean[j] = (real)(sum[j] / px->channels);
    repeat(px, mean);
}

/* ---- the loops of one line ------------------------------------------------------------------- */

GT_CLONES static void multiply(int n, const real *r, const real *x, real *restrict y)
{
    for (int j = 0; j < n; j++)
        y[j] = x[j] * r[j];
}

/* out = r·(v - y·a) */
GT_CLONES static void project(int n, const real *r, const real *a, const real *y, const real *v,
                              real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = r[j] * (v[j] - y[j] * a[j]);
}

/* rdx -= r·(ry·a + y·R{a} + r·c·(dy - y·a)) */
typedef struct SecondOrder {
    real r[PIECE], rc[PIECE], a[PIECE], ra[PIECE];
} SecondOrder;

GT_CLONES static void subtract_second_order(int n, const SecondOrder *b, const real *y,
                                            const real *ry, const real *dy, real *restrict rdx)
{
    for (int j = 0; j < n; j++)
        rdx[j] -=
            b->r[j] * (ry[j] * b->a[j] + y[j] * b->ra[j] + b->rc[j] * (dy[j] - y[j] * b->a[j]));
}

static void forward_pixels(const Layer *l, const Pass *p, int i)
{
    const Pixels piece = pixels_of(l, p, i), *px = &piece;
    const NormOptions *o = l->options;
    real r[PIECE];

    means(px, p->x.at, p->x.at, r);
    for (int j = 0; j < (px->single ? 1 : px->n); j++)
        px->cached[R][j] = (real)(1 / sqrt((double)r[j] + o->epsilon));
    read_cached(px, R, r);
    for (size_t at = px->first; at < px->end; at += px->next)
        multiply(length(px, at), r, p->x.at + at, p->y.at + at);
}

static void backward_pixels(const Layer *l, const Pass *p, int i)
{
    const Pixels piece = pixels_of(l, p, i), *px = &piece;
    real r[PIECE], a[PIECE];
    read_cached(px, R, r);
    means(px, p->dy.at, p->y.at, a);
    for (size_t at = px->first; at < px->end; at += px->next)
        project(length(px, at), r, a, p->y.at + at, p->dy.at + at, p->dx.at + at);
}

static void tangent_forward_pixels(const Layer *l, const Pass *p, int i)
{
    const Pixels piece = pixels_of(l, p, i), *px = &piece;
    real r[PIECE], c[PIECE];
    read_cached(px, R, r);
    means(px, p->rx.at, p->y.at, c);
    for (int j = 0; j < (px->single ? 1 : px->n); j++)
        px->cached[RC][j] = r[j] * c[j];
    for (size_t at = px->first; at < px->end; at += px->next)
        project(length(px, at), r, c, p->y.at + at, p->rx.at + at, p->ry.at + at);
}

static void tangent_backward_pixels(const Layer *l, const Pass *p, int i)
{
    const Pixels piece = pixels_of(l, p, i), *px = &piece;
    SecondOrder b;
    read_cached(px, R, b.r);
    read_cached(px, RC, b.rc);
    means(px, p->dy.at, p->y.at, b.a);
    means(px, p->dy.at, p->ry.at, b.ra);
    if (p->rdy.rows) {
        real more[PIECE];
        means(px, p->rdy.at, p->y.at, more);
        for (int j = 0; j < px->n; j++)
            b.ra[j] += more[j];
    }
    for (size_t at = px->first; at < px->end; at += px->next) {
        const int n = length(px, at);
        if (p->rdy.rows)
            multiply(n, b.r, p->rdy.at + at, p->rdx.at + at);
        else
            memset(p->rdx.at + at, 0, (size_t)n * sizeof(real));
        subtract_second_order(n, &b, p->y.at + at, p->ry.at + at, p->dy.at + at, p->rdx.at + at);
    }
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows * pieces_of(l), forward_pixels);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_INPUT)
        pass_for(l, p, p->y.rows * pieces_of(l), backward_pixels);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows * pieces_of(l), tangent_forward_pixels);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows * pieces_of(l), tangent_backward_pixels);
}

const LayerKind layer_pixel_norm = {
    .is = { "pixel_norm", "scales the channels of each pixel to mean square 1",
            "Karras et al. 2017, §4.2", pixel_norm_options, sizeof(NormOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
