/* Passes through a net: a trace holds the arrays of one pass, and the four passes are loops over
 * the layers that hand each its arrays. Which layers are fused is in Net.stage, which arrays
 * overlap is settled by trace_plan. */
#include "trace.h"

#include <assert.h>

enum { LAYERS_PER_TRACE = 1024 / NET_TRACES };
_Static_assert((int)NET_LAYERS <= (int)LAYERS_PER_TRACE,
               "every layer of every trace needs its sub-stream");

/* ---- memory ---------------------------------------------------------------------------------- */

/* The arrays of layer i, after those of the layers behind it. */
static void plan_layer(Trace *t, const Net *net, int i, Arena *a)
{
    const Layer *l = &net->layer[i];
    const int in = shape_size(l->in), out = shape_size(l->out);
    const size_t cache = (size_t)l->cache_per_row * (size_t)t->batch +
                         (size_t)l->cache_fixed * (size_t)(t->batch / t->group);
    const bool over_dy = net->stage[i].in_place && !t->tangents && i < net->n - 1;

    if (net->stage[i + 1].in_place)
        t->y[i] = t->y[i + 1];
    else if (!t->y[i].cols) /* else it is TracePlan.out */
        t->y[i] = mat_take(a, t->batch, out);
    t->dx[i] = over_dy ? t->dx[i + 1] : mat_take(a, t->batch, in);
    t->cache[i] = arena_take(a, cache * sizeof(real));
    if (t->tangents) {
        t->ry[i] = mat_take(a, t->batch, out);
        t->rdx[i] = mat_take(a, t->batch, in);
    }
}

void trace_plan(Trace *t, const Net *net, TracePlan how, Arena *a)
{
    assert(how.number < NET_TRACES && how.batch % how.group == 0);
    *t = (Trace){
        .batch = how.batch,
        .group = how.group,
        .reference = net->reference ? how.group : 0,
        .row_offset = how.row_offset,
        .global_rows = how.global_rows ? how.global_rows : how.group,
        .number = how.number,
        .tangents = how.tangents,
    };
    t->y[net->n - 1] = how.out;
    for (int i = net->n - 1; i >= 0; i--)
        plan_layer(t, net, i, a);
    t->dy = mat_take(a, how.batch, shape_size(net->out));
    if (how.tangents)
        t->rx = mat_take(a, how.batch, shape_size(net->in));
}

void trace_at(Trace *t, uint64_t seed, uint64_t step)
{
    t->draw = rng_draw(seed, RNG_LAYER, t->number * LAYERS_PER_TRACE, step);
}

void trace_set_labels(Trace *t, const uint8_t *label)
{
    t->label = label;
}

/* The arrays of layer i in a pass of as many rows as t->x has; a backward pass adds dy, rdy and
 * gradients. */
static Pass pass_of(const Trace *t, int i, unsigned want)
{
    const int rows = t->x.rows;
    Pass p = {
        .x = i ? view(mat_rows(t->y[i - 1], 0, rows)) : t->x,
        .y = mat_rows(t->y[i], 0, rows),
        .dx = mat_rows(t->dx[i], 0, rows),
        .cache = t->cache[i],
        .group = t->group,
        .reference = t->reference,
        .row_offset = t->row_offset,
        .global_rows = t->global_rows,
        .draw = t->draw,
        .want = want,
        .label = t->label,
    };
    p.draw.stream = (uint16_t)(p.draw.stream + i);
    if (t->tangents) {
        p.rx = view(mat_rows(i ? t->ry[i - 1] : t->rx, 0, rows));
        p.ry = mat_rows(t->ry[i], 0, rows);
        p.rdx = mat_rows(t->rdx[i], 0, rows);
    }
    return p;
}

/* ---- an elementwise layer fused with the product of a neighbour ------------------------------ */

typedef struct FusedLayer {
    const Layer *l;
    Pass pass;
    void (*run)(const Layer *l, const Pass *p, Patch part);
} FusedLayer;

static void run_fused(void *args, Patch done, const real *at, size_t ld)
{
    const FusedLayer *f = args;
    (void)at, (void)ld; /* the patch lies in pass.x or pass.dy */
    f->run(f->l, &f->pass, done);
}

/* ---- forward --------------------------------------------------------------------------------- */

static void forward_layer(const Net *net, const Trace *t, int i, unsigned want)
{
    FusedLayer next;
    const Epilogue epilogue = { run_fused, &next };
    Pass p = pass_of(t, i, want);

    if (net->stage[i + 1].forward_fused) {
        const Layer *l = &net->layer[i + 1];
        next = (FusedLayer){ l, pass_of(t, i + 1, want), l->kind->forward_part };
        p.after_y = &epilogue;
    }
    net->layer[i].kind->forward(&net->layer[i], &p);
}

View net_forward(const Net *net, Trace *t, View x, unsigned want)
{
    assert(x.cols == shape_size(net->in) && x.rows <= t->batch);
    assert(x.rows == t->batch || !(want & WANT_TRAINING));
    t->x = x;
    t->want = want;
    for (int i = 0; i < net->n; i++)
        if (!net->stage[i].forward_fused)
            forward_layer(net, t, i, want);
    return view(mat_rows(t->y[net->n - 1], 0, x.rows));
}

/* ---- backward -------------------------------------------------------------------------------- */

static void backward_layer(const Net *net, const Trace *t, int i, Pass *p)
{
    FusedLayer previous;
    const Epilogue epilogue = { run_fused, &previous };

    if (i > 0 && net->stage[i - 1].backward_fused) {
        const Layer *l = &net->layer[i - 1];
        previous = (FusedLayer){ l, pass_of(t, i - 1, p->want), l->kind->backward_part };
        previous.pass.dy = view(p->dx);
        p->after_dx = &epilogue;
    }
    net->layer[i].kind->backward(&net->layer[i], p);
}

/* Fuses updates of layer i with the products of its gradients. Returns them: bit j: weight j. */
static unsigned fuse_updates(const Net *net, const Trace *t, int i, Optim *o,
                             OptimUpdate update[LAYER_PARAMS], GradientSink *sink)
{
    const unsigned updates = o && t->x.rows <= GEMM_DEPTH ? net->stage[i].updates : 0;
    for (int j = 0; j < LAYER_PARAMS; j++)
        if (updates >> j & 1) {
            update[j] = (OptimUpdate){ o, &net->layer[i].param[j], net->has_gradient, 0 };
            sink->update[j] = (Epilogue){ optim_update_patch, &update[j] };
        }
    return updates;
}

View net_backward_fused(Net *net, Trace *t, int last, View dy, unsigned want,
                        const GradientUse *use)
{
    assert(dy.rows == t->x.rows && dy.cols == shape_size(net->layer[last].out));
    t->last_dy = dy;
    for (int i = last; i >= 0; i--) {
        Layer *l = &net->layer[i];
        GradientSink sink = { .layer = l, .empty = !net->has_gradient };
        OptimUpdate update[LAYER_PARAMS];
        if (i < last && net->stage[i].backward_fused)
            continue;
        const unsigned updated = fuse_updates(net, t, i, use ? use->fused : NULL, update, &sink);
        Pass p = pass_of(t, i, want | (t->want & WANT_TRAINING) | (i > 0 ? WANT_INPUT : 0));
        p.dy = i < last ? view(mat_rows(t->dx[i + 1], 0, dy.rows)) : dy;
        p.gradients = &sink;
        backward_layer(net, t, i, &p);
        if (use)
            use->layer_done(use->args, l, updated);
    }
    return want & WANT_INPUT ? view(mat_rows(t->dx[0], 0, dy.rows)) : (View){ 0, 0, NULL };
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

/* ---- tangents -------------------------------------------------------------------------------- */

View net_tangent_forward(const Net *net, Trace *t)
{
    assert(t->tangents);
    for (int i = 0; i < net->n; i++) {
        Pass p = pass_of(t, i, t->want);
        net->layer[i].kind->tangent_forward(&net->layer[i], &p);
    }
    return view(mat_rows(t->ry[net->n - 1], 0, t->x.rows));
}

void net_tangent_backward(Net *net, Trace *t)
{
    const View zero = { 0, 0, NULL };
    View rdy = zero;

    for (int i = net->n - 1; i >= 0; i--) {
        const GradientSink sink = { .layer = &net->layer[i] };
        Pass p = pass_of(t, i, t->want | WANT_PARAMS | WANT_INPUT);
        p.dy = i < net->n - 1 ? view(mat_rows(t->dx[i + 1], 0, t->x.rows)) : t->last_dy;
        p.rdy = rdy;
        p.gradients = &sink;
        net->layer[i].kind->tangent_backward(&net->layer[i], &p);
        rdy = p.rdx_zero ? zero : view(p.rdx);
    }
    net->has_gradient = true;
}

void net_update_running_stats(Net *net, const Trace *t)
{
    for (int i = 0; i < net->n; i++) {
        const Pass p = pass_of(t, i, t->want);
        if (net->layer[i].kind->update_running_stats)
            net->layer[i].kind->update_running_stats(&net->layer[i], &p);
    }
}
