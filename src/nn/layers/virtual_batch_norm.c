/* Virtual batch normalisation: normalises every sample by the statistics of a fixed reference batch
 * plus the sample itself. Unlike with batch norm, no sample depends on the rest of its batch. The
 * reference batch is the last N rows of every pass, because its activations change with the layers
 * below, and gradients flow through them.
 *
 * For each column, with m and v the mean and the (biased) variance of the reference rows [1]:
 *
 *   μ_i = (N·m + x_i) / (N+1),  q_i = (N·mean(x²) + x_i²) / (N+1),  1/r_i² = q_i - μ_i² + ε
 *   x̂_i = (x_i - μ_i)·r_i,  y_i = γ·x̂_i + β
 *
 * Equivalent, without cancellation of large numbers, with d_i = x_i - m and w = 1/(N+1):
 *
 *   1/r_i² = (1-w)·(v + w·d_i²) + ε,  x̂_i = (1-w)·d_i·r_i
 *
 * For reference rows w = 0. Backward, with g = γ·dy and Σ over all rows, reference rows included:
 *
 *   p_i = g_i·∂x̂_i/∂d_i = g_i·(1-w)·r_i·(1 - x̂_i²·w/(1-w))
 *   dm = -Σ p_i,  dv = -½·Σ g_i·(1-w)·r_i²·x̂_i
 *   dx_i = p_i, and of a reference row p_i + (dm + 2·d_i·dv) / N
 *   dγ += Σ dy∘x̂,  dβ += Σ dy
 *
 * No tangents: only generators have a reference batch, and penalties apply to discriminators.
 * [1] Salimans et al. 2016, "Improved Techniques for Training GANs", §3.5. */
#include "gantrain/nn/layer.h"

#include <assert.h>

#include "gantrain/base/clones.h"
#include "columns.h"

enum { GAMMA, BETA };            /* parameters [1,F]          */
enum { MEAN, VARIANCE, CACHED }; /* m, v: [F] each, per pass  */

static const Option virtual_batch_norm_options[] = {
    OPT_REAL(NormOptions, epsilon, "1e-5", 1e-12, 1, "added to the variance"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const int F = shape_size(l->in);
    (void)e;
    layer_add_gain_and_bias(l);
    l->cache_fixed = CACHED * F;
    return GT_OK;
}

/* A block of columns: one chunk of work. */
typedef struct Part {
    const Pass *p;
    Columns in;
    real *mean, *variance;    /* m, v of these columns  [n] */
    const real *gamma, *beta; /*                        [n] */
    real epsilon;
    int own; /* rows before the reference batch      */
    int N;   /* rows of it                           */
} Part;

static Part part_of(const Layer *l, const Pass *p, int block)
{
    const Columns in = columns_of(p->y.cols, block);
    assert(p->reference > 0);
    return (Part){ .p = p,
                   .in = in,
                   .mean = p->cache + (size_t)MEAN * (size_t)p->y.cols + in.first,
                   .variance = p->cache + (size_t)VARIANCE * (size_t)p->y.cols + in.first,
                   .gamma = l->param[GAMMA].value.at + in.first,
                   .beta = l->param[BETA].value.at + in.first,
                   .epsilon = (real)((const NormOptions *)l->options)->epsilon,
                   .own = p->y.rows - p->reference,
                   .N = p->reference };
}

/* The weight of row i in its own statistics. */
static real weight_of(const Part *part, int i)
{
    return i < part->own ? 1 / (real)(part->N + 1) : 0;
}

GT_CLONES static void normalise(const Part *part, real w, const real *x, real *restrict xhat,
                                real *restrict r)
{
    const real *m = part->mean, *v = part->variance, rest = 1 - w;
    for (int j = 0; j < part->in.n; j++) {
        const real d = x[j] - m[j];
        r[j] = 1 / real_sqrt(rest * (v[j] + w * d * d) + part->epsilon);
        xhat[j] = rest * d * r[j];
    }
}

static void take_statistics(const Part *part)
{
    double mean[COLUMN_BLOCK], square[COLUMN_BLOCK];
    columns_moments(part->p->x, part->own, part->N, part->in, mean, square);
    for (int j = 0; j < part->in.n; j++) {
        part->mean[j] = (real)mean[j];
        part->variance[j] = (real)(square[j] / part->N);
    }
}

/* y = γ∘x̂ + β */
GT_CLONES static void affine(const Part *part, const real *xhat, real *restrict y)
{
    for (int j = 0; j < part->in.n; j++)
        y[j] = part->gamma[j] * xhat[j] + part->beta[j];
}

static void forward_block(const Layer *l, const Pass *p, int block)
{
    const Part part = part_of(l, p, block);
    real xhat[COLUMN_BLOCK], r[COLUMN_BLOCK];

    take_statistics(&part);
    for (int i = 0; i < p->y.rows; i++) {
        normalise(&part, weight_of(&part, i), columns_in(p->x, i, part.in), xhat, r);
        affine(&part, xhat, columns_out(p->y, i, part.in));
    }
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, column_blocks(p->y.cols), forward_block);
}

/* Sums over all rows of some columns. */
typedef struct Sums {
    double gamma[COLUMN_BLOCK], beta[COLUMN_BLOCK]; /* Σ dy∘x̂, Σ dy             */
    double dx[COLUMN_BLOCK];                        /* Σ p          = -dm        */
    double spread[COLUMN_BLOCK];                    /* Σ (g∘r)∘((1-w)·r∘x̂) = -2·dv */
} Sums;

/* dx = p; a = g∘r, b = (1-w)·r∘x̂ */
GT_CLONES static void backward_row(const Part *part, real w, const real *dy, const real *xhat,
                                   const real *r, real *restrict dx, real *restrict a,
                                   real *restrict b)
{
    const real rest = 1 - w, ratio = w / rest;
    for (int j = 0; j < part->in.n; j++) {
        a[j] = part->gamma[j] * dy[j] * r[j];
        b[j] = rest * r[j] * xhat[j];
        dx[j] = rest * a[j] * (1 - ratio * xhat[j] * xhat[j]);
    }
}

static void backward_one(const Part *part, int i, Sums *s)
{
    const Pass *p = part->p;
    const real w = weight_of(part, i), *dy = columns_in(p->dy, i, part->in);
    real xhat[COLUMN_BLOCK], r[COLUMN_BLOCK], a[COLUMN_BLOCK], b[COLUMN_BLOCK];
    const int n = part->in.n;

    normalise(part, w, columns_in(p->x, i, part->in), xhat, r);
    if (p->want & WANT_PARAMS) {
        columns_add_product(n, dy, xhat, s->gamma);
        columns_add(n, dy, s->beta);
    }
    if (p->want & WANT_INPUT) {
        real *dx = columns_out(p->dx, i, part->in);
        backward_row(part, w, dy, xhat, r, dx, a, b);
        columns_add(n, dx, s->dx);
        columns_add_product(n, a, b, s->spread);
    }
}

/* dx += (dm + 2·d·dv) / N of one row */
GT_CLONES static void subtract_through_statistics(const Part *part, const real *x,
                                                  const real *of_mean, const real *of_spread,
                                                  real *restrict dx)
{
    for (int j = 0; j < part->in.n; j++)
        dx[j] -= of_mean[j] + (x[j] - part->mean[j]) * of_spread[j];
}

static void add_through_statistics(const Part *part, const Sums *s)
{
    real of_mean[COLUMN_BLOCK], of_spread[COLUMN_BLOCK];
    for (int j = 0; j < part->in.n; j++) {
        of_mean[j] = (real)(s->dx[j] / part->N);
        of_spread[j] = (real)(s->spread[j] / part->N);
    }
    for (int i = part->own; i < part->own + part->N; i++)
        subtract_through_statistics(part, columns_in(part->p->x, i, part->in), of_mean, of_spread,
                                    columns_out(part->p->dx, i, part->in));
}

static void backward_block(const Layer *l, const Pass *p, int block)
{
    const Part part = part_of(l, p, block);
    Sums s = { { 0 }, { 0 }, { 0 }, { 0 } };
    for (int i = 0; i < p->y.rows; i++)
        backward_one(&part, i, &s);
    if (p->want & WANT_PARAMS) {
        columns_finish(part.in, s.gamma, l->param[GAMMA].grad);
        columns_finish(part.in, s.beta, l->param[BETA].grad);
    }
    if (p->want & WANT_INPUT)
        add_through_statistics(&part, &s);
}

static void backward(const Layer *l, Pass *p)
{
    pass_for(l, p, column_blocks(p->y.cols), backward_block);
}

const LayerKind layer_virtual_batch_norm = {
    .is = { "virtual_batch_norm", "normalises each value over a fixed batch and the sample itself",
            "Salimans et al. 2016, §3.5", virtual_batch_norm_options, sizeof(NormOptions) },
    .flags = LAYER_MIXES_BATCH | LAYER_REFERENCE,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
