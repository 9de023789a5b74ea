/* The registry of layers: those of the roster, and every activation. */
#include "gantrain/nn/layer.h"

#include "activation_roster.h"
#include "nn/layers/layer_roster.h"

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
