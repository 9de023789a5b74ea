/* The rectifier with a trained slope: y = x above 0, w∘x below; w is one number or one per value.
 *
 *   dx = s∘dy,  ry = s∘rx,  rdx = s∘rdy       s = 1 above 0, w below
 *   dw += Σ dy∘x⁻                             x⁻ = min(x, 0)
 *   dw += Σ rdy∘x⁻ + dy∘rx⁻                   rx⁻ = rx below 0, else 0      (tangent backward)
 *
 * [1] He et al. 2015, "Delving Deep into Rectifiers", §2.1. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "columns.h"

enum { WEIGHT }; /* [1,1] or [1,F], named as in PyTorch's nn.PReLU */

typedef struct PreluOptions {
    double slope;
    bool shared;
} PreluOptions;

static const Option prelu_options[] = {
    OPT_REAL(PreluOptions, slope, "0.25", -10, 10, "initial slope below 0"),
    OPT_BOOL(PreluOptions, shared, "true", "one slope for all values of a sample"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const PreluOptions *o = l->options;
    const int F = shape_size(l->in);
    (void)e;
    layer_add_param(l, "weight", 1, 1, o->shared ? 1 : F, NULL, o->slope);
    l->cache_fixed = o->shared ? column_blocks(F) : 0; /* partial sums of dw */
    return GT_OK;
}

static bool is_shared(const Layer *l)
{
    return ((const PreluOptions *)l->options)->shared;
}

typedef struct Scaling {
    const Layer *l;
    View x, in;
    Mat out;
} Scaling;

GT_CLONES static void scale_shared(int n, real w, const real *x, const real *in, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = (x[j] > 0 ? 1 : w) * in[j];
}

GT_CLONES static void scale_each(int n, const real *w, const real *x, const real *in,
                                 real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = (x[j] > 0 ? 1 : w[j]) * in[j];
}

static void scale_row(void *args, int i)
{
    const Scaling *s = args;
    const size_t at = (size_t)i * (size_t)s->x.cols;
    const real *w = s->l->param[WEIGHT].value.at;
    if (is_shared(s->l))
        scale_shared(s->x.cols, w[0], s->x.at + at, s->in.at + at, s->out.at + at);
    else
        scale_each(s->x.cols, w, s->x.at + at, s->in.at + at, s->out.at + at);
}

/* s ∘ in: J is diagonal */
static void scale(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    Scaling s = { l, p->x, in, out };
    (void)transpose;
    parallel_for(out.rows, scale_row, &s);
}

/* ---- dw += Σ u∘v where x < 0 ----------------------------------------------------------------- */

typedef struct Below {
    View x, u, v;
    Mat dw;
    real *partial; /* of a shared slope: [column blocks] */
} Below;

GT_CLONES static void keep_below(int n, const real *x, const real *v, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = x[j] > 0 ? 0 : v[j];
}

static void sum_block(void *args, int block)
{
    const Below *b = args;
    const Columns c = columns_of(b->x.cols, block);
    double sum[COLUMN_BLOCK] = { 0 }, total = 0;
    real below[COLUMN_BLOCK];

    for (int i = 0; i < b->x.rows; i++) {
        const size_t at = (size_t)i * (size_t)b->x.cols + (size_t)c.first;
        keep_below(c.n, b->x.at + at, b->v.at + at, below);
        columns_add_product(c.n, b->u.at + at, below, sum);
    }
    if (!b->partial) {
        columns_finish(c, sum, b->dw);
        return;
    }
    for (int j = 0; j < c.n; j++)
        total += sum[j];
    b->partial[block] = (real)total;
}

static void add_below(const Layer *l, const Pass *p, View u, View v)
{
    real *partial = p->cache + (size_t)l->cache_per_row * (size_t)p->y.rows;
    Below b = { p->x, u, v, l->param[WEIGHT].grad, is_shared(l) ? partial : NULL };
    double sum = 0;

    parallel_for(column_blocks(p->x.cols), sum_block, &b);
    if (!b.partial)
        return;
    for (int i = 0; i < column_blocks(p->x.cols); i++)
        sum += (double)partial[i];
    b.dw.at[0] += (real)sum;
}

static void forward(const Layer *l, Pass *p)
{
    scale(l, p, p->x, p->y, false);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_PARAMS)
        add_below(l, p, p->dy, p->x);
    linear_backward(l, p);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    add_below(l, p, p->dy, p->rx);
    if (p->rdy.rows)
        add_below(l, p, p->rdy, p->x);
    linear_tangent_backward(l, p);
}

const LayerKind layer_prelu = {
    .is = { "prelu", "a rectifier with a trained slope below 0", "He et al. 2015, eq. 1",
            prelu_options, sizeof(PreluOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = tangent_backward,
    .linear = scale,
};
