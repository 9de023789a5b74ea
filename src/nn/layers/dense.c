/* The affine map y = x·Wᵀ + b: the model file, read it before writing a layer.
 *
 *   forward            y   = x·Wᵀ + b
 *   backward           dx  = dy·W         dW += dyᵀ·x              db += Σ dy
 *   tangent forward    ry  = rx·Wᵀ
 *   tangent backward   rdx = rdy·W        dW += rdyᵀ·x + dyᵀ·rx    db += Σ rdy
 *
 * W is [out, in] as in PyTorch's nn.Linear, so checkpoints load there as they are. W may be
 * computed from another array (nn/reparam.h): a pass reads l->weight, never l->param. */
#include "gantrain/nn/layer.h"

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
    OPT_BOOL(DenseOptions, bias, "true", "add a trained constant to every output"),
    OPT_WEIGHT(DenseOptions, weight, "xavier"),
    OPT_SPEC(DenseOptions, activation, "linear", &activations, "a layer appended to this one"),
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
    const View W = view(l->weight[WEIGHT].value); /* [out,in]             */
    const View b = view(l->weight[BIAS].value);   /* [1,out], or no rows  */

    gemm_row(N, p->x, T, W, b, p->y, p->after_y); /* y = x·Wᵀ + b [B,in]·[in,out] */
}

static void backward(const Layer *l, Pass *p)
{
    const View W = view(l->weight[WEIGHT].value), no_bias = { 0, 0, NULL };

    if (p->want & WANT_INPUT)
        gemm_row(N, p->dy, N, W, no_bias, p->dx, p->after_dx); /* dx = dy·W [B,out]·[out,in] */
    if (p->want & WANT_PARAMS) {
        pass_add_product(p, WEIGHT, p->dy, p->x); /* dW += dyᵀ·x [out,B]·[B,in] */
        pass_add_sums(p, BIAS, p->dy);            /* db += Σ dy         [1,out] */
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, p->ry); /* ry = rx·Wᵀ [B,in]·[in,out] */
}

static void tangent_backward(const Layer *l, Pass *p)
{
    pass_add_product(p, WEIGHT, p->dy, p->rx); /* dW += dyᵀ·rx  [out,B]·[B,in] */
    p->rdx_zero = !p->rdy.rows;
    if (p->rdx_zero)
        return;
    pass_add_product(p, WEIGHT, p->rdy, p->x); /* dW += rdyᵀ·x  [out,B]·[B,in] */
    pass_add_sums(p, BIAS, p->rdy);            /* db += Σ rdy          [1,out] */
    gemm(N, p->rdy, N, view(l->weight[WEIGHT].value), 0, p->rdx); /* rdx = rdy·W [B,out]·[out,in] */
}

static const Spec *followed_by(const void *options)
{
    return &((const DenseOptions *)options)->activation;
}

const LayerKind layer_dense = {
    .is = { "dense", "affine map y = x·Wᵀ + b", "-", dense_options, sizeof(DenseOptions) },
    .flags = LAYER_HAS_EPILOGUE,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .followed_by = followed_by,
};
