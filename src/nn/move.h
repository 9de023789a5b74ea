/* From gradients to steps: what passes and the moving of parameters know of each other. */
#ifndef GANTRAIN_NN_MOVE_H
#define GANTRAIN_NN_MOVE_H

#include "gantrain/nn/net.h"

/* net_backward_from that spends gradients on steps of o, unless it is NULL, as soon as they are complete. */
View net_backward_spending(Net *net, Trace *t, int last, View dy, unsigned want, Optim *o);

/* Of layer i in the last passes on t: its input, and the gradient at its output.   [B,in], [B,out] */
View trace_input(const Trace *t, int i);
View trace_gradient(const Net *net, const Trace *t, int i);

/* layer_spend: the gradients of a layer are complete; `p` of the pass that made them says which have moved already, or are told. */
void layer_spend(const Net *net, Layer *l, Optim *o, const Pass *p);

#endif
