/* Batch normalisation over the rows of a group (real and fake rows are separate groups).
 *
 *   x̂ = (x - μ)·r,  y = γ∘x̂ + β         μ, 1/r² = mean, variance + ε of each column of a group
 *   dγ += Σ dy∘x̂,  dβ += Σ dy,  dx = γ∘r∘(dy - b - x̂∘a),  a = mean(dy∘x̂),  b = mean(dy)
 *
 * Tangents follow from R{μ} = m = mean(rx) and R{r} = -r²∘c, c = mean(x̂∘rx):
 *
 *   rx̂ = r∘(rx - m - x̂∘c),  ry = γ∘rx̂
 *   R{a} = mean(rdy∘x̂ + dy∘rx̂),  R{b} = mean(rdy)
 *   rdx = γ∘r∘(rdy - R{b} - rx̂∘a - x̂∘R{a} - r∘c∘(dy - b - x̂∘a))
 *   dγ += Σ rdy∘x̂ + dy∘rx̂,  dβ += Σ rdy
 *
 * Under a penalty g = ∂S/∂x, where S sums D over the group, so that g includes every row's effect
 * on μ and r. Outside training running statistics replace μ and r, and the means above are zero.
 * Training passes update them by `momentum`, with the unbiased variance, as in PyTorch.
 *
 * A group may be distributed over ranks: every sum is over this rank's rows, then over ranks. The
 * gradients of γ and β are those of this rank's rows, like all gradients.
 * [1] Ioffe and Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training", Alg. 1. */
#include "gantrain/base/clones.h"
#include "columns.h"

enum { GAMMA, BETA };                    /* parameters [1,F] */
enum { RUNNING_MEAN, RUNNING_VARIANCE }; /* buffers    [1,F] */
enum { MEAN, R, M, C };                  /* statistics of a group, [F] each */
enum { A, B, RA, RB, SUMS };             /* sums of a group, [F] each, for one pass */

static const Option batch_norm_options[] = {
    OPT_REAL(NormOptions, momentum, "0.1", 0, 1, "weight of a batch in the running statistics"),
    OPT_REAL(NormOptions, epsilon, "1e-5", 1e-12, 1, "added to the variance"),
    OPT_BOOL(NormOptions, affine, "true", "train a factor and an offset of every value"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const int F = shape_size(l->in);
    (void)e;
    if (((const NormOptions *)l->options)->affine)
        layer_add_gain_and_bias(l);
    layer_add_buffer(l, "running_mean", 1, 1, F, 0);
    layer_add_buffer(l, "running_var", 1, 1, F, 1);
    l->cache_fixed = group_cache(F);
    return GT_OK;
}

#define ONES 1, 1, 1, 1, 1, 1, 1, 1

/* γ and β of the part's columns; without them 1 and 0.   [n] */
static const real *gamma_of(const Layer *l, const GroupPart *part)
{
    static const real ones[COLUMN_BLOCK] = { ONES, ONES, ONES, ONES, ONES, ONES, ONES, ONES };
    return l->n_params ? l->param[GAMMA].value.at + part->in.first : ones;
}

static const real *beta_of(const Layer *l, const GroupPart *part)
{
    static const real zeros[COLUMN_BLOCK];
    return l->n_params ? l->param[BETA].value.at + part->in.first : zeros;
}

static void add_gradients(const Layer *l, const Pass *p, int of_gamma, int of_beta)
{
    if (!l->n_params)
        return;
    group_add_gradient(p, of_gamma, l->param[GAMMA].grad);
    group_add_gradient(p, of_beta, l->param[BETA].grad);
}

/* ---- sums over the rows of a part ------------------------------------------------------------ */

GT_CLONES static void normalise(const GroupPart *part, const real *x, real *restrict xhat)
{
    const real *mean = part->stat[MEAN], *r = part->stat[R];
    for (int j = 0; j < part->in.n; j++)
        xhat[j] = (x[j] - mean[j]) * r[j];
}

/* Σ v */
static void sum_rows(View v, const GroupPart *part, double *sum)
{
    for (int i = 0; i < part->rows; i++)
        columns_add(part->in.n, group_row(v, part, i), sum);
}

/* Σ v∘x̂ */
static void sum_with_xhat(View x, View v, const GroupPart *part, double *sum)
{
    real xhat[COLUMN_BLOCK];
    for (int i = 0; i < part->rows; i++) {
        normalise(part, group_row(x, part, i), xhat);
        columns_add_product(part->in.n, group_row(v, part, i), xhat, sum);
    }
}

static void sum_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    (void)l;
    group_clear(part, A);
    sum_rows(p->x, part, part->sum[A]);
}

/* Σ (x - μ)² */
static void square_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    (void)l;
    group_clear(part, B);
    for (int j = 0; j < part->in.n; j++)
        part->sum[A][j] /= part->global_rows;
    for (int i = 0; i < part->rows; i++)
        columns_add_squares(part->in.n, group_row(p->x, part, i), part->sum[A], part->sum[B]);
}

/* μ and r of the part's columns, from the batch or from the running statistics */
static void batch_statistics(const Layer *l, const GroupPart *part)
{
    const NormOptions *o = l->options;
    for (int j = 0; j < part->in.n; j++) {
        part->stat[MEAN][j] = (real)part->sum[A][j];
        part->stat[R][j] = (real)(1 / sqrt(part->sum[B][j] / part->global_rows + o->epsilon));
    }
}

static void running_statistics(const Layer *l, const GroupPart *part)
{
    const NormOptions *o = l->options;
    const real *mean = l->buffer[RUNNING_MEAN].value.at + part->in.first;
    const real *variance = l->buffer[RUNNING_VARIANCE].value.at + part->in.first;
    for (int j = 0; j < part->in.n; j++) {
        part->stat[MEAN][j] = mean[j];
        part->stat[R][j] = 1 / real_sqrt(variance[j] + (real)o->epsilon);
    }
}

/* y = γ∘(x - μ)∘r + β */
GT_CLONES static void affine(const GroupPart *part, const real *x, const real *gamma,
                             const real *beta, real *restrict y)
{
    const real *mean = part->stat[MEAN], *r = part->stat[R];
    for (int j = 0; j < part->in.n; j++)
        y[j] = gamma[j] * ((x[j] - mean[j]) * r[j]) + beta[j];
}

static void forward_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    const real *gamma = gamma_of(l, part), *beta = beta_of(l, part);
    if (part->training)
        batch_statistics(l, part);
    else
        running_statistics(l, part);
    for (int i = 0; i < part->rows; i++)
        affine(part, group_row(p->x, part, i), gamma, beta, group_row_out(p->y, part, i));
}

static void forward(const Layer *l, Pass *p)
{
    if (p->want & WANT_TRAINING) {
        group_sweep(l, p, sum_part);
        group_sums_over_ranks(p, A, 1);
        group_sweep(l, p, square_part);
        group_sums_over_ranks(p, B, 1);
    }
    group_sweep(l, p, forward_part);
}

GT_CLONES static void backward_row(const GroupPart *part, const real *gamma, const real *x,
                                   const real *dy, const real *a, const real *b, real *restrict dx)
{
    const real *mean = part->stat[MEAN], *r = part->stat[R];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        dx[j] = gamma[j] * r[j] * (dy[j] - (b[j] + xhat * a[j]));
    }
}

/* Σ dy∘x̂ and Σ dy */
static void sum_gradients(const Layer *l, const Pass *p, const GroupPart *part)
{
    (void)l;
    group_clear(part, A);
    group_clear(part, B);
    sum_with_xhat(p->x, p->dy, part, part->sum[A]);
    sum_rows(p->dy, part, part->sum[B]);
}

/* dx = γ∘r∘(dy - b - x̂∘a); outside training μ and r do not depend on x */
static void backward_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    real a[COLUMN_BLOCK], b[COLUMN_BLOCK];

    group_means(part, A, a);
    group_means(part, B, b);
    for (int i = 0; i < part->rows; i++)
        backward_row(part, gamma_of(l, part), group_row(p->x, part, i), group_row(p->dy, part, i),
                     a, b, group_row_out(p->dx, part, i));
}

/* dγ += Σ dy∘x̂, dβ += Σ dy */
static void backward(const Layer *l, Pass *p)
{
    group_sweep(l, p, sum_gradients);
    if (p->want & WANT_PARAMS)
        add_gradients(l, p, A, B);
    if (p->want & WANT_INPUT) {
        group_sums_over_ranks(p, A, 2);
        group_sweep(l, p, backward_part);
    }
}

/* rx̂ = r∘(rx - m - x̂∘c) */
GT_CLONES static void tangent_row(const GroupPart *part, const real *x, const real *rx,
                                  real *restrict rxhat)
{
    const real *mean = part->stat[MEAN], *r = part->stat[R], *m = part->stat[M];
    const real *c = part->stat[C];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        rxhat[j] = r[j] * (rx[j] - m[j] - xhat * c[j]);
    }
}

/* Σ rx and Σ x̂∘rx */
static void sum_tangents(const Layer *l, const Pass *p, const GroupPart *part)
{
    (void)l;
    group_clear(part, A);
    group_clear(part, B);
    sum_rows(p->rx, part, part->sum[A]);
    sum_with_xhat(p->x, p->rx, part, part->sum[B]);
}

static void tangent_forward_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    const real *gamma = gamma_of(l, part);

    group_means(part, A, part->stat[M]);
    group_means(part, B, part->stat[C]);
    for (int i = 0; i < part->rows; i++) {
        real *ry = group_row_out(p->ry, part, i);
        tangent_row(part, group_row(p->x, part, i), group_row(p->rx, part, i), ry);
        for (int j = 0; j < part->in.n; j++)
            ry[j] *= gamma[j];
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    group_sweep(l, p, sum_tangents);
    group_sums_over_ranks(p, A, 2);
    group_sweep(l, p, tangent_forward_part);
}

/* Of dy∘x̂ and dy, and their tangents. */
typedef struct Means {
    real a[COLUMN_BLOCK], b[COLUMN_BLOCK], ra[COLUMN_BLOCK], rb[COLUMN_BLOCK];
} Means;

/* Σ dy∘x̂, Σ dy, Σ rdy∘x̂ + dy∘rx̂ and Σ rdy */
static void sum_gradient_tangents(const Layer *l, const Pass *p, const GroupPart *part)
{
    real rxhat[COLUMN_BLOCK];
    sum_gradients(l, p, part);
    group_clear(part, RA);
    group_clear(part, RB);
    for (int i = 0; i < part->rows; i++) {
        tangent_row(part, group_row(p->x, part, i), group_row(p->rx, part, i), rxhat);
        columns_add_product(part->in.n, group_row(p->dy, part, i), rxhat, part->sum[RA]);
    }
    if (!p->rdy.rows)
        return;
    sum_with_xhat(p->x, p->rdy, part, part->sum[RA]);
    sum_rows(p->rdy, part, part->sum[RB]);
}

GT_CLONES static void tangent_backward_row(const GroupPart *part, const real *gamma, const real *x,
                                           const real *dy, const real *rdy, const real *rxhat,
                                           const Means *s, real *restrict rdx)
{
    const real *mean = part->stat[MEAN], *r = part->stat[R], *c = part->stat[C];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        const real first = rdy[j] - s->rb[j] - rxhat[j] * s->a[j] - xhat * s->ra[j];
        const real second = r[j] * c[j] * (dy[j] - s->b[j] - xhat * s->a[j]);
        rdx[j] = gamma[j] * r[j] * (first - second);
    }
}

static void tangent_backward_part(const Layer *l, const Pass *p, const GroupPart *part)
{
    static const real zero[COLUMN_BLOCK];
    real rxhat[COLUMN_BLOCK];
    Means mean;

    group_means(part, A, mean.a);
    group_means(part, B, mean.b);
    group_means(part, RA, mean.ra);
    group_means(part, RB, mean.rb);
    for (int i = 0; i < part->rows; i++) {
        const real *x = group_row(p->x, part, i),
                   *rdy = p->rdy.rows ? group_row(p->rdy, part, i) : zero;
        tangent_row(part, x, group_row(p->rx, part, i), rxhat);
        tangent_backward_row(part, gamma_of(l, part), x, group_row(p->dy, part, i), rdy, rxhat,
                             &mean, group_row_out(p->rdx, part, i));
    }
}

static void tangent_backward(const Layer *l, Pass *p)
{
    group_sweep(l, p, sum_gradient_tangents);
    add_gradients(l, p, RA, RB);
    group_sums_over_ranks(p, A, SUMS);
    group_sweep(l, p, tangent_backward_part);
}

/* running = (1-m)·running + m·batch, for one group after the other */
static void update_running_stats(Layer *l, const Pass *p)
{
    const NormOptions *o = l->options;
    const int F = p->y.cols, n = p->group;
    const double unbias = p->global_rows > 1 ? (double)p->global_rows / (p->global_rows - 1) : 1;

    for (int row = 0; row < p->y.rows; row += n) {
        const real *mean = p->cache + (size_t)(row / n) * GROUP_STATS * (size_t)F, *r = mean + F;
        real *running_mean = l->buffer[RUNNING_MEAN].value.at;
        real *running_variance = l->buffer[RUNNING_VARIANCE].value.at;
        for (int j = 0; j < F; j++) {
            const double variance = 1 / ((double)r[j] * (double)r[j]) - o->epsilon;
            running_mean[j] += (real)(o->momentum * (double)(mean[j] - running_mean[j]));
            running_variance[j] +=
                (real)(o->momentum * (variance * unbias - (double)running_variance[j]));
        }
    }
}

const LayerKind layer_batch_norm = {
    .is = { "batch_norm", "normalises each value over the batch", "Ioffe and Szegedy 2015, Alg. 1",
            batch_norm_options, sizeof(NormOptions) },
    .flags = LAYER_MIXES_BATCH,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .update_running_stats = update_running_stats,
};
