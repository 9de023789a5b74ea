/* The affine map y = x·Wᵀ + b: the model file, read it before writing a layer.
 *
 *   forward            y   = x·Wᵀ + b
 *   backward           dx  = dy·W         dW += dyᵀ·x              db += Σ dy
 *   tangent forward    ry  = rx·Wᵀ
 *   tangent backward   rdx = rdy·W        dW += rdyᵀ·x + dyᵀ·rx    db += Σ rdy
 *
 * W is [out, in] as in PyTorch's nn.Linear, so checkpoints fit there as they are. It may be made from
 * another array (nn/reparam.h): a pass reads and writes l->weight, never l->param. */
#include "gantrain/nn/layer.h"

#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/activation.h"
#include "gantrain/nn/optim.h"
#include "gantrain/nn/reparam.h"

enum { WEIGHT, BIAS };

typedef struct DenseOptions {
    int64_t units;
    bool bias;
    WeightOptions weight;
    Spec activation;
} DenseOptions;

static const Option dense_options[] = {
    OPT_INT(DenseOptions, units, "0", 0, 1 << 20, "outputs; 0: as many as a sample has values"),
    OPT_BOOL(DenseOptions, bias, "true", "add a learnt constant to every output"),
    OPT_WEIGHT(DenseOptions, weight, "xavier"),
    OPT_SPEC(DenseOptions, activation, "linear", &activations, "a layer put behind this one"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const DenseOptions *o = l->options;
    const int in = shape_size(l->in);

    l->out = o->units ? (Shape){ (int)o->units, 1, 1 } : l->data;
    if ((double)in * shape_size(l->out) > 1e9)
        return fail(e, GT_ECONFIG, "%d x %d weights are more than 1e9", shape_size(l->out), in);
    TRY(layer_add_weight(l, "weight", shape_size(l->out), in, &o->weight, e));
    if (o->bias)
        layer_add_param(l, "bias", 1, 1, shape_size(l->out), NULL, 0);
    return GT_OK;
}

static void forward(const Layer *l, Pass *p)
{
    const View W = view(l->weight[WEIGHT].value); /* [out,in] */
    const View b = view(l->weight[BIAS].value);   /* [1,out], or nothing */

    gemm_row(N, p->x, T, W, b, p->y, p->after_y); /* y = x·Wᵀ + b [B,in]·[in,out] */
}

/* dW += dyᵀ·x [out,B]·[B,in]; where dW is complete with that, W moves at once. */
static void weight_gradient(const Layer *l, Pass *p)
{
    const Mat dW = l->weight[WEIGHT].grad;

    if (p->optim && p->x.rows <= GEMM_DEPTH) {
        OptimPart part = { p->optim, &l->param[WEIGHT], !p->gradient_is_empty, 0 };
        const Epilogue move = { optim_update_patch, &part };
        gemm_consume(T, p->dy, N, p->x, p->gradient_is_empty, view(dW), &move);
        p->moved |= 1U << WEIGHT;
    } else {
        gemm(T, p->dy, N, p->x, !p->gradient_is_empty, dW);
    }
}

static void backward(const Layer *l, Pass *p)
{
    const View W = view(l->weight[WEIGHT].value), none = { 0, 0, NULL };

    if (p->want & WANT_INPUT)
        gemm_row(N, p->dy, N, W, none, p->dx, p->after_dx); /* dx = dy·W [B,out]·[out,in] */
    if (p->want & WANT_PARAMS) {
        weight_gradient(l, p);
        if (l->n_weights > BIAS)
            mat_add_column_sums(l->weight[BIAS].grad, p->dy); /* db += Σ dy     [1,out] */
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, p->ry); /* ry = rx·Wᵀ  [B,in]·[in,out] */
}

static void tangent_backward(const Layer *l, Pass *p)
{
    const Weight *weight = &l->weight[WEIGHT];

    gemm(T, p->dy, N, p->rx, 1, weight->grad); /* dW += dyᵀ·rx       [out,B]·[B,in]  */
    p->rdx_zero = !p->rdy.rows;
    if (p->rdx_zero)
        return;
    gemm(T, p->rdy, N, p->x, 1, weight->grad);          /* dW += rdyᵀ·x [out,B]·[B,in]  */
    gemm(N, p->rdy, N, view(weight->value), 0, p->rdx); /* rdx = rdy·W [B,out]·[out,in] */
    if (l->n_weights > BIAS)
        mat_add_column_sums(l->weight[BIAS].grad, p->rdy); /* db += Σ rdy   [1,out] */
}

static const Spec *followed_by(const void *options)
{
    return &((const DenseOptions *)options)->activation;
}

static double flops(const Layer *l)
{
    return 2.0 * shape_size(l->in) * shape_size(l->out);
}

const LayerKind layer_dense = {
    .flags = LAYER_HAS_EPILOGUE,
    .is = { "dense", "affine map y = x·Wᵀ + b", "-", dense_options, sizeof(DenseOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .followed_by = followed_by,
    .flops = flops,
};
