/* A factor and an offset for every value, of the class y of the sample: behind batch_norm with
 * "affine": false this is conditional batch normalisation.
 *
 *   forward            y  = γ_y∘x + β_y
 *   backward           dx = γ_y∘dy     dγ_y += Σ dy∘x               dβ_y += Σ dy
 *   tangent forward    ry = γ_y∘rx
 *   tangent backward   rdx = γ_y∘rdy   dγ_y += Σ rdy∘x + dy∘rx      dβ_y += Σ rdy
 *
 * [1] Dumoulin et al. 2017, "A Learned Representation for Artistic Style", eq. 5. */
#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "one_hot.h"

enum { GAMMA, BETA }; /* [K,F] each */

static Status infer(Layer *l, Error *e)
{
    const int F = shape_size(l->in);
    TRY(classes_required(l, e));
    layer_add_param(l, "weight", 2, l->classes, F, NULL, 1);
    layer_add_param(l, "bias", 2, l->classes, F, NULL, 0);
    l->cache_per_row = l->classes + F;
    return GT_OK;
}

/* The cache: one-hot classes [B,K], and a product of two rows [B,F]. */
static Mat classes_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, l->classes, p->cache };
}

static Mat products_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, p->y.cols, p->cache + mat_size(classes_of(l, p)) };
}

GT_CLONES static void scale(int n, const real *gamma, const real *beta, const real *x,
                            real *restrict y)
{
    for (int j = 0; j < n; j++)
        y[j] = gamma[j] * x[j] + beta[j];
}

static void forward_row(const Layer *l, const Pass *p, int i)
{
    const int k = p->label[i];
    scale(p->y.cols, mat_rows(l->param[GAMMA].value, k, 1).at,
          mat_rows(l->param[BETA].value, k, 1).at, view_rows(p->x, i, 1).at,
          mat_rows(p->y, i, 1).at);
}

GT_CLONES static void multiply(int n, const real *u, const real *v, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = u[j] * v[j];
}

typedef struct Multiply {
    const Pass *p;
    View u, v; /* v without rows: γ of the classes of the rows */
    Mat gamma, out;
} Multiply;

static void multiply_row(void *args, int i)
{
    const Multiply *m = args;
    const real *v = m->v.rows ? view_rows(m->v, i, 1).at : mat_rows(m->gamma, m->p->label[i], 1).at;
    multiply(m->out.cols, view_rows(m->u, i, 1).at, v, mat_rows(m->out, i, 1).at);
}

/* γ_y∘in: J is diagonal */
static void multiply_gamma(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    Multiply m = { p, in, { 0, 0, NULL }, l->param[GAMMA].value, out };
    (void)transpose;
    parallel_for(out.rows, multiply_row, &m);
}

/* dγ_y += Σ u∘v [K,B]·[B,F] */
static void add_products(const Layer *l, const Pass *p, View u, View v)
{
    Multiply m = { p, u, v, l->param[GAMMA].value, products_of(l, p) };
    parallel_for(m.out.rows, multiply_row, &m);
    pass_add_product(p, GAMMA, view(classes_of(l, p)), view(m.out));
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows, forward_row);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_PARAMS) {
        one_hot(p, NULL, classes_of(l, p));
        add_products(l, p, p->dy, p->x);
        pass_add_product(p, BETA, view(classes_of(l, p)), p->dy); /* dβ_y += Σ dy [K,B]·[B,F] */
    }
    linear_backward(l, p);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    one_hot(p, NULL, classes_of(l, p));
    add_products(l, p, p->dy, p->rx);
    if (p->rdy.rows) {
        add_products(l, p, p->rdy, p->x);
        pass_add_product(p, BETA, view(classes_of(l, p)), p->rdy); /* dβ_y += Σ rdy */
    }
    linear_tangent_backward(l, p);
}

const LayerKind layer_class_scale = {
    .is = { "class_scale", "a factor and an offset of every value, by class",
            "Dumoulin et al. 2017, eq. 5", NULL, 0 },
    .flags = LAYER_READS_CLASS,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = tangent_backward,
    .linear = multiply_gamma,
};
