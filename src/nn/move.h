/* From gradients to steps: what passes and the moving of parameters know of each other. */
#ifndef GANTRAIN_NN_MOVE_H
#define GANTRAIN_NN_MOVE_H

#include "gantrain/nn/net.h"

/* net_backward_from that spends gradients on steps of o, unless it is NULL, as soon as they are complete. */
View net_backward_spending(Net *net, Trace *t, int last, View dy, unsigned want, Optim *o);

/* layer_spend: the gradients of a layer are complete; `moved` of its parameters have moved already. */
void layer_spend(const Net *net, Layer *l, Optim *o, unsigned moved);

#endif
