/* From gradients to steps: what passes and the moving of parameters know of each other. */
#ifndef GANTRAIN_SRC_NN_UPDATE_H
#define GANTRAIN_SRC_NN_UPDATE_H

#include "gantrain/nn/net.h"

/* net_backward_from that spends gradients on steps of o, unless it is NULL, as soon as they are complete. */
View net_backward_fused(Net *net, Trace *t, int last, View dy, unsigned want, Optim *o);

/* layer_update: the gradients of a layer are complete; `p` of the pass that made them says which have moved already. */
void layer_update(const Net *net, Layer *l, Optim *o, const Pass *p);

#endif
