/* Passes through a net: a trace holds what one pass leaves behind, and the four passes are loops over
 * the layers that hand each the matrices it may touch. */
#include "gantrain/nn/net.h"

#include <assert.h>

#include "gantrain/math/vec.h"

enum { LAYERS_PER_TRACE = 1024 / NET_TRACES };
_Static_assert((int)NET_LAYERS <= (int)LAYERS_PER_TRACE,
               "every layer of every trace needs its sub-stream");

void trace_plan(Trace *t, const Net *net, int batch, int group, unsigned number, bool tangents,
                Mat out, Arena *a)
{
    assert(number < NET_TRACES && batch % group == 0);
    *t = (Trace){ .batch = batch, .group = group, .number = number, .tangents = tangents };
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        const int in = shape_size(l->in), n_out = shape_size(l->out);
        const size_t cache = (size_t)l->cache_per_row * (size_t)batch +
                             (size_t)l->cache_fixed * (size_t)(batch / group);
        const bool placed = i == net->n - 1 && out.cols > 0;

        t->y[i] = placed ? out : mat_take(a, batch, n_out);
        t->dx[i] = mat_take(a, batch, in);
        t->cache[i] = arena_take(a, cache * sizeof(real));
        if (tangents) {
            t->ry[i] = mat_take(a, batch, n_out);
            t->rdx[i] = mat_take(a, batch, in);
        }
    }
    t->dy = mat_take(a, batch, shape_size(net->out));
    if (tangents)
        t->rx = mat_take(a, batch, shape_size(net->in));
}

void trace_at(Trace *t, uint64_t seed, uint64_t step)
{
    t->draw = rng_draw(seed, RNG_LAYER, t->number * LAYERS_PER_TRACE, step);
}

/* What layer i may touch in a pass of `rows` rows; the caller adds dy and rdy. */
static Pass pass_of(const Trace *t, int i, int rows, unsigned want)
{
    Pass p = { .want = want, .group = t->group, .cache = t->cache[i], .draw = t->draw };
    p.draw.stream = (uint16_t)(p.draw.stream + i);
    p.x = i ? view(mat_rows(t->y[i - 1], 0, rows)) : t->x;
    p.y = mat_rows(t->y[i], 0, rows);
    p.dx = mat_rows(t->dx[i], 0, rows);
    if (t->tangents) {
        p.rx = i ? view(mat_rows(t->ry[i - 1], 0, rows)) : view(mat_rows(t->rx, 0, rows));
        p.ry = mat_rows(t->ry[i], 0, rows);
        p.rdx = mat_rows(t->rdx[i], 0, rows);
    }
    return p;
}

View net_forward(const Net *net, Trace *t, View x, unsigned want)
{
    assert(x.cols == shape_size(net->in) && x.rows <= t->batch);
    assert(x.rows == t->batch || !(want & WANT_TRAINING));
    t->x = x;
    t->want = want;
    for (int i = 0; i < net->n; i++) {
        Pass p = pass_of(t, i, x.rows, want);
        net->layer[i].kind->forward(&net->layer[i], &p);
    }
    return view(mat_rows(t->y[net->n - 1], 0, x.rows));
}

View net_backward(Net *net, Trace *t, View dy, unsigned want)
{
    const unsigned mode = t->want & WANT_TRAINING;
    View gradient = dy;

    assert(dy.rows == t->x.rows && dy.cols == shape_size(net->out));
    t->from = dy;
    for (int i = net->n - 1; i >= 0; i--) {
        const unsigned needed = i > 0 ? want | WANT_INPUT : want;
        Pass p = pass_of(t, i, t->x.rows, needed | mode);
        p.dy = gradient;
        net->layer[i].kind->backward(&net->layer[i], &p);
        gradient = view(p.dx);
    }
    return want & WANT_INPUT ? gradient : (View){ 0, 0, NULL };
}

View net_tangent_forward(const Net *net, Trace *t)
{
    assert(t->tangents);
    for (int i = 0; i < net->n; i++) {
        Pass p = pass_of(t, i, t->x.rows, t->want);
        net->layer[i].kind->tangent_forward(&net->layer[i], &p);
    }
    return view(mat_rows(t->ry[net->n - 1], 0, t->x.rows));
}

void net_tangent_backward(Net *net, Trace *t)
{
    const View zero = { 0, 0, NULL };
    View tangent = zero;

    for (int i = net->n - 1; i >= 0; i--) {
        Pass p = pass_of(t, i, t->x.rows, t->want | WANT_PARAMS | WANT_INPUT);
        p.dy = i == net->n - 1 ? t->from : view(mat_rows(t->dx[i + 1], 0, t->x.rows));
        p.rdy = tangent;
        net->layer[i].kind->tangent_backward(&net->layer[i], &p);
        tangent = p.rdx_zero ? zero : view(p.rdx);
    }
}

void net_absorb(Net *net, const Trace *t)
{
    for (int i = 0; i < net->n; i++) {
        const Pass p = pass_of(t, i, t->x.rows, t->want);
        if (net->layer[i].kind->absorb)
            net->layer[i].kind->absorb(&net->layer[i], &p);
    }
}
