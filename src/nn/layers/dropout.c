/* Dropout, inverted: in training each value is kept with probability 1-p and then divided by 1-p, so
 * that nothing changes when sampling.
 *
 *   y = m ∘ x    dx = m ∘ dy    ry = m ∘ rx    rdx = m ∘ rdy       m = 0 or 1/(1-p)
 *
 * [1] Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting". */
#include "gantrain/nn/layer.h"

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

typedef struct DropoutOptions {
    double rate;
} DropoutOptions;

static const Option dropout_options[] = {
    OPT_REAL(DropoutOptions, rate, "0.3", 0, 0.99, "p, the share of values set to zero"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->out = l->in;
    l->cache_per_row = shape_size(l->in); /* m [B,in] */
    return GT_OK;
}

static Mat mask_of(const Pass *p)
{
    return (Mat){ p->y.rows, p->y.cols, p->cache };
}

typedef struct Product {
    const real *m, *in;
    real *out;
} Product;

static void multiply_range(void *args, size_t i, size_t end)
{
    const Product *p = args;
    for (; i < end; i++)
        p->out[i] = p->m[i] * p->in[i];
}

static void multiply(const Pass *p, View in, Mat out)
{
    Product product = { p->cache, in.at, out.at };
    parallel_ranges(mat_size(out), multiply_range, &product);
}

static void draw_mask(const Layer *l, const Pass *p)
{
    const DropoutOptions *o = l->options;
    const real rate = (real)o->rate, kept = 1 / (1 - rate);
    const Mat m = mask_of(p);

    pass_uniform(p, m);
    for (size_t i = 0; i < mat_size(m); i++)
        m.at[i] = m.at[i] <= rate ? 0 : kept;
}

static void forward(const Layer *l, Pass *p)
{
    if (p->want & WANT_TRAINING)
        draw_mask(l, p);
    else
        mat_fill(mask_of(p), 1);
    multiply(p, p->x, p->y);
}

static void backward(const Layer *l, Pass *p)
{
    (void)l;
    if (p->want & WANT_INPUT)
        multiply(p, p->dy, p->dx);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    (void)l;
    multiply(p, p->rx, p->ry);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    (void)l;
    p->rdx_zero = !p->rdy.rows;
    if (!p->rdx_zero)
        multiply(p, p->rdy, p->rdx);
}

const LayerKind layer_dropout = {
    .is = { "dropout", "zeroes a random share of its inputs in training", "Srivastava et al. 2014",
            dropout_options, sizeof(DropoutOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
