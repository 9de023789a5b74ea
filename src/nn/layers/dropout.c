/* Inverted dropout: training keeps each value with probability 1-p and divides it by 1-p, so that
 * sampling needs no scaling.
 *
 *   y = m ∘ x    dx = m ∘ dy    ry = m ∘ rx    rdx = m ∘ rdy       m = 0 or 1/(1-p)
 *
 * [1] Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from
 *     Overfitting". */
#include "gantrain/nn/layer.h"

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

typedef struct DropoutOptions {
    double rate;
} DropoutOptions;

static const Option dropout_options[] = {
    OPT_REAL(DropoutOptions, rate, "0.3", 0, 0.99, "p, the fraction of values set to zero"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->cache_per_row = shape_size(l->in); /* m [B,in] */
    return GT_OK;
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

/* m ∘ in: J is diagonal */
static void multiply(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    Product product = { p->cache, in.at, out.at };
    (void)l, (void)transpose;
    parallel_ranges(mat_size(out), multiply_range, &product);
}

static void draw_mask(const Layer *l, const Pass *p)
{
    const real rate = (real)((const DropoutOptions *)l->options)->rate, kept = 1 / (1 - rate);
    const Mat m = { p->y.rows, p->y.cols, p->cache };

    if (!(p->want & WANT_TRAINING)) {
        mat_fill(m, 1);
        return;
    }
    pass_uniform(p, m);
    for (size_t i = 0; i < mat_size(m); i++)
        m.at[i] = m.at[i] <= rate ? 0 : kept;
}

static void forward(const Layer *l, Pass *p)
{
    draw_mask(l, p);
    multiply(l, p, p->x, p->y, false);
}

const LayerKind layer_dropout = {
    .is = { "dropout", "zeroes a random fraction of its inputs in training",
            "Srivastava et al. 2014", dropout_options, sizeof(DropoutOptions) },
    .infer = infer,
    .forward = forward,
    .backward = linear_backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = linear_tangent_backward,
    .linear = multiply,
};
