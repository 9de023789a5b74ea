/* Building nets: shapes, stages, memory, initial weights.
 *
 * All parameters of a net lie in one flat theta, their gradients alike in dtheta, each on a 64-byte
 * line; the padding between them stays zero. */
#include "gantrain/nn/net.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/math/vec.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/reparam.h"

enum { NET_PARAMETERS = 1000000000 };

/* ---- shapes ---------------------------------------------------------------------------------- */

/* The location of a layer in the config, for messages. */
typedef struct LayerSource {
    const Spec *spec;
    char path[160]; /* "generator.layers[2]" */
} LayerSource;

static Status add_layer(Net *net, const Spec *spec, Shape data, const LayerSource *at, Error *e)
{
    Layer *l = &net->layer[net->n];
    Error misfit = { 0 };

    memset(l, 0, sizeof *l);
    l->kind = (const LayerKind *)spec->is;
    l->options = spec->options;
    l->number = net->n;
    l->in = net->n ? net->layer[net->n - 1].out : net->in;
    l->out = l->in;
    l->data = data;
    l->classes = net->classes;
    net->n++;
    if (!l->kind->infer || l->kind->infer(l, &misfit) == GT_OK) {
        weights_declare(l);
        return GT_OK;
    }
    return option_report_at(e, at->spec->location, at->path, "%s", misfit.text[0]);
}

/* The layer of a spec, and the one that its options append. */
static Status add_spec(Net *net, const Spec *spec, Shape data, const LayerSource *at, Error *e)
{
    const LayerKind *kind = (const LayerKind *)spec->is;
    const Spec *next = kind->followed_by ? kind->followed_by(spec->options) : NULL;
    TRY(add_layer(net, spec, data, at, e));
    if (next && next->is != &activation_linear.layer.is)
        TRY(add_layer(net, next, data, at, e));
    return GT_OK;
}

/* Offsets into theta are ints; the limit leaves memory for the optimizer. */
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
    return option_report_at(e, specs->location, path,
                            "%.3g parameters, at most %g are possible: use fewer units", sum,
                            (double)NET_PARAMETERS);
}

/* ---- stages ---------------------------------------------------------------------------------- */

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

Status net_infer(Net *net, const char *name, NetShapes shapes, const SpecList *specs,
                 const char *path, Error *e)
{
    memset(net, 0, sizeof *net);
    net->name = name;
    net->in = shapes.in;
    net->classes = shapes.classes;
    for (int i = 0; i < specs->n; i++) {
        LayerSource at = { &specs->at[i], "" };
        snprintf(at.path, sizeof at.path, "%s[%d]", path, i);
        TRY(add_spec(net, &specs->at[i], shapes.data, &at, e));
    }
    for (int i = 0; i < net->n; i++) {
        net->mixes_batch |= (net->layer[i].kind->flags & LAYER_MIXES_BATCH) != 0;
        net->reads_class |= (net->layer[i].kind->flags & LAYER_READS_CLASS) != 0;
        net->reference |= (net->layer[i].kind->flags & LAYER_REFERENCE) != 0;
        net->stage[i] = stage_of(net, i);
    }
    net->out = net->layer[net->n - 1].out;
    return check_size(net, specs, path, e);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Points the arrays of all layers at consecutive 64-byte lines of `values` and `grads`, which may
 * be NULL while sizes are measured. Returns the numbers needed. */
static int place_arrays(Net *net, bool buffers, real *values, real *grads)
{
    enum { LINE = 64 / sizeof(real) };
    int offset = 0, rows = 0;
    for (int i = 0; i < net->n; i++) {
        Layer *l = &net->layer[i];
        LayerArray *array = buffers ? l->buffer : l->param;
        for (int j = 0; j < (buffers ? l->n_buffers : l->n_params); j++) {
            LayerArray *a = &array[j];
            a->offset = offset;
            a->first_row = rows;
            a->value.at = values ? values + offset : NULL;
            a->grad.at = grads ? grads + offset : NULL;
            offset += (int)((mat_size(a->value) + LINE - 1) / LINE) * LINE;
            rows += a->value.rows;
        }
    }
    net->rows = buffers ? net->rows : rows;
    return offset;
}

void net_plan(Net *net, Arena *a)
{
    const int P = place_arrays(net, false, NULL, NULL), Q = place_arrays(net, true, NULL, NULL);

    net->theta = mat_take(a, 1, P);
    net->dtheta = mat_take(a, 1, P);
    net->buffers = mat_take(a, 1, Q);
    place_arrays(net, false, net->theta.at, net->dtheta.at);
    place_arrays(net, true, net->buffers.at, NULL);
    for (int i = 0; i < net->n; i++)
        weights_plan(&net->layer[i], a);
}

/* ---- initial values -------------------------------------------------------------------------- */

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
            const unsigned sub = (unsigned)(i * LAYER_DRAWN + j);
            init_array(&l->param[j], rng_draw(seed, RNG_INIT, sub, player));
        }
        for (int j = 0; j < l->n_buffers; j++)
            init_array(&l->buffer[j], rng_draw(seed, RNG_INIT, 0, player));
        for (int j = 0; j < l->n_weights; j++) {
            const unsigned sub = (unsigned)((NET_LAYERS + i) * LAYER_DRAWN + j);
            weight_init(l, j, rng_draw(seed, RNG_INIT, sub, player));
        }
    }
    net_refresh_weights(net);
}

void net_refresh_weights(Net *net)
{
    for (int i = 0; i < net->n; i++)
        weights_refresh(&net->layer[i], false);
}

/* ---- facts ----------------------------------------------------------------------------------- */

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
    double sum = 0;
    if (l->kind->flops)
        return l->kind->flops(l);
    for (int j = 0; j < l->n_weights; j++)
        sum += l->weight[j].by_products ? 2 * (double)mat_size(l->param[j].value) : 0;
    return sum;
}

const Layer *net_without_tangents(const Net *net)
{
    for (int i = 0; i < net->n; i++)
        if (!net->layer[i].kind->tangent_forward || !net->layer[i].kind->tangent_backward)
            return &net->layer[i];
    return NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* A column of PyTorch, [n,1] in a file, is [1,n] in memory: one chunk of work. */
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
