/* Building nets: from specs to shapes, from shapes to memory, from memory to first weights.
 *
 * All parameters of a net lie in one flat theta (their gradients in dtheta alike), each beginning on
 * a 64-byte line; the padding between them is zero and stays zero. */
#include "gantrain/nn/net.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/math/vec.h"
#include "gantrain/nn/activation.h"
#include "gantrain/nn/init.h"
#include "gantrain/nn/reparam.h"

enum { NET_PARAMETERS = 1000000000 };

/* ---- shapes --------------------------------------------------------------------------------------- */

/* Where a layer is written, for messages. */
typedef struct Place {
    const Spec *spec;
    char path[160]; /* "generator.layers[2]" */
} Place;

static Status add_layer(Net *net, const Spec *spec, Shape data, const Place *place, Error *e)
{
    Layer *l = &net->layer[net->n];
    Error misfit = { 0 };

    memset(l, 0, sizeof *l);
    l->kind = (const LayerKind *)spec->is;
    l->options = spec->options;
    l->number = net->n;
    l->in = net->n ? net->layer[net->n - 1].out : net->in;
    l->data = data;
    net->n++;
    if (l->kind->infer(l, &misfit) == GT_OK) {
        weights_declare(l);
        return GT_OK;
    }
    return option_report_at(e, place->spec->origin, place->spec->line, place->spec->column,
                            place->path, "%s", misfit.text[0]);
}

/* The layer of a spec, and the one its options put behind it. */
static Status add_spec(Net *net, const Spec *spec, Shape data, const Place *place, Error *e)
{
    const LayerKind *kind = (const LayerKind *)spec->is;
    const Spec *next = kind->followed_by ? kind->followed_by(spec->options) : NULL;
    TRY(add_layer(net, spec, data, place, e));
    if (next && next->is != &activation_linear.layer.is)
        TRY(add_layer(net, next, data, place, e));
    return GT_OK;
}

/* Offsets into theta are ints; far below their end no memory would be left for the optimiser. */
static Status check_size(const Net *net, const SpecList *specs, const char *path, Error *e)
{
    double sum = 0;
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        for (int j = 0; j < l->n_params; j++)
            sum += (double)mat_size(l->param[j].value);
    }
    if (sum <= NET_PARAMETERS)
        return GT_OK;
    return option_report_at(e, specs->origin, specs->line, specs->column, path,
                            "%.3g parameters, at most %g are possible: use fewer units", sum,
                            (double)NET_PARAMETERS);
}

/* ---- stages --------------------------------------------------------------------------------------- */

/* Whether layer `elementwise` can run in the epilogues of the products of layer `product`. */
static bool can_fuse(const Net *net, int product, int elementwise)
{
    return product >= 0 && product < net->n && net->layer[elementwise].kind->forward_part &&
           (net->layer[product].kind->flags & LAYER_HAS_EPILOGUE);
}

static Stage stage_of(const Net *net, int i)
{
    const Layer *l = &net->layer[i];
    Stage s = { .forward_fused = can_fuse(net, i - 1, i),
                .backward_fused = can_fuse(net, i + 1, i) };
    s.in_place = s.forward_fused && (l->kind->flags & LAYER_IN_PLACE);
    for (int j = 0; j < l->n_weights; j++)
        if (l->weight[j].by_products && !l->weight[j].reparam)
            s.updates |= 1U << j;
    return s;
}

int net_readable_layer(const Net *net, int layer)
{
    while (net->stage[layer + 1].in_place)
        layer++;
    return layer;
}

Status net_infer(Net *net, const char *name, Shape in, Shape data, const SpecList *specs,
                 const char *path, Error *e)
{
    memset(net, 0, sizeof *net);
    net->name = name;
    net->in = in;
    for (int i = 0; i < specs->n; i++) {
        Place place = { &specs->at[i], "" };
        snprintf(place.path, sizeof place.path, "%s[%d]", path, i);
        TRY(add_spec(net, &specs->at[i], data, &place, e));
    }
    for (int i = 0; i < net->n; i++) {
        net->mixes_batch |= (net->layer[i].kind->flags & LAYER_MIXES_BATCH) != 0;
        net->reference |= (net->layer[i].kind->flags & LAYER_REFERENCE) != 0;
        net->stage[i] = stage_of(net, i);
    }
    net->out = net->layer[net->n - 1].out;
    return check_size(net, specs, path, e);
}

/* ---- memory --------------------------------------------------------------------------------------- */

enum { LINE = 64 / sizeof(real) }; /* reals on a 64-byte line */

static int padded(Mat m)
{
    return (int)((mat_size(m) + LINE - 1) / LINE) * LINE;
}

static int total(const Net *net, bool buffers)
{
    int sum = 0;
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        for (int j = 0; j < (buffers ? l->n_buffers : l->n_params); j++)
            sum += padded(buffers ? l->buffer[j].value : l->param[j].value);
    }
    return sum;
}

/* What lies before an array. */
typedef struct Used {
    int numbers, rows;
} Used;

static void aim(LayerArray *array, int n, Mat values, Mat grads, Used *used)
{
    for (int j = 0; j < n; j++) {
        array[j].offset = used->numbers;
        array[j].first_row = used->rows;
        array[j].value.at = values.at ? values.at + used->numbers : NULL;
        array[j].grad.at = grads.at ? grads.at + used->numbers : NULL;
        used->numbers += padded(array[j].value);
        used->rows += array[j].value.rows;
    }
}

void net_plan(Net *net, Arena *a)
{
    Used params = { 0, 0 }, buffers = { 0, 0 };

    net->theta = mat_take(a, 1, total(net, false));
    net->dtheta = mat_take(a, 1, total(net, false));
    net->buffers = mat_take(a, 1, total(net, true));
    for (int i = 0; i < net->n; i++) {
        Layer *l = &net->layer[i];
        aim(l->param, l->n_params, net->theta, net->dtheta, &params);
        aim(l->buffer, l->n_buffers, net->buffers, (Mat){ 0, 0, NULL }, &buffers);
        weights_plan(l, a);
    }
    net->rows = params.rows;
}

/* ---- first values --------------------------------------------------------------------------------- */

static void init_array(const LayerArray *a, Draw d)
{
    if (a->init)
        ((const Init *)a->init->is)->fill(a->init->options, d, a->value);
    else
        mat_fill(a->value, (real)a->fill);
}

void net_init(Net *net, uint64_t seed, unsigned player)
{
    for (int i = 0; i < net->n; i++) {
        Layer *l = &net->layer[i];
        for (int j = 0; j < l->n_params; j++) {
            const unsigned sub = (unsigned)(i * LAYER_PARAMS + j);
            init_array(&l->param[j], rng_draw(seed, RNG_INIT, sub, player));
        }
        for (int j = 0; j < l->n_buffers; j++)
            init_array(&l->buffer[j], rng_draw(seed, RNG_INIT, 0, player));
        for (int j = 0; j < l->n_weights; j++) {
            const unsigned sub = (unsigned)(NET_LAYERS * LAYER_PARAMS + i * LAYER_PARAMS + j);
            weight_begin(l, j, rng_draw(seed, RNG_INIT, sub, player));
        }
    }
    net_refresh_weights(net);
}

void net_refresh_weights(Net *net)
{
    for (int i = 0; i < net->n; i++)
        weights_refresh(&net->layer[i], false);
}

/* ---- facts ---------------------------------------------------------------------------------------- */

int64_t net_parameters(const Net *net)
{
    int64_t sum = 0;
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++)
            sum += (int64_t)mat_size(net->layer[i].param[j].value);
    return sum;
}

double net_layer_flops(const Net *net, int layer)
{
    const Layer *l = &net->layer[layer];
    return l->kind->flops ? l->kind->flops(l) : 0;
}

double net_flops(const Net *net)
{
    double sum = 0;
    for (int i = 0; i < net->n; i++)
        sum += net_layer_flops(net, i);
    return sum;
}

const Layer *net_without_tangents(const Net *net)
{
    for (int i = 0; i < net->n; i++)
        if (!net->layer[i].kind->tangent_forward || !net->layer[i].kind->tangent_backward)
            return &net->layer[i];
    return NULL;
}

/* ---- names ---------------------------------------------------------------------------------------- */

/* [1,n] is one piece of work; what PyTorch calls a column is [n,1] in a file. */
Mat net_saved_shape(const LayerArray *a, Mat m)
{
    return a->column ? (Mat){ m.cols, 1, m.at } : m;
}

void net_tensors(const Net *net, TensorVisit visit, void *args)
{
    char name[128];
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        for (int j = 0; j < l->n_params + l->n_buffers; j++) {
            const LayerArray *a = j < l->n_params ? &l->param[j] : &l->buffer[j - l->n_params];
            snprintf(name, sizeof name, "%s.%d.%s", net->name, i, a->name);
            visit(args, name, a->rank, net_saved_shape(a, a->value));
        }
    }
}
