/* Batch normalisation over the rows of a group (real and fake rows of one pass are groups apart).
 *
 *   x̂ = (x - μ)·r,  y = γ∘x̂ + β         μ, 1/r² = mean and variance + ε of each column in the group
 *   dγ += Σ dy∘x̂,  dβ += Σ dy,  dx = r∘(g - mean(g) - x̂∘mean(g∘x̂)),  g = γ∘dy
 *
 * Outside training the running statistics take the place of μ and r; they move by `momentum` when the net
 * absorbs a training pass, with the unbiased variance, as in PyTorch. No tangent passes: a discriminator
 * under a gradient penalty cannot have it.
 * [1] Ioffe and Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training", Alg. 1. */
#include "gantrain/nn/layer.h"

#include "gantrain/math/parallel.h"

enum { GAMMA, BETA };                    /* parameters [1,F] */
enum { RUNNING_MEAN, RUNNING_VARIANCE }; /* buffers    [1,F] */
enum { BLOCK = 64 };                     /* columns a chunk  */

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
    l->out = l->in;
    layer_add_param(l, "weight", 1, 1, F, NULL, 1);
    layer_add_param(l, "bias", 1, 1, F, NULL, 0);
    layer_add_buffer(l, "running_mean", 1, 1, F, 0);
    layer_add_buffer(l, "running_var", 1, 1, F, 1);
    l->cache_fixed = 2 * F; /* μ and r of a group */
    return GT_OK;
}

/* Some columns of one group of rows: what one chunk works on. */
typedef struct Part {
    int row, rows;   /* of the group           */
    int first, last; /* columns [first, last)  */
    real *mean, *r;  /* [F] each, in the cache */
} Part;

/* One pass cut into parts. */
typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    void (*work)(const Layer *l, const Pass *p, const Part *part);
} Sweep;

static void one_part(void *args, int i)
{
    const Sweep *s = args;
    const int F = s->p->y.cols, across = (F + BLOCK - 1) / BLOCK, group = i / across;
    const int first = i % across * BLOCK, last = first + BLOCK < F ? first + BLOCK : F;
    real *mean = s->p->cache + (size_t)group * 2 * (size_t)F;
    const int rows = s->p->y.rows - group * s->p->group;
    const Part part = {
        group * s->p->group, rows < s->p->group ? rows : s->p->group, first, last, mean, mean + F
    };
    s->work(s->l, s->p, &part);
}

static void sweep(const Layer *l, const Pass *p,
                  void (*work)(const Layer *, const Pass *, const Part *))
{
    Sweep s = { l, p, work };
    const int groups = (p->y.rows + p->group - 1) / p->group;
    parallel_for(groups * ((p->y.cols + BLOCK - 1) / BLOCK), one_part, &s);
}

static const real *row_of(View m, int i)
{
    return view_rows(m, i, 1).at;
}

/* μ and r of the part's columns, from the batch or from the running statistics */
static void batch_statistics(const Layer *l, const Pass *p, const Part *part)
{
    const BatchNormOptions *o = l->options;
    double mean[BLOCK] = { 0 }, square[BLOCK] = { 0 };
    for (int i = part->row; i < part->row + part->rows; i++)
        for (int j = part->first; j < part->last; j++)
            mean[j - part->first] += (double)row_of(p->x, i)[j] / part->rows;
    for (int i = part->row; i < part->row + part->rows; i++)
        for (int j = part->first; j < part->last; j++) {
            const double d = (double)row_of(p->x, i)[j] - mean[j - part->first];
            square[j - part->first] += d * d / part->rows;
        }
    for (int j = part->first; j < part->last; j++) {
        part->mean[j] = (real)mean[j - part->first];
        part->r[j] = (real)(1 / sqrt(square[j - part->first] + o->epsilon));
    }
}

static void running_statistics(const Layer *l, const Part *part)
{
    const BatchNormOptions *o = l->options;
    for (int j = part->first; j < part->last; j++) {
        part->mean[j] = l->buffer[RUNNING_MEAN].value.at[j];
        part->r[j] = 1 / real_sqrt(l->buffer[RUNNING_VARIANCE].value.at[j] + (real)o->epsilon);
    }
}

/* y = γ∘(x - μ)∘r + β */
static void forward_part(const Layer *l, const Pass *p, const Part *part)
{
    const real *gamma = l->param[GAMMA].value.at, *beta = l->param[BETA].value.at;
    if (p->want & WANT_TRAINING)
        batch_statistics(l, p, part);
    else
        running_statistics(l, part);
    for (int i = part->row; i < part->row + part->rows; i++) {
        const real *x = row_of(p->x, i);
        real *y = mat_rows(p->y, i, 1).at;
        for (int j = part->first; j < part->last; j++)
            y[j] = gamma[j] * ((x[j] - part->mean[j]) * part->r[j]) + beta[j];
    }
}

static void forward(const Layer *l, Pass *p)
{
    sweep(l, p, forward_part);
}

/* Σ dy∘x̂ and Σ dy of the part's columns */
static void sums(const Pass *p, const Part *part, double dgamma[BLOCK], double dbeta[BLOCK])
{
    for (int i = part->row; i < part->row + part->rows; i++) {
        const real *x = row_of(p->x, i), *dy = row_of(p->dy, i);
        for (int j = part->first; j < part->last; j++) {
            dgamma[j - part->first] += (double)(dy[j] * ((x[j] - part->mean[j]) * part->r[j]));
            dbeta[j - part->first] += (double)dy[j];
        }
    }
}

/* dx = γ∘r∘(dy - mean(dy) - x̂∘mean(dy∘x̂)); outside training μ and r do not depend on x */
static void backward_part(const Layer *l, const Pass *p, const Part *part)
{
    double dgamma[BLOCK] = { 0 }, dbeta[BLOCK] = { 0 };
    const real *gamma = l->param[GAMMA].value.at;
    const double share = p->want & WANT_TRAINING ? 1.0 / part->rows : 0;

    sums(p, part, dgamma, dbeta);
    for (int i = part->row; i < part->row + part->rows; i++) {
        const real *x = row_of(p->x, i), *dy = row_of(p->dy, i);
        real *dx = mat_rows(p->dx, i, 1).at;
        for (int j = part->first; j < part->last; j++) {
            const int k = j - part->first;
            const real xhat = (x[j] - part->mean[j]) * part->r[j];
            const real shift = (real)(dbeta[k] * share) + xhat * (real)(dgamma[k] * share);
            dx[j] = gamma[j] * part->r[j] * (dy[j] - shift);
        }
    }
}

/* dγ += Σ dy∘x̂, dβ += Σ dy: all groups of a column block, in order */
static void add_gradients(void *args, int block)
{
    const Sweep *s = args;
    const Pass *p = s->p;
    const int F = p->y.cols, first = block * BLOCK, last = first + BLOCK < F ? first + BLOCK : F;
    double dgamma[BLOCK] = { 0 }, dbeta[BLOCK] = { 0 };

    for (int row = 0; row < p->y.rows; row += p->group) {
        real *mean = p->cache + (size_t)(row / p->group) * 2 * (size_t)F;
        const Part part = { row, p->group, first, last, mean, mean + F };
        sums(p, &part, dgamma, dbeta);
    }
    for (int j = first; j < last; j++) {
        s->l->param[GAMMA].grad.at[j] += (real)dgamma[j - first];
        s->l->param[BETA].grad.at[j] += (real)dbeta[j - first];
    }
}

static void backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, NULL };
    if (p->want & WANT_PARAMS)
        parallel_for((p->y.cols + BLOCK - 1) / BLOCK, add_gradients, &s);
    if (p->want & WANT_INPUT)
        sweep(l, p, backward_part);
}

/* running = (1-m)·running + m·batch, group after group */
static void absorb(Layer *l, const Pass *p)
{
    const BatchNormOptions *o = l->options;
    const int F = p->y.cols, n = p->group;
    const double unbias = n > 1 ? (double)n / (n - 1) : 1;

    for (int row = 0; row < p->y.rows; row += n) {
        const real *mean = p->cache + (size_t)(row / n) * 2 * (size_t)F, *r = mean + F;
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
    .absorb = absorb,
};
