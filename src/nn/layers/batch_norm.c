/* Batch normalisation over the rows of a group (real and fake rows of one pass are groups apart).
 *
 *   x̂ = (x - μ)·r,  y = γ∘x̂ + β         μ, 1/r² = mean and variance + ε of each column in the group
 *   dγ += Σ dy∘x̂,  dβ += Σ dy,  dx = γ∘r∘(dy - b - x̂∘a),  a = mean(dy∘x̂),  b = mean(dy)
 *
 * Tangents follow from R{μ} = m = mean(rx) and R{r} = -r²∘c, c = mean(x̂∘rx):
 *
 *   rx̂ = r∘(rx - m - x̂∘c),  ry = γ∘rx̂
 *   R{a} = mean(rdy∘x̂ + dy∘rx̂),  R{b} = mean(rdy)
 *   rdx = γ∘r∘(rdy - R{b} - rx̂∘a - x̂∘R{a} - r∘c∘(dy - b - x̂∘a))
 *   dγ += Σ rdy∘x̂ + dy∘rx̂,  dβ += Σ rdy
 *
 * Under a penalty g = ∂S/∂x with S the sum of D over the group: every row's share in μ and r is in it.
 * Outside training the running statistics take the place of μ and r, and the means above are zero; they
 * move by `momentum` when the net absorbs a training pass, with the unbiased variance, as in PyTorch.
 * [1] Ioffe and Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training", Alg. 1. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "columns.h"

enum { GAMMA, BETA };                    /* parameters [1,F] */
enum { RUNNING_MEAN, RUNNING_VARIANCE }; /* buffers    [1,F] */
enum { MEAN, R, M, C, NOTES };           /* [F] each, of every group, in the cache */

typedef struct BatchNormOptions {
    double momentum, epsilon;
} BatchNormOptions;

static const Option batch_norm_options[] = {
    OPT_REAL(BatchNormOptions, momentum, "0.1", 0, 1, "share of a batch in the running statistics"),
    OPT_REAL(BatchNormOptions, epsilon, "1e-5", 1e-12, 1, "added to the variance"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const int F = shape_size(l->in);
    (void)e;
    layer_add_gain_and_bias(l);
    layer_add_buffer(l, "running_mean", 1, 1, F, 0);
    layer_add_buffer(l, "running_var", 1, 1, F, 1);
    l->cache_fixed = NOTES * F;
    return GT_OK;
}

/* Some columns of one group of rows: what one chunk works on. */
typedef struct Part {
    int row, rows;     /* of the group         */
    Columns in;        /* these columns        */
    real *note[NOTES]; /* [n] each             */
    bool training;     /* else every mean is 0 */
} Part;

/* One pass cut into parts. */
typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    void (*work)(const Layer *l, const Pass *p, const Part *part);
} Sweep;

static Part part_of(const Pass *p, int group, int block)
{
    const int F = p->y.cols, row = group * p->group;
    const int rows = p->y.rows - row < p->group ? p->y.rows - row : p->group;
    const Columns c = columns_of(F, block);
    Part part = { row, rows, c, { NULL }, (p->want & WANT_TRAINING) != 0 };
    for (int i = 0; i < NOTES; i++)
        part.note[i] = p->cache + (size_t)(group * NOTES + i) * (size_t)F + c.first;
    return part;
}

static void one_part(void *args, int i)
{
    const Sweep *s = args;
    const int n = column_blocks(s->p->y.cols);
    const Part part = part_of(s->p, i / n, i % n);
    s->work(s->l, s->p, &part);
}

static void sweep(const Layer *l, const Pass *p,
                  void (*work)(const Layer *, const Pass *, const Part *))
{
    Sweep s = { l, p, work };
    const int groups = (p->y.rows + p->group - 1) / p->group;
    parallel_for(groups * column_blocks(p->y.cols), one_part, &s);
}

/* Row i of the part's columns. */
static const real *row_of(View m, const Part *part, int i)
{
    return columns_in(m, part->row + i, part->in);
}

static real *row_out(Mat m, const Part *part, int i)
{
    return columns_out(m, part->row + i, part->in);
}

/* ---- sums over the rows of a part --------------------------------------------------------------- */

GT_CLONES static void normalise(const Part *part, const real *x, real *restrict xhat)
{
    const real *mean = part->note[MEAN], *r = part->note[R];
    for (int j = 0; j < part->in.n; j++)
        xhat[j] = (x[j] - mean[j]) * r[j];
}

static void sum_rows(View v, const Part *part, double sum[COLUMN_BLOCK])
{
    for (int i = 0; i < part->rows; i++)
        columns_add(part->in.n, row_of(v, part, i), sum);
}

/* Σ v∘x̂ */
static void sum_with_xhat(View x, View v, const Part *part, double sum[COLUMN_BLOCK])
{
    real xhat[COLUMN_BLOCK];
    for (int i = 0; i < part->rows; i++) {
        normalise(part, row_of(x, part, i), xhat);
        columns_add_product(part->in.n, row_of(v, part, i), xhat, sum);
    }
}

/* Sums as means over the group; outside training they have no effect. */
static void to_means(const Part *part, const double sum[COLUMN_BLOCK], real mean[COLUMN_BLOCK])
{
    const double share = part->training ? 1.0 / part->rows : 0;
    for (int j = 0; j < part->in.n; j++)
        mean[j] = (real)(sum[j] * share);
}

/* ---- forward ---------------------------------------------------------------------------------------- */

/* μ and r of the part's columns, from the batch or from the running statistics */
static void batch_statistics(const Layer *l, const Pass *p, const Part *part)
{
    const BatchNormOptions *o = l->options;
    double mean[COLUMN_BLOCK], square[COLUMN_BLOCK];
    columns_moments(p->x, part->row, part->rows, part->in, mean, square);
    for (int j = 0; j < part->in.n; j++) {
        part->note[MEAN][j] = (real)mean[j];
        part->note[R][j] = (real)(1 / sqrt(square[j] / part->rows + o->epsilon));
    }
}

static void running_statistics(const Layer *l, const Part *part)
{
    const BatchNormOptions *o = l->options;
    const real *mean = l->buffer[RUNNING_MEAN].value.at + part->in.first;
    const real *variance = l->buffer[RUNNING_VARIANCE].value.at + part->in.first;
    for (int j = 0; j < part->in.n; j++) {
        part->note[MEAN][j] = mean[j];
        part->note[R][j] = 1 / real_sqrt(variance[j] + (real)o->epsilon);
    }
}

/* y = γ∘(x - μ)∘r + β */
GT_CLONES static void affine(const Part *part, const real *x, const real *gamma, const real *beta,
                             real *restrict y)
{
    const real *mean = part->note[MEAN], *r = part->note[R];
    for (int j = 0; j < part->in.n; j++)
        y[j] = gamma[j] * ((x[j] - mean[j]) * r[j]) + beta[j];
}

static void forward_part(const Layer *l, const Pass *p, const Part *part)
{
    const real *gamma = l->param[GAMMA].value.at + part->in.first;
    const real *beta = l->param[BETA].value.at + part->in.first;
    if (part->training)
        batch_statistics(l, p, part);
    else
        running_statistics(l, part);
    for (int i = 0; i < part->rows; i++)
        affine(part, row_of(p->x, part, i), gamma, beta, row_out(p->y, part, i));
}

static void forward(const Layer *l, Pass *p)
{
    sweep(l, p, forward_part);
}

/* ---- backward --------------------------------------------------------------------------------------- */

GT_CLONES static void backward_row(const Part *part, const real *gamma, const real *x,
                                   const real *dy, const real *a, const real *b, real *restrict dx)
{
    const real *mean = part->note[MEAN], *r = part->note[R];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        dx[j] = gamma[j] * r[j] * (dy[j] - (b[j] + xhat * a[j]));
    }
}

/* dx = γ∘r∘(dy - b - x̂∘a); outside training μ and r do not depend on x */
static void backward_part(const Layer *l, const Pass *p, const Part *part)
{
    double dgamma[COLUMN_BLOCK] = { 0 }, dbeta[COLUMN_BLOCK] = { 0 };
    real a[COLUMN_BLOCK], b[COLUMN_BLOCK];

    sum_with_xhat(p->x, p->dy, part, dgamma);
    sum_rows(p->dy, part, dbeta);
    to_means(part, dgamma, a);
    to_means(part, dbeta, b);
    for (int i = 0; i < part->rows; i++)
        backward_row(part, l->param[GAMMA].value.at + part->in.first, row_of(p->x, part, i),
                     row_of(p->dy, part, i), a, b, row_out(p->dx, part, i));
}

/* dγ += Σ dy∘x̂, dβ += Σ dy: all groups of a column block, in order */
static void add_gradients(void *args, int block)
{
    const Sweep *s = args;
    const Pass *p = s->p;
    double dgamma[COLUMN_BLOCK] = { 0 }, dbeta[COLUMN_BLOCK] = { 0 };
    Part part = part_of(p, 0, block);

    for (int group = 0; group * p->group < p->y.rows; group++) {
        part = part_of(p, group, block);
        sum_with_xhat(p->x, p->dy, &part, dgamma);
        sum_rows(p->dy, &part, dbeta);
    }
    columns_finish(part.in, dgamma, s->l->param[GAMMA].grad);
    columns_finish(part.in, dbeta, s->l->param[BETA].grad);
}

static void backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, NULL };
    if (p->want & WANT_PARAMS)
        parallel_for(column_blocks(p->y.cols), add_gradients, &s);
    if (p->want & WANT_INPUT)
        sweep(l, p, backward_part);
}

/* ---- tangents --------------------------------------------------------------------------------------- */

/* rx̂ = r∘(rx - m - x̂∘c) */
GT_CLONES static void tangent_row(const Part *part, const real *x, const real *rx,
                                  real *restrict rxhat)
{
    const real *mean = part->note[MEAN], *r = part->note[R], *m = part->note[M];
    const real *c = part->note[C];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        rxhat[j] = r[j] * (rx[j] - m[j] - xhat * c[j]);
    }
}

static void tangent_forward_part(const Layer *l, const Pass *p, const Part *part)
{
    const real *gamma = l->param[GAMMA].value.at + part->in.first;
    double m[COLUMN_BLOCK] = { 0 }, c[COLUMN_BLOCK] = { 0 };

    sum_rows(p->rx, part, m);
    sum_with_xhat(p->x, p->rx, part, c);
    to_means(part, m, part->note[M]);
    to_means(part, c, part->note[C]);
    for (int i = 0; i < part->rows; i++) {
        real *ry = row_out(p->ry, part, i);
        tangent_row(part, row_of(p->x, part, i), row_of(p->rx, part, i), ry);
        for (int j = 0; j < part->in.n; j++)
            ry[j] *= gamma[j];
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    sweep(l, p, tangent_forward_part);
}

/* Of dy∘x̂ and dy, and their tangents: sums, and then means. */
typedef struct Sums {
    double a[COLUMN_BLOCK], b[COLUMN_BLOCK], ra[COLUMN_BLOCK], rb[COLUMN_BLOCK];
} Sums;

typedef struct Means {
    real a[COLUMN_BLOCK], b[COLUMN_BLOCK], ra[COLUMN_BLOCK], rb[COLUMN_BLOCK];
} Means;

/* Σ rdy∘x̂ + dy∘rx̂ and Σ rdy */
static void add_tangent_sums(const Pass *p, const Part *part, Sums *s)
{
    real rxhat[COLUMN_BLOCK];
    for (int i = 0; i < part->rows; i++) {
        tangent_row(part, row_of(p->x, part, i), row_of(p->rx, part, i), rxhat);
        columns_add_product(part->in.n, row_of(p->dy, part, i), rxhat, s->ra);
    }
    if (!p->rdy.rows)
        return;
    sum_with_xhat(p->x, p->rdy, part, s->ra);
    sum_rows(p->rdy, part, s->rb);
}

GT_CLONES static void tangent_backward_row(const Part *part, const real *gamma, const real *x,
                                           const real *dy, const real *rdy, const real *rxhat,
                                           const Means *s, real *restrict rdx)
{
    const real *mean = part->note[MEAN], *r = part->note[R], *c = part->note[C];
    for (int j = 0; j < part->in.n; j++) {
        const real xhat = (x[j] - mean[j]) * r[j];
        const real straight = rdy[j] - s->rb[j] - rxhat[j] * s->a[j] - xhat * s->ra[j];
        const real bent = r[j] * c[j] * (dy[j] - s->b[j] - xhat * s->a[j]);
        rdx[j] = gamma[j] * r[j] * (straight - bent);
    }
}

static void tangent_backward_part(const Layer *l, const Pass *p, const Part *part)
{
    static const real zero[COLUMN_BLOCK];
    real rxhat[COLUMN_BLOCK];
    Sums s = { { 0 }, { 0 }, { 0 }, { 0 } };
    Means mean;

    sum_with_xhat(p->x, p->dy, part, s.a);
    sum_rows(p->dy, part, s.b);
    add_tangent_sums(p, part, &s);
    to_means(part, s.a, mean.a);
    to_means(part, s.b, mean.b);
    to_means(part, s.ra, mean.ra);
    to_means(part, s.rb, mean.rb);
    for (int i = 0; i < part->rows; i++) {
        const real *x = row_of(p->x, part, i), *rdy = p->rdy.rows ? row_of(p->rdy, part, i) : zero;
        tangent_row(part, x, row_of(p->rx, part, i), rxhat);
        tangent_backward_row(part, l->param[GAMMA].value.at + part->in.first, x,
                             row_of(p->dy, part, i), rdy, rxhat, &mean, row_out(p->rdx, part, i));
    }
}

static void add_tangent_gradients(void *args, int block)
{
    const Sweep *s = args;
    const Pass *p = s->p;
    Sums sums = { { 0 }, { 0 }, { 0 }, { 0 } };
    Part part = part_of(p, 0, block);

    for (int group = 0; group * p->group < p->y.rows; group++) {
        part = part_of(p, group, block);
        add_tangent_sums(p, &part, &sums);
    }
    columns_finish(part.in, sums.ra, s->l->param[GAMMA].grad);
    columns_finish(part.in, sums.rb, s->l->param[BETA].grad);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, NULL };
    parallel_for(column_blocks(p->y.cols), add_tangent_gradients, &s);
    sweep(l, p, tangent_backward_part);
}

/* ---- running statistics ----------------------------------------------------------------------------- */

/* running = (1-m)·running + m·batch, group after group */
static void absorb(Layer *l, const Pass *p)
{
    const BatchNormOptions *o = l->options;
    const int F = p->y.cols, n = p->group;
    const double unbias = n > 1 ? (double)n / (n - 1) : 1;

    for (int row = 0; row < p->y.rows; row += n) {
        const real *mean = p->cache + (size_t)(row / n) * NOTES * (size_t)F, *r = mean + F;
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
            batch_norm_options, sizeof(BatchNormOptions) },
    .flags = LAYER_MIXES_BATCH,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .absorb = absorb,
};
