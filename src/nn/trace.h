/* The backward pass with updates, for update.c. */
#ifndef GANTRAIN_SRC_NN_TRACE_H
#define GANTRAIN_SRC_NN_TRACE_H

#include "gantrain/nn/net.h"

/* What a backward pass does beyond accumulating gradients. */
typedef struct GradientUse {
    Optim *
        fused; /* its updates are fused with the products that complete gradients (Stage.updates); or NULL */
    /* Called when the gradients of a layer are complete. updated: bit j: parameter j has had its
     * fused update */
    void (*layer_done)(void *args, Layer *l, unsigned updated);
    void *args;
} GradientUse;

/* net_backward_fused: net_backward_from with such a use; NULL: none. */
View net_backward_fused(Net *net, Trace *t, int last, View dy, unsigned want,
                        const GradientUse *use);

#endif
