/* Where gradients go in a backward pass; for trace.c, layer.c and update.c. */
#ifndef GANTRAIN_SRC_NN_TRACE_H
#define GANTRAIN_SRC_NN_TRACE_H

#include "gantrain/nn/net.h"

/* Of one layer in one pass: the arguments of pass_add_product and pass_add_sums. */
typedef struct GradientSink {
    const Layer *layer;
    bool empty; /* its accumulated gradients are zero */
    /* consume the gradients that one product completes; fn NULL: the product goes to memory */
    Epilogue update[LAYER_PARAMS];
} GradientSink;

/* Of a whole net: what a backward pass does beyond accumulating gradients. */
typedef struct GradientUse {
    Optim *fused; /* its updates are fused with products (Stage.updates); NULL: none are */
    /* called when the gradients of a layer are complete; updated: bit j: parameter j is updated */
    void (*layer_done)(void *args, Layer *l, unsigned updated);
    void *args;
} GradientUse;

/* net_backward_fused: net_backward_from with such a use; NULL: only accumulate. */
View net_backward_fused(Net *net, Trace *t, int last, View dy, unsigned want,
                        const GradientUse *use);

#endif
