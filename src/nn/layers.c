/* The registry of layers: those of the roster, and every activation. */
#include "gantrain/nn/layer.h"

#include "activation_layer.h"

/* Every kind of layer with a file in nn/layers/. */
#define LAYER_ROSTER(X)                                                                            \
    X(dense)                                                                                       \
    X(dropout)                                                                                     \
    X(batch_norm)                                                                                  \
    X(layer_norm)                                                                                  \
    X(pixel_norm)                                                                                  \
    X(prelu)                                                                                       \
    X(maxout)                                                                                      \
    X(minibatch_discrimination)                                                                    \
    X(minibatch_stddev)                                                                            \
    X(gaussian_noise)                                                                              \
    X(translate)                                                                                   \
    X(virtual_batch_norm)                                                                          \
    X(label)                                                                                       \
    X(class_scale)                                                                                 \
    X(projection)

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
