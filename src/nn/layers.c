/* The registry of layers, made from the roster and the table of activations. */
#include "gantrain/nn/layer.h"

#include <assert.h>
#include <stdio.h>

#include "nn/layers/layer_roster.h"
#include "activation_roster.h"

#define X(name) extern const LayerKind layer_##name;
LAYER_ROSTER(X)
#undef X

static const Entry *const all[] = {
#define X(name) &layer_##name.is,
    LAYER_ROSTER(X)
#undef X
#define X(name) &activation_##name.layer.is,
        ACTIVATION_ROSTER(X)
#undef X
            NULL
};

const Registry layers = { "layers", "layer", all };

static int add(LayerArray *array, int n, const char *name, int rank, int rows, int cols)
{
    LayerArray *a = &array[n];
    snprintf(a->name, sizeof a->name, "%s", name);
    a->rank = rank;
    a->value = (Mat){ rows, cols, NULL };
    a->grad = a->value;
    return n;
}

int layer_add_param(Layer *l, const char *name, int rank, int rows, int cols, const Spec *init,
                    double fill)
{
    assert(l->n_params < LAYER_PARAMS);
    LayerArray *a = &l->param[add(l->param, l->n_params, name, rank, rows, cols)];
    a->init = init;
    a->fill = fill;
    return l->n_params++;
}

int layer_add_buffer(Layer *l, const char *name, int rank, int rows, int cols, double fill)
{
    assert(l->n_buffers < LAYER_BUFFERS);
    l->buffer[add(l->buffer, l->n_buffers, name, rank, rows, cols)].fill = fill;
    return l->n_buffers++;
}

void layer_add_gain_and_bias(Layer *l)
{
    const int F = shape_size(l->in);
    l->out = l->in;
    layer_add_param(l, "weight", 1, 1, F, NULL, 1);
    layer_add_param(l, "bias", 1, 1, F, NULL, 0);
}
