/* A net is a sequence of layers; a trace is one pass through it.
 *
 * The net holds parameters, the trace holds activations and gradients with respect to them. The same
 * discriminator runs on real, fake and mixed batches with one trace for each. */
#ifndef GANTRAIN_NN_NET_H
#define GANTRAIN_NN_NET_H

#include "gantrain/base/arena.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/optim.h"

enum { NET_LAYERS = 2 * OPTION_LIST_MAX, NET_TRACES = 8 };

typedef struct Net {
    const char *name; /* "generator": the first part of its tensors' names     */
    Layer layer[NET_LAYERS];
    int n;
    Shape in, out;
    bool mixes_batch;   /* any layer does                                        */
    bool reference;     /* any layer needs a reference batch                     */
    Mat theta;          /* parameters, each on a 64-byte line         [1,P]      */
    Mat dtheta;         /* their gradients; zero between updates      [1,P]      */
    Mat buffers;        /* running statistics and the like            [1,Q]      */
    int rows;           /* of all parameters together                            */
    bool has_gradient;  /* dtheta may be nonzero */
    bool data_parallel; /* every rank trains it with its rows; set before training */
} Net;

/* net_infer: settle kinds, shapes and arrays; no memory yet.
 *   in     shape of one input;  data   shape of one sample of the data set
 *   path   of the layers in the config, for messages ("generator.layers")
 * GT_ECONFIG names the layer and says what does not fit. */
Status net_infer(Net *net, const char *name, Shape in, Shape data, const SpecList *specs,
                 const char *path, Error *e);

/* net_plan: take theta, dtheta and buffers from the arena and aim the layers at them. */
void net_plan(Net *net, Arena *a);

/* net_init: initialise every parameter and buffer; `player` tells nets of one run apart. */
void net_init(Net *net, uint64_t seed, unsigned player);

/* net_refresh_weights: make the weights that layers compute with from parameters and buffers (nn/reparam.h),
 * after these were written by anybody but net_init, net_update and net_backward_and_update. */
void net_refresh_weights(Net *net);

/* Learnt numbers, without padding; GEMM operations of one row's forward pass. */
int64_t net_parameters(const Net *net);
double net_flops(const Net *net);
double net_layer_flops(const Net *net, int layer);

/* One pass. Everything belongs to the arena and is valid until the next pass on the same trace. */
typedef struct Trace {
    int batch;          /* B                                                      */
    int group;          /* rows that batch statistics are taken over; divides B   */
    int reference;      /* rows at the end that are the reference batch           */
    int row_offset;     /* first row of this rank in the whole group              */
    int global_rows;    /* rows of the whole group, on all ranks                  */
    unsigned number;    /* tells traces of a run apart, below NET_TRACES          */
    bool tangents;      /* r arrays exist: a penalty runs on it                   */
    View x;             /* the input of the last forward               [B,in]     */
    Mat y[NET_LAYERS];  /* y[i]: output of layer i                     [B,out_i]  */
    Mat dx[NET_LAYERS]; /* dx[i]: gradient at the input of layer i     [B,in_i]   */
    Mat dy;             /* for the gradient at the output of the net  [B,out]     */
    View from;          /* what the last backward went from [B,out]; the caller's          */
    Mat rx;             /* tangent of the input                        [B,in]     */
    Mat ry[NET_LAYERS], rdx[NET_LAYERS];
    real *cache[NET_LAYERS];
    Draw draw;     /* of the pass; set before a training pass (see trace_at)     */
    unsigned want; /* of the last forward                                    */
} Trace;

/* trace_plan: take the arrays of `t` for passes of `how.batch` rows. Where the net needs a reference batch, it
 * is the last group of every pass, and counts among `batch`. */
typedef struct TracePlan {
    /* as in Trace */
    int batch, group;
    unsigned number;
    /* also the r arrays */
    bool tangents;
    /* where the last layer writes; zeroed: memory of its own */
    Mat out;
    /* as in Trace; global_rows 0: one rank has the whole group */
    int row_offset, global_rows;
} TracePlan;
void trace_plan(Trace *t, const Net *net, TracePlan how, Arena *a);

/* The random numbers of the next passes on t: the ones of this step of this seed. */
void trace_at(Trace *t, uint64_t seed, uint64_t step);

/* net_forward: y = net(x), for all rows of x (at most t->batch; fewer only without WANT_TRAINING).
 * Returns the output [B,out], owned by t. */
View net_forward(const Net *net, Trace *t, View x, unsigned want);

/* The output of the last forward pass, writable.   [B,out] */
Mat net_output(const Net *net, const Trace *t);

/* net_backward: push a gradient from the output of t's last forward pass to its input.
 *   dy     in    dL/dy [B,out], per sample and already divided by B (often t->dy)
 *   want   in    WANT_PARAMS adds dL/dθ to net->dtheta; WANT_INPUT makes the result valid
 *   returns      dL/dx [B,in], owned by t, or an empty view
 * Source: Rumelhart, Hinton, Williams 1986. */
View net_backward(Net *net, Trace *t, View dy, unsigned want);

/* The same from a gradient at the output of layer `last`.   dy [B,out_last] */
View net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want);

/* net_readable_layer: the layer, at or behind `layer`, at which the output of `layer` can be read: an
 * activation may be written over it. */
int net_readable_layer(const Net *net, int layer);

/* net_pull_back: the gradients of weights that are made from parameters go into dtheta; they are zero
 * afterwards. */
void net_pull_back(Net *net);

/* net_update: one step of every parameter by what dtheta holds after net_pull_back, which it begins with;
 * dtheta is zero afterwards, and the weights are made anew; |gradient|².
 * net_backward_and_update: net_backward with WANT_PARAMS and net_update in one: a parameter moves as soon as its
 * gradient is complete, while both are in the cache; with clip_norm the two are done one after the
 * other. The same bits.
 * Of several ranks every one gives the gradient of its rows; gradients are summed over ranks while the pass goes on; each
 * rank moves its share of the rows of every parameter, and all get the outcome. What is returned is |gradient|² of all. */
double net_update(Net *net, Optim *o);
double net_backward_and_update(Net *net, Trace *t, View dy, Optim *o);

/* net_recv_buffer_size: what comm_set_buffer should be given for the sums of a net_update. */
size_t net_recv_buffer_size(const Net *net);

/* net_time_exchange: the messages of an update alone, for timing. */
void net_time_exchange(Net *net);

/* net_gather_optimizer: of several ranks: everybody gets the slots of o as the rank that moved them knows them. */
void net_gather_optimizer(Net *net, Optim *o);

/* net_tangent_forward: R{y} of every layer in direction t->rx, at the point of t's last passes.
 * net_tangent_backward: from R{dy} = 0, dθ += R{∂S/∂θ}, where S was the sum that net_backward (with
 * WANT_INPUT) went back from. Source: Pearlmutter 1994, "Fast Exact Multiplication by the Hessian". */
View net_tangent_forward(const Net *net, Trace *t);
void net_tangent_backward(Net *net, Trace *t);

/* net_update_running_stats: take the statistics of a training pass into the running ones. */
void net_update_running_stats(Net *net, const Trace *t);

/* net_tensors: every parameter and buffer under its PyTorch-like name, "<net>.<layer>.weight", in fixed
 * order, as a file has it. net_saved_shape: the shape that `m`, laid out like the array, has there. */
typedef void (*TensorVisit)(void *args, const char *name, int rank, Mat values);
void net_tensors(const Net *net, TensorVisit visit, void *args);
Mat net_saved_shape(const LayerArray *a, Mat m);

/* The first layer without tangent passes, or NULL. */
const Layer *net_without_tangents(const Net *net);

#endif
