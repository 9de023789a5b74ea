/* Appends the class y of a sample: as a one-hot vector, or as row y of a trained table E.
 *
 *   forward            y  = [x, E_y]
 *   backward           dx = dy[x]     dE_y += Σ dy[E]       v[x], v[E]: the columns of x, of E
 *   tangent forward    ry = [rx, 0]
 *   tangent backward   rdx = rdy[x]   dE_y += Σ rdy[E]
 *
 * With `planes`, each appended number fills a plane of the image. E is nn.Embedding's weight.
 * [1] Mirza and Osindero 2014, "Conditional Generative Adversarial Nets", §3.2. */
#include <string.h>

#include "gantrain/nn/reparam.h"
#include "one_hot.h"

enum { WEIGHT };

typedef struct LabelOptions {
    int64_t units;
    bool planes;
    WeightOptions weight;
} LabelOptions;

static const Option label_options[] = {
    OPT_INT(LabelOptions, units, "0", 0, 1 << 20,
            "numbers appended, from a trained table of classes; 0: a one-hot vector"),
    OPT_BOOL(LabelOptions, planes, "false", "append each number to an image as a plane"),
    OPT_WEIGHT(LabelOptions, weight, "standard_normal"),
    OPT_END,
};

/* U numbers appended, each `times` times. */
static int units(const Layer *l)
{
    const int64_t u = ((const LabelOptions *)l->options)->units;
    return u ? (int)u : l->classes;
}

static int times(const Layer *l)
{
    return ((const LabelOptions *)l->options)->planes ? l->in.h * l->in.w : 1;
}

static Status infer(Layer *l, Error *e)
{
    const LabelOptions *o = l->options;
    TRY(classes_required(l, e));
    const int U = units(l), K = l->classes, in = shape_size(l->in);
    const double out = in + (double)U * times(l);
    if (out > 1 << 24)
        return fail(e, GT_ECONFIG, "%.0f outputs: at most %d are possible", out, 1 << 24);
    l->out = o->planes ? (Shape){ l->in.c + U, l->in.h, l->in.w } : (Shape){ in + U, 1, 1 };
    if (!o->units)
        return GT_OK;
    l->cache_per_row = K + U;
    return layer_add_weight(l, "weight", K, U, &o->weight, e);
}

/* The cache: one-hot classes [B,K], and the gradient at E [B,U]. */
static Mat classes_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, l->classes, p->cache };
}

static Mat gradient_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, units(l), p->cache + mat_size(classes_of(l, p)) };
}

/* [x, E_y] of a row */
static void forward_row(const Layer *l, const Pass *p, int i)
{
    const int U = units(l), n = times(l), k = p->label[i];
    const real *E = l->n_weights ? view_rows(view(l->weight[WEIGHT].value), k, 1).at : NULL;
    real *y = mat_rows(p->y, i, 1).at;
    memcpy(y, view_rows(p->x, i, 1).at, (size_t)p->x.cols * sizeof *y);
    y += p->x.cols;
    for (int u = 0; u < U; u++, y += n)
        for (int j = 0; j < n; j++)
            y[j] = E ? E[u] : u == k;
}

/* dE of a row: the sum of each plane */
static void gather_row(const Layer *l, View dy, Mat dE, int i)
{
    const int n = times(l);
    const real *at = view_rows(dy, i, 1).at + shape_size(l->in);
    for (int u = 0; u < dE.cols; u++, at += n) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += (double)at[j];
        mat_rows(dE, i, 1).at[u] = (real)sum;
    }
}

/* dE_y += Σ dy[E] [K,B]·[B,U] */
static void add_gradient(const Layer *l, const Pass *p, View dy)
{
    const Mat dE = gradient_of(l, p), classes = classes_of(l, p);
    if (!l->n_weights)
        return;
    for (int i = 0; i < dy.rows; i++)
        gather_row(l, dy, dE, i);
    one_hot(p, NULL, classes);
    pass_add_product(p, WEIGHT, view(classes), view(dE));
}

/* out = in[x], or [in, 0] */
static void copy_columns(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    const size_t n = (size_t)shape_size(l->in), appended = (size_t)p->y.cols - n;
    for (int i = 0; i < in.rows; i++) {
        real *to = mat_rows(out, i, 1).at;
        memcpy(to, view_rows(in, i, 1).at, n * sizeof *to);
        if (!transpose)
            memset(to + n, 0, appended * sizeof *to);
    }
}

static void forward(const Layer *l, Pass *p)
{
    pass_for(l, p, p->y.rows, forward_row);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_PARAMS)
        add_gradient(l, p, p->dy);
    linear_backward(l, p);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    if (p->rdy.rows)
        add_gradient(l, p, p->rdy);
    linear_tangent_backward(l, p);
}

static double no_products(const Layer *l)
{
    (void)l;
    return 0;
}

const LayerKind layer_label = {
    .is = { "label", "appends the class of the sample", "Mirza and Osindero 2014, §3.2",
            label_options, sizeof(LabelOptions) },
    .flags = LAYER_READS_CLASS,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = tangent_backward,
    .linear = copy_columns,
    .flops = no_products,
};
