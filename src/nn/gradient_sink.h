/* Where one layer's gradients go in one pass: decided by the net, used by pass_add_product and
 * pass_add_sums. */
#ifndef GANTRAIN_SRC_NN_GRADIENT_SINK_H
#define GANTRAIN_SRC_NN_GRADIENT_SINK_H

#include "gantrain/nn/layer.h"

typedef struct GradientSink {
    const Layer *layer;
    bool empty; /* the gradients accumulated so far are zero                          */
    Epilogue update
        [LAYER_PARAMS]; /* consumes the complete gradient of weight j; fn NULL: it goes to memory */
} GradientSink;

#endif
