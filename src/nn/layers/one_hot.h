/* For layers that read the class of every row. */
#ifndef GANTRAIN_SRC_NN_LAYERS_ONE_HOT_H
#define GANTRAIN_SRC_NN_LAYERS_ONE_HOT_H

#include "gantrain/nn/layer.h"

/* GT_ECONFIG: the data have no classes. */
Status classes_required(const Layer *l, Error *e);

/* one_hot: row i = value[i] in the column of its class, 0 elsewhere. A table of a row a class gets
 * its gradient as the product one_hotᵀ·dy, in the order of the batch.
 *   value   in    [B], or NULL: 1
 *   out     out   [B,K], in the layer's cache */
void one_hot(const Pass *p, const real *value, Mat out);

#endif
