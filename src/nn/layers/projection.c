/* The logit of a discriminator that is given the class y: the projection of its features on a
 * vector of that class.
 *
 *   forward            y  = ⟨w + V_y, x⟩ + b
 *   backward           dx = dy·(w + V_y)    dw += Σ dy·x              dV_y += Σ dy·x   db += Σ dy
 *   tangent forward    ry = ⟨w + V_y, rx⟩
 *   tangent backward   rdx = rdy·(w + V_y)  dw += Σ rdy·x + dy·rx     dV_y likewise    db += Σ rdy
 *
 * [1] Miyato and Koyama 2018, "cGANs with Projection Discriminator", eq. 3. */
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"
#include "one_hot.h"

enum { WEIGHT, EMBED, BIAS }; /* w [1,F], V [K,F], b [1,1] */

typedef struct ProjectionOptions {
    WeightOptions weight;
} ProjectionOptions;

static const Option projection_options[] = {
    OPT_WEIGHT(ProjectionOptions, weight, "xavier"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const ProjectionOptions *o = l->options;
    const int F = shape_size(l->in);
    TRY(classes_required(l, e));
    l->out = (Shape){ 1, 1, 1 };
    l->cache_per_row = l->classes;
    TRY(layer_add_weight(l, "weight", 1, F, &o->weight, e));
    TRY(layer_add_weight(l, "embed", l->classes, F, &o->weight, e));
    layer_add_param(l, "bias", 1, 1, 1, NULL, 0);
    return GT_OK;
}

static const real *w_of(const Layer *l)
{
    return l->weight[WEIGHT].value.at;
}

/* V_y of row i */
static const real *v_of(const Layer *l, const Pass *p, int i)
{
    return mat_rows(l->weight[EMBED].value, p->label[i], 1).at;
}

/* ⟨w + V_y, x⟩ of row i */
static real project(const Layer *l, const Pass *p, View x, int i)
{
    const real *w = w_of(l), *v = v_of(l, p, i), *at = view_rows(x, i, 1).at;
    double sum = 0;
    for (int j = 0; j < x.cols; j++)
        sum += ((double)w[j] + (double)v[j]) * (double)at[j];
    return (real)sum;
}

static void forward_row(const Layer *l, const Pass *p, int i)
{
    p->y.at[i] = project(l, p, p->x, i) + l->param[BIAS].value.at[0];
}

static void tangent_row(const Layer *l, const Pass *p, int i)
{
    p->ry.at[i] = project(l, p, p->rx, i);
}

/* out = dy·(w + V_y) */
static void spread_row(const Layer *l, const Pass *p, View dy, Mat out, int i)
{
    const real *w = w_of(l), *v = v_of(l, p, i);
    real *to = mat_rows(out, i, 1).at;
    for (int j = 0; j < out.cols; j++)
        to[j] = dy.at[i] * (w[j] + v[j]);
}

static void backward_row(const Layer *l, const Pass *p, int i)
{
    spread_row(l, p, p->dy, p->dx, i);
}

static void tangent_backward_row(const Layer *l, const Pass *p, int i)
{
    spread_row(l, p, p->rdy, p->rdx, i);
}

/* dw += Σ dy·x [1,B]·[B,F],  dV_y += Σ dy·x [K,B]·[B,F] */
static void add_products(const Layer *l, const Pass *p, View dy, View x)
{
    const Mat by_class = { dy.rows, l->classes, p->cache };
    one_hot(p, dy.at, by_class);
    pass_add_product(p, WEIGHT, dy, x);
    pass_add_product(p, EMBED, view(by_class), x);
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows, forward_row);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_INPUT)
        pass_for(l, p, p->dy.rows, backward_row);
    if (p->want & WANT_PARAMS) {
        add_products(l, p, p->dy, p->x);
        pass_add_sums(p, BIAS, p->dy); /* db += Σ dy */
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->ry.rows, tangent_row);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    add_products(l, p, p->dy, p->rx);
    p->rdx_zero = !p->rdy.rows;
    if (p->rdx_zero)
        return;
    add_products(l, p, p->rdy, p->x);
    pass_add_sums(p, BIAS, p->rdy); /* db += Σ rdy */
    pass_for(l, p, p->rdy.rows, tangent_backward_row);
}

/* w and the vector of one class */
static double flops(const Layer *l)
{
    return 4.0 * shape_size(l->in);
}

const LayerKind layer_projection = {
    .is = { "projection", "the logit of features and class", "Miyato and Koyama 2018, eq. 3",
            projection_options, sizeof(ProjectionOptions) },
    .flags = LAYER_READS_CLASS,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .flops = flops,
};
