/* A net is a sequence of layers; a trace is one pass through it.
 *
 * The net holds parameters, the trace holds activations and gradients with respect to them. The
 * same discriminator runs on real, fake and mixed batches with one trace for each. */
#ifndef GANTRAIN_NN_NET_H
#define GANTRAIN_NN_NET_H

#include "gantrain/base/arena.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/optim.h"

enum { NET_LAYERS = 2 * OPTION_LIST_MAX, NET_TRACES = 8 };

/* How passes run a layer. */
typedef struct Stage {
    bool forward_fused;  /* forward runs in the epilogue of the product of the layer before  */
    bool backward_fused; /* backward runs in the epilogue of the product of the layer after */
    bool in_place; /* y overwrites x, and, in a trace without tangents, dx overwrites dy         */
    unsigned
        updates; /* bit j: the update of weight j can be fused with the product of its gradient */
} Stage;

typedef struct Net {
    const char *name; /* "generator": the first part of its tensors' names        */
    Layer layer[NET_LAYERS];
    Stage stage[NET_LAYERS + 1]; /* of every layer; all false behind the last     */
    int n;
    Shape in, out;
    int classes;        /* of the data; 0: they have no labels                    */
    bool reads_class;   /* any layer does                                         */
    bool mixes_batch;   /* any layer does                                         */
    bool reference;     /* any layer needs a reference batch                      */
    Mat theta;          /* parameters, each on a 64-byte line            [1,P]    */
    Mat dtheta;         /* their gradients; zero between updates         [1,P]    */
    Mat buffers;        /* running statistics and the like               [1,Q]    */
    int rows;           /* of all parameters together                             */
    bool has_gradient;  /* dtheta may be nonzero                                  */
    bool data_parallel; /* every rank trains it with its rows; set before training */
} Net;

/* ---- building -------------------------------------------------------------------------------- */

/* What a net is built for. */
typedef struct NetShapes {
    Shape in;    /* of one input                         */
    Shape data;  /* of one sample of the data set        */
    int classes; /* of the data; 0: they have no labels  */
} NetShapes;

/* net_infer: determine kinds, shapes, arrays and stages; no memory yet.
 *   path   of the layers in the config, for messages ("generator.layers")
 * GT_ECONFIG names the layer and the misfit. */
Status net_infer(Net *net, const char *name, NetShapes shapes, const SpecList *specs,
                 const char *path, Error *e);

/* net_plan: take theta, dtheta and buffers from the arena; the layers' arrays lie in them. */
void net_plan(Net *net, Arena *a);

/* net_init: initialize every parameter and buffer. Nets of one run differ in `player`. */
void net_init(Net *net, uint64_t seed, unsigned player);

/* net_refresh_weights: recompute reparametrised weights (nn/reparam.h); to call after parameters or
 * buffers were written by anything but net_init, net_update and net_backward_and_update. */
void net_refresh_weights(Net *net);

/* ---- facts ----------------------------------------------------------------------------------- */

/* Trained numbers, without padding; operations of one row's forward GEMMs in a layer. */
int64_t net_parameters(const Net *net);
double net_layer_flops(const Net *net, int layer);

/* The first layer without tangent passes, or NULL. */
const Layer *net_without_tangents(const Net *net);

/* net_readable_layer: the first layer from `layer` on whose output holds that of `layer` after a
 * forward pass: an activation may have overwritten its input. */
int net_readable_layer(const Net *net, int layer);

/* net_tensors: every parameter and buffer under its PyTorch-like name, "<net>.<layer>.weight", in
 * fixed order, in the shape of checkpoints. net_saved_shape: `m`, laid out like `a`, in that
 * shape. */
typedef void (*TensorVisit)(void *args, const char *name, int rank, Mat values);
void net_tensors(const Net *net, TensorVisit visit, void *args);
Mat net_saved_shape(const LayerArray *a, Mat m);

/* ---- passes ---------------------------------------------------------------------------------- */

/* One pass. The arena owns all arrays; they are valid until the next pass on the same trace. */
typedef struct Trace {
    int batch;          /* B                                                      */
    int group;          /* rows that share batch statistics; divides B            */
    int reference;      /* rows at the end that are the reference batch           */
    int row_offset;     /* first row of this rank in the whole group              */
    int global_rows;    /* rows of the whole group, on all ranks                  */
    unsigned number;    /* distinguishes the random numbers of traces, below NET_TRACES */
    bool tangents;      /* r arrays exist, for penalties                          */
    View x;             /* the input of the last forward               [B,in]     */
    Mat y[NET_LAYERS];  /* y[i]: output of layer i                     [B,out_i]  */
    Mat dx[NET_LAYERS]; /* dx[i]: gradient at the input of layer i     [B,in_i]   */
    Mat dy;             /* for the gradient at the output of the net   [B,out]    */
    View last_dy;       /* where the last backward pass started; the caller's [B,out] */
    Mat rx;             /* tangent of the input                        [B,in]     */
    Mat ry[NET_LAYERS], rdx[NET_LAYERS];
    real *cache[NET_LAYERS];
    Draw draw;            /* of the pass; set before a training pass (see trace_at)     */
    unsigned want;        /* of the last forward                                        */
    const uint8_t *label; /* see trace_set_labels                            [B] */
} Trace;

/* trace_plan: take the arrays of `t` for passes of `how.batch` rows. Where the net needs a
 * reference batch, it is the last group of every pass and counts in `batch`. */
typedef struct TracePlan {
    int batch, group;            /* as in Trace                                             */
    unsigned number;             /* likewise                                                */
    bool tangents;               /* take the r arrays as well                               */
    Mat out;                     /* where the last layer writes; zeroed: memory of its own  */
    int row_offset, global_rows; /* as in Trace; global_rows 0: one rank has the whole group */
} TracePlan;
void trace_plan(Trace *t, const Net *net, TracePlan how, Arena *a);

/* The next passes on t draw the random numbers of this step of this seed. */
void trace_at(Trace *t, uint64_t seed, uint64_t step);

/* The rows of the next passes on t are of these classes, for layers that read them; the caller owns
 * them.   label [B] */
void trace_set_labels(Trace *t, const uint8_t *label);

/* net_forward: y = net(x), for all rows of x (at most t->batch; fewer only without WANT_TRAINING).
 * Returns the output [B,out], owned by t. */
View net_forward(const Net *net, Trace *t, View x, unsigned want);

/* net_backward: propagate a gradient from the output of t's last forward pass to its input.
 *   dy     in    dL/dy [B,out], per sample and already divided by B (often t->dy)
 *   want   in    WANT_PARAMS adds dL/dθ to net->dtheta; WANT_INPUT makes the result valid
 *   returns      dL/dx [B,in], owned by t, or an empty view
 * Source: Rumelhart, Hinton, Williams 1986. */
View net_backward(Net *net, Trace *t, View dy, unsigned want);

/* The same from a gradient at the output of layer `last`.   dy [B,out_last] */
View net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want);

/* net_tangent_forward: R{y} of every layer in direction t->rx, at the point of t's last passes.
 * net_tangent_backward: from R{dy} = 0, dθ += R{∂S/∂θ}, where S is the sum whose gradient the last
 * net_backward (with WANT_INPUT) propagated. Source: Pearlmutter 1994, "Fast Exact Multiplication
 * by the Hessian". */
View net_tangent_forward(const Net *net, Trace *t);
void net_tangent_backward(Net *net, Trace *t);

/* net_update_running_stats: update running statistics from those of a training pass. */
void net_update_running_stats(Net *net, const Trace *t);

/* ---- updates --------------------------------------------------------------------------------- */

/* net_pull_back: move the gradients of reparametrised weights to their parameters. */
void net_pull_back(Net *net);

/* net_update: update every parameter by its gradient in dtheta, after net_pull_back; dtheta is zero
 * afterwards, and the weights are refreshed. Returns |gradient|².
 * net_backward_and_update: net_backward with WANT_PARAMS and net_update in one, with the same bits:
 * without clip_norm and on one rank each parameter is updated as soon as its gradient is complete,
 * while both are in the cache. On several ranks each contributes the gradient of its rows:
 * gradients are reduce-scattered while the pass goes on, each rank updates its share of the rows of
 * every parameter, and parameters are all-gathered. The result is |gradient|² of all ranks. */
double net_update(Net *net, Optim *o);
double net_backward_and_update(Net *net, Trace *t, View dy, Optim *o);

/* net_recv_buffer_size: numbers that comm_set_buffer needs for the sums of a net_update. */
size_t net_recv_buffer_size(const Net *net);

/* net_time_exchange: the messages of an update alone, for timing. */
void net_time_exchange(Net *net);

/* net_gather_optimizer: all-gather the slots of o, of which each rank updates its rows. */
void net_gather_optimizer(Net *net, Optim *o);

#endif
