/* Passes through a net: a trace holds what one pass leaves behind, and the four passes are loops over
 * the layers that hand each the matrices it may touch. */
#include "gantrain/nn/net.h"

#include <assert.h>

#include "gantrain/math/vec.h"
#include "update.h"

enum { LAYERS_PER_TRACE = 1024 / NET_TRACES };
_Static_assert((int)NET_LAYERS <= (int)LAYERS_PER_TRACE,
               "every layer of every trace needs its sub-stream");

/* Whether layer `other`, if there is one, can be done in the epilogues of layer i. */
static bool can_fuse(const Net *net, int i, int other)
{
    return (net->layer[i].kind->flags & LAYER_HAS_EPILOGUE) && other >= 0 && other < net->n &&
           net->layer[other].kind->forward_part;
}

/* Whether layer i, if there is one, can write over what layer i-1 has made: nobody else needs that. */
static bool writes_over(const Net *net, int i)
{
    return i > 0 && can_fuse(net, i - 1, i) && (net->layer[i].kind->flags & LAYER_IN_PLACE);
}

/* Where layer i writes: where the next one does, or the caller wants it. */
static Mat place_output(const Trace *t, const Net *net, int i, Mat out, Arena *a)
{
    if (writes_over(net, i + 1))
        return t->y[i + 1];
    return i == net->n - 1 && out.cols > 0 ? out
                                           : mat_take(a, t->batch, shape_size(net->layer[i].out));
}

/* Whether dx of layer i lies over its dy. */
static bool gradient_over(const Trace *t, const Net *net, int i)
{
    return writes_over(net, i) && !t->tangents && i < net->n - 1;
}

/* Where dx of layer i goes: over dy where that is possible. */
static Mat place_gradient(const Trace *t, const Net *net, int i, Arena *a)
{
    return gradient_over(t, net, i) ? t->dx[i + 1]
                                    : mat_take(a, t->batch, shape_size(net->layer[i].in));
}

void trace_plan(Trace *t, const Net *net, TracePlan how, Arena *a)
{
    const int batch = how.batch;
    assert(how.number < NET_TRACES && batch % how.group == 0);
    *t = (Trace){
        .batch = batch, .group = how.group, .number = how.number, .tangents = how.tangents
    };
    t->reference = net->reference ? how.group : 0;
    t->row_offset = how.row_offset;
    t->global_rows = how.global_rows ? how.global_rows : how.group;
    for (int i = net->n - 1; i >= 0; i--) {
        const Layer *l = &net->layer[i];
        const size_t cache = (size_t)l->cache_per_row * (size_t)batch +
                             (size_t)l->cache_fixed * (size_t)(batch / how.group);
        t->y[i] = place_output(t, net, i, how.out, a);
        t->dx[i] = place_gradient(t, net, i, a);
        t->cache[i] = arena_take(a, cache * sizeof(real));
        if (how.tangents) {
            t->ry[i] = mat_take(a, batch, shape_size(l->out));
            t->rdx[i] = mat_take(a, batch, shape_size(l->in));
        }
    }
    t->dy = mat_take(a, batch, shape_size(net->out));
    if (how.tangents)
        t->rx = mat_take(a, batch, shape_size(net->in));
}

void trace_at(Trace *t, uint64_t seed, uint64_t step)
{
    t->draw = rng_draw(seed, RNG_LAYER, t->number * LAYERS_PER_TRACE, step);
}

/* Of layer i in the last passes: the gradient at its output.   [B,out] */
static View trace_gradient(const Net *net, const Trace *t, int i)
{
    return i == net->n - 1 ? t->from : view(mat_rows(t->dx[i + 1], 0, t->x.rows));
}

/* What layer i may touch in a pass of `rows` rows; the caller adds dy and rdy. */
static Pass pass_of(const Trace *t, int i, int rows, unsigned want)
{
    Pass p = { .want = want, .group = t->group, .cache = t->cache[i], .draw = t->draw };
    p.draw.stream = (uint16_t)(p.draw.stream + i);
    p.reference = t->reference;
    p.row_offset = t->row_offset;
    p.global_rows = t->global_rows;
    p.x = i ? view(mat_rows(t->y[i - 1], 0, t->x.rows)) : t->x;
    p.y = mat_rows(t->y[i], 0, rows);
    p.dx = mat_rows(t->dx[i], 0, rows);
    if (t->tangents) {
        p.rx = i ? view(mat_rows(t->ry[i - 1], 0, rows)) : view(mat_rows(t->rx, 0, rows));
        p.ry = mat_rows(t->ry[i], 0, rows);
        p.rdx = mat_rows(t->rdx[i], 0, rows);
    }
    return p;
}

/* ---- an elementwise layer beside one with epilogues ---------------------------------------------- */

typedef struct FusedLayer {
    const Layer *l;
    Pass pass;
} FusedLayer;

static void forward_beside(void *args, Patch done, const real *at, size_t ld)
{
    const FusedLayer *b = args;
    (void)at, (void)ld; /* it stands in pass.x */
    b->l->kind->forward_part(b->l, &b->pass, done);
}

static void backward_beside(void *args, Patch done, const real *at, size_t ld)
{
    const FusedLayer *b = args;
    (void)at, (void)ld; /* it stands in pass.dy */
    b->l->kind->backward_part(b->l, &b->pass, done);
}

/* ---- the passes ------------------------------------------------------------------------------------ */

View net_forward(const Net *net, Trace *t, View x, unsigned want)
{
    assert(x.cols == shape_size(net->in) && x.rows <= t->batch);
    assert(x.rows == t->batch || !(want & WANT_TRAINING));
    t->x = x;
    t->want = want;
    for (int i = 0; i < net->n; i++) {
        Pass p = pass_of(t, i, x.rows, want);
        FusedLayer next;
        const Epilogue then = { forward_beside, &next };
        const bool along = can_fuse(net, i, i + 1);
        if (along) {
            next = (FusedLayer){ &net->layer[i + 1], pass_of(t, i + 1, x.rows, want) };
            p.after_y = &then;
        }
        net->layer[i].kind->forward(&net->layer[i], &p);
        i += along;
    }
    return view(net_output(net, t));
}

Mat net_output(const Net *net, const Trace *t)
{
    return mat_rows(t->y[net->n - 1], 0, t->x.rows);
}

/* Through layer i, and through the one before it where it goes along. Returns the last layer done. */
static int layer_backward(Net *net, const Trace *t, int i, Pass *p)
{
    FusedLayer before;
    const Epilogue then = { backward_beside, &before };
    const bool along = (p->want & WANT_INPUT) && can_fuse(net, i, i - 1);
    if (along) {
        before = (FusedLayer){ &net->layer[i - 1], pass_of(t, i - 1, t->x.rows, p->want) };
        before.pass.dy = view(p->dx);
        p->after_dx = &then;
    }
    net->layer[i].kind->backward(&net->layer[i], p);
    return i - along;
}

View net_backward_fused(Net *net, Trace *t, int last, View dy, unsigned want, Optim *o)
{
    const unsigned mode = t->want & WANT_TRAINING;
    View gradient = dy;

    assert(dy.rows == t->x.rows && dy.cols == shape_size(net->layer[last].out));
    t->from = dy;
    for (int i = last; i >= 0; i--) {
        Layer *l = &net->layer[i];
        const unsigned needed = i > 0 ? want | WANT_INPUT : want;
        Pass p = pass_of(t, i, t->x.rows, needed | mode);
        p.dy = gradient;
        p.optim = l->reparametrised || net->data_parallel ? NULL : o;
        p.gradient_is_empty = !net->has_gradient;
        i = layer_backward(net, t, i, &p);
        if (o)
            layer_update(net, l, o, &p);
        gradient = view(mat_rows(t->dx[i], 0, t->x.rows));
    }
    return want & WANT_INPUT ? gradient : (View){ 0, 0, NULL };
}

View net_backward(Net *net, Trace *t, View dy, unsigned want)
{
    return net_backward_from(net, t, net->n - 1, dy, want);
}

View net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want)
{
    const View dx = net_backward_fused(net, t, last, dy, want, NULL);
    net->has_gradient |= (want & WANT_PARAMS) != 0;
    return dx;
}

int net_readable_layer(const Net *net, int layer)
{
    while (writes_over(net, layer + 1))
        layer++;
    return layer;
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
        p.dy = trace_gradient(net, t, i);
        p.rdy = tangent;
        net->layer[i].kind->tangent_backward(&net->layer[i], &p);
        tangent = p.rdx_zero ? zero : view(p.rdx);
    }
    net->has_gradient = true;
}

void net_update_running_stats(Net *net, const Trace *t)
{
    for (int i = 0; i < net->n; i++) {
        const Pass p = pass_of(t, i, t->x.rows, t->want);
        if (net->layer[i].kind->absorb)
            net->layer[i].kind->absorb(&net->layer[i], &p);
    }
}
