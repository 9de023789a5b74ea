/* Layer normalisation of every sample over its F values. Rows are independent, so that a critic
 * under a gradient penalty can use it in place of batch norm (Gulrajani et al. 2017, §4).
 *
 *   x̂ = (x - μ)·r,  y = γ∘x̂ + β         μ, 1/r² = mean and variance + ε of the row
 *   dγ += Σ dy∘x̂,  dβ += Σ dy
 *   dx = r·(g - b - x̂·a)                 g = γ∘dy,  a = mean(g∘x̂),  b = mean(g)
 *
 * Tangents follow from R{μ} = m = mean(rx) and R{r} = -r²·c, c = mean(x̂∘rx):
 *
 *   rx̂ = r·(rx - m - x̂·c),  ry = γ∘rx̂
 *   rdx = r·(rg - R{b} - rx̂·a - x̂·R{a}) - r·c·dx
 *                                        rg = γ∘rdy,  R{a} = mean(rg∘x̂ + g∘rx̂),  R{b} = mean(rg)
 *   dγ += Σ rdy∘x̂ + dy∘rx̂,  dβ += Σ rdy
 *
 * [1] Ba, Kiros, Hinton 2016, "Layer Normalization", eq. 3 and 4. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/vec.h"
#include "columns.h"

enum { GAMMA, BETA };           /* parameters [1,F]             */
enum { MEAN, R, M, C, CACHED }; /* of every row, in the cache   */

static const Option layer_norm_options[] = {
    OPT_REAL(NormOptions, epsilon, "1e-5", 1e-12, 1, "added to the variance"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const int F = shape_size(l->in);
    (void)e;
    layer_add_gain_and_bias(l);
    l->cache_per_row = CACHED + 2 * F; /* and x̂, rx̂ */
    return GT_OK;
}

/* One row of a pass. The cache: MEAN, R, M, C of all rows, x̂ [B,F], rx̂ [B,F]. */
typedef struct Row {
    int F;
    size_t at; /* of its first value in a [B,F]  */
    real *stat, *xhat, *rxhat;
} Row;

static Row row_of(const Pass *p, int i)
{
    const size_t B = (size_t)p->y.rows, F = (size_t)p->y.cols, at = (size_t)i * F;
    real *xhat = p->cache + B * CACHED + at;
    return (Row){ (int)F, at, p->cache + (size_t)i * CACHED, xhat, xhat + B * F };
}

static real mean_of(const Row *row, const real *v)
{
    return (real)(vec_sum((size_t)row->F, v) / row->F);
}

static real mean_of_product(const Row *row, const real *u, const real *v)
{
    return (real)(vec_dot((size_t)row->F, u, v) / row->F);
}

GT_CLONES static void subtract(int n, const real *x, real mean, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = x[j] - mean;
}

GT_CLONES static void scale(int n, real r, real *x)
{
    for (int j = 0; j < n; j++)
        x[j] *= r;
}

GT_CLONES static void affine(int n, const real *x, const real *gamma, const real *beta,
                             real *restrict y)
{
    for (int j = 0; j < n; j++)
        y[j] = gamma[j] * x[j] + beta[j];
}

GT_CLONES static void multiply(int n, const real *u, const real *v, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = u[j] * v[j];
}

static void forward_row(const Layer *l, const Pass *p, int i)
{
    const NormOptions *o = l->options;
    const Row row = row_of(p, i);
    const real *x = p->x.at + row.at;

    row.stat[MEAN] = mean_of(&row, x);
    subtract(row.F, x, row.stat[MEAN], row.xhat);
    const double variance = vec_dot((size_t)row.F, row.xhat, row.xhat) / row.F;
    row.stat[R] = (real)(1 / sqrt(variance + o->epsilon));
    scale(row.F, row.stat[R], row.xhat);
    affine(row.F, row.xhat, l->param[GAMMA].value.at, l->param[BETA].value.at, p->y.at + row.at);
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows, forward_row);
}

/* dx = r·(g - b - x̂·a), with g in dx on entry */
GT_CLONES static void finish_dx(const Row *row, real a, real b, real *restrict dx)
{
    const real r = row->stat[R], *xhat = row->xhat;
    for (int j = 0; j < row->F; j++)
        dx[j] = r * (dx[j] - b - xhat[j] * a);
}

static void backward_row(const Layer *l, const Pass *p, int i)
{
    const Row row = row_of(p, i);
    real *dx = p->dx.at + row.at;

    multiply(row.F, l->param[GAMMA].value.at, p->dy.at + row.at, dx); /* g = γ∘dy */
    finish_dx(&row, mean_of_product(&row, dx, row.xhat), mean_of(&row, dx), dx);
}

/* dγ += Σ dy∘x̂, dβ += Σ dy */
static void add_gradients(const Layer *l, const Pass *p, int block)
{
    const Columns c = columns_of(p->y.cols, block);
    double dgamma[COLUMN_BLOCK] = { 0 }, dbeta[COLUMN_BLOCK] = { 0 };

    for (int i = 0; i < p->y.rows; i++) {
        const Row row = row_of(p, i);
        const real *dy = p->dy.at + row.at + c.first;
        columns_add_product(c.n, dy, row.xhat + c.first, dgamma);
        columns_add(c.n, dy, dbeta);
    }
    columns_finish(c, dgamma, l->param[GAMMA].grad);
    columns_finish(c, dbeta, l->param[BETA].grad);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_PARAMS)
        pass_for(l, p, column_blocks(p->y.cols), add_gradients);
    if (p->want & WANT_INPUT)
        pass_for(l, p, p->y.rows, backward_row);
}

/* rx̂ = r·(rx - m - x̂·c) */
GT_CLONES static void compute_rxhat(const Row *row, const real *rx, real *restrict rxhat)
{
    const real r = row->stat[R], m = row->stat[M], c = row->stat[C], *xhat = row->xhat;
    for (int j = 0; j < row->F; j++)
        rxhat[j] = r * (rx[j] - m - xhat[j] * c);
}

static void tangent_forward_row(const Layer *l, const Pass *p, int i)
{
    const Row row = row_of(p, i);
    const real *rx = p->rx.at + row.at;

    row.stat[M] = mean_of(&row, rx);
    row.stat[C] = mean_of_product(&row, rx, row.xhat);
    compute_rxhat(&row, rx, row.rxhat);
    multiply(row.F, l->param[GAMMA].value.at, row.rxhat, p->ry.at + row.at);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows, tangent_forward_row);
}

/* Means of one row. */
typedef struct Means {
    real a, b, ra, rb;
} Means;

/* rdx = r·(rg - R{b} - rx̂·a - x̂·R{a}) - r²·c·(g - b - x̂·a), with rg in rdx on entry */
GT_CLONES static void finish_rdx(const Row *row, Means m, const real *gamma, const real *dy,
                                 real *restrict rdx)
{
    const real r = row->stat[R], rc = r * row->stat[C], *xhat = row->xhat, *rxhat = row->rxhat;
    for (int j = 0; j < row->F; j++) {
        const real first = rdx[j] - m.rb - rxhat[j] * m.a - xhat[j] * m.ra;
        rdx[j] = r * (first - rc * (gamma[j] * dy[j] - m.b - xhat[j] * m.a));
    }
}

static void tangent_backward_row(const Layer *l, const Pass *p, int i)
{
    const Row row = row_of(p, i);
    const real *gamma = l->param[GAMMA].value.at, *dy = p->dy.at + row.at;
    real *rdx = p->rdx.at + row.at;
    Means m = { 0, 0, 0, 0 };

    multiply(row.F, gamma, dy, rdx); /* g, for its means */
    m.a = mean_of_product(&row, rdx, row.xhat);
    m.b = mean_of(&row, rdx);
    m.ra = mean_of_product(&row, rdx, row.rxhat);
    if (p->rdy.rows) {
        multiply(row.F, gamma, p->rdy.at + row.at, rdx); /* rg */
        m.ra += mean_of_product(&row, rdx, row.xhat);
        m.rb = mean_of(&row, rdx);
    } else {
        mat_fill((Mat){ 1, row.F, rdx }, 0);
    }
    finish_rdx(&row, m, gamma, dy, rdx);
}

/* dγ += Σ rdy∘x̂ + dy∘rx̂, dβ += Σ rdy */
static void add_tangent_gradients(const Layer *l, const Pass *p, int block)
{
    const Columns c = columns_of(p->y.cols, block);
    double dgamma[COLUMN_BLOCK] = { 0 }, dbeta[COLUMN_BLOCK] = { 0 };

    for (int i = 0; i < p->y.rows; i++) {
        const Row row = row_of(p, i);
        columns_add_product(c.n, p->dy.at + row.at + c.first, row.rxhat + c.first, dgamma);
        if (!p->rdy.rows)
            continue;
        columns_add_product(c.n, p->rdy.at + row.at + c.first, row.xhat + c.first, dgamma);
        columns_add(c.n, p->rdy.at + row.at + c.first, dbeta);
    }
    columns_finish(c, dgamma, l->param[GAMMA].grad);
    columns_finish(c, dbeta, l->param[BETA].grad);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    pass_for(l, p, column_blocks(p->y.cols), add_tangent_gradients);
    pass_for(l, p, p->y.rows, tangent_backward_row);
}

const LayerKind layer_layer_norm = {
    .is = { "layer_norm", "normalises each sample over its values", "Ba et al. 2016, eq. 4",
            layer_norm_options, sizeof(NormOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
