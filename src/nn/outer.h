/* Gradients from what all ranks tell of their rows. */
#ifndef GANTRAIN_SRC_NN_OUTER_H
#define GANTRAIN_SRC_NN_OUTER_H

#include "gantrain/nn/net.h"

/* outer_plan: in the middle of trace_plan, which knows batch, group, first, of and unit: settle which layers can be told,
 * and take memory for that.
 * outer_planned: whether layer i is among them. outer_own_rows: this rank's rows of what all tell. */
void outer_plan(Trace *t, const Net *net, Arena *a, Arena *common);
bool outer_planned(const Trace *t, int i);
Mat outer_own_rows(const Trace *t, Mat of_all);

/* outer_begin: tell x and dy of layer i if a pass back on t, which spends gradients on a step of o, can do without the sum
 * of its gradient (o: NULL, it spends nothing): in the background, or, in common memory, until comm_barrier; Told.fresh says so.
 *   x [B,in]  dy [B,out]
 * outer_spend: all have been told: this rank's rows of the weight move by the gradient of all rows. */
void outer_begin(const Net *net, Trace *t, int i, View x, View dy, const Optim *o);
void outer_spend(const Net *net, Trace *t, int i, const LayerArray *a, Optim *o);

#endif
