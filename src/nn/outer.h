/* Gradients from what all ranks tell of their rows. */
#ifndef GANTRAIN_NN_OUTER_H
#define GANTRAIN_NN_OUTER_H

#include "gantrain/nn/net.h"

/* outer_plan: in the middle of trace_plan, which knows batch, group, first and of: settle which layers are told, and take
 * memory for that
 * outer_is_told: whether layer i is. outer_own_rows: where this rank's rows of its x belong.       [B,in] */
void outer_plan(Trace *t, const Net *net, Arena *a, Arena *common);
bool outer_is_told(const Trace *t, int i);
Mat outer_own_rows(const Trace *t, int i);

/* outer_tells: whether x and dy of layer i are told when a pass back on t spends gradients on a step of o; else, and without
 * t or o, the gradient of its weight is summed. */
bool outer_tells(const Net *net, const Trace *t, int i, const Optim *o);

/* outer_begin: tell them: in the background, or, in common memory, until comm_meet.  x [B,in]  dy [B,out]
 * outer_spend: all have been told: this rank's rows of the weight move by the gradient of all rows. */
void outer_begin(const Net *net, const Trace *t, int i, View x, View dy);
void outer_spend(const Trace *t, int i, const LayerArray *a, Optim *o);

#endif
