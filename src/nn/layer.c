/* The functions that layers call: to declare arrays, and inside a pass. */
#include "gantrain/nn/layer.h"

#include <assert.h>
#include <stdio.h>

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "trace.h"

/* ---- infer ----------------------------------------------------------------------------------- */

static LayerArray *declare(LayerArray *a, const char *name, int rank, int rows, int cols)
{
    snprintf(a->name, sizeof a->name, "%s", name);
    a->rank = rank;
    a->value = a->grad = (Mat){ rows, cols, NULL };
    return a;
}

int layer_add_param(Layer *l, const char *name, int rank, int rows, int cols, const Spec *init,
                    double fill)
{
    assert(l->n_params < (init ? LAYER_DRAWN : LAYER_PARAMS));
    LayerArray *a = declare(&l->param[l->n_params], name, rank, rows, cols);
    a->init = init;
    a->fill = fill;
    return l->n_params++;
}

int layer_add_buffer(Layer *l, const char *name, int rank, int rows, int cols, double fill)
{
    assert(l->n_buffers < LAYER_BUFFERS);
    declare(&l->buffer[l->n_buffers], name, rank, rows, cols)->fill = fill;
    return l->n_buffers++;
}

void layer_add_gain_and_bias(Layer *l)
{
    const int F = shape_size(l->in);
    layer_add_param(l, "weight", 1, 1, F, NULL, 1);
    layer_add_param(l, "bias", 1, 1, F, NULL, 0);
}

/* ---- gradients ------------------------------------------------------------------------------- */

void pass_add_product(const Pass *p, int j, View dy, View x)
{
    const GradientSink *sink = p->gradients;
    const Mat dW = sink->layer->weight[j].grad; /* [rows,cols] */

    if (sink->update[j].fn)
        gemm_consume(T, dy, N, x, sink->empty, view(dW), &sink->update[j]);
    else
        gemm(T, dy, N, x, !sink->empty, dW);
}

void pass_add_sums(const Pass *p, int j, View dy)
{
    if (j < p->gradients->layer->n_weights)
        mat_add_column_sums(p->gradients->layer->weight[j].grad, dy);
}

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct Work {
    const Layer *l;
    const Pass *p;
    PassWork *work;
} Work;

static void run_work(void *args, int i)
{
    const Work *w = args;
    w->work(w->l, w->p, i);
}

void pass_for(const Layer *l, const Pass *p, int n, PassWork *work)
{
    Work w = { l, p, work };
    parallel_for(n, run_work, &w);
}

/* ---- linear layers --------------------------------------------------------------------------- */

void linear_backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_INPUT)
        l->kind->linear(l, p, p->dy, p->dx, true);
}

void linear_tangent_forward(const Layer *l, Pass *p)
{
    l->kind->linear(l, p, p->rx, p->ry, false);
}

void linear_tangent_backward(const Layer *l, Pass *p)
{
    p->rdx_zero = !p->rdy.rows;
    if (!p->rdx_zero)
        l->kind->linear(l, p, p->rdy, p->rdx, true);
}

/* ---- random numbers -------------------------------------------------------------------------- */

uint32_t pass_row(const Pass *p, int row)
{
    return (uint32_t)(row / p->group * p->global_rows + p->row_offset + row % p->group);
}

static void draw_by_groups(const Pass *p, Mat out, void (*draw)(Mat, Draw, uint32_t))
{
    for (int i = 0; i < out.rows; i += p->group) {
        const int rows = out.rows - i < p->group ? out.rows - i : p->group;
        draw(mat_rows(out, i, rows), p->draw, pass_row(p, i));
    }
}

void pass_uniform(const Pass *p, Mat out)
{
    draw_by_groups(p, out, mat_uniform);
}

void pass_normal(const Pass *p, Mat out)
{
    draw_by_groups(p, out, mat_normal);
}
