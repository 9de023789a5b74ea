/* Updating the parameters of a net.
 *
 * On one rank every layer is updated during the backward pass. On several ranks each has the
 * gradient of its own rows of the batch: reduce-scatters start layer by layer while the pass goes
 * on, each rank updates its shard of the rows of every parameter, and parameters are all-gathered
 * [1]. Optimizer work and slots are sharded in the same way; a rank's slots for the rows of others
 * are stale.
 * [1] Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion Parameter
 *     Models", section 5: P_os+g, without its saving of memory. */
#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"
#include "trace.h"

void net_pull_back(Net *net)
{
    for (int i = 0; i < net->n; i++)
        weights_pull_back(&net->layer[i]);
}

/* Parameters whose bit is set in `updated` have had their update. */
static void update_params(Optim *o, Layer *l, unsigned updated)
{
    for (int j = 0; j < l->n_params; j++)
        if (!(updated >> j & 1))
            optim_update_array(o, &l->param[j]);
    weights_refresh(l, true);
}

static void update_layer(void *optim, Layer *l, unsigned updated)
{
    weights_pull_back(l);
    update_params(optim, l, updated);
}

/* ---- several ranks --------------------------------------------------------------------------- */

/* Every rank updates all of a parameter that has fewer rows than there are ranks. */
static bool is_sharded(const LayerArray *a)
{
    return a->value.rows >= comm_size();
}

/* The gradients of the layer are complete on this rank. */
static void start_sums(void *unused, Layer *l, unsigned updated)
{
    (void)unused, (void)updated;
    weights_pull_back(l);
    for (int j = 0; j < l->n_params; j++)
        (is_sharded(&l->param[j]) ? comm_start_reduce_scatter
                                  : comm_start_allreduce)(l->param[j].grad);
}

static void start_gather(const LayerArray *a, Mat m)
{
    if (is_sharded(a))
        comm_start_allgather(m);
}

/* The rows of a parameter that this rank updates. */
static RowRange shard_of(const Net *net, const LayerArray *a)
{
    return net->data_parallel && is_sharded(a) ? comm_rows(a->value.rows)
                                               : (RowRange){ 0, a->value.rows };
}

/* Rank 0 counts the norms of rows that every rank updates. */
static bool counts_norms(const Net *net, const LayerArray *a)
{
    return !net->data_parallel || is_sharded(a) || comm_rank() == 0;
}

static void update_shard(const Net *net, Optim *o, const LayerArray *a)
{
    const RowRange own = shard_of(net, a);
    const int behind = own.first + own.n;
    optim_update_rows(o, a, own.first, own.n);
    if (!counts_norms(net, a))
        optim_discard_norms(o, a);
    mat_fill(mat_rows(a->grad, 0, own.first), 0);
    mat_fill(mat_rows(a->grad, behind, a->grad.rows - behind), 0);
    start_gather(a, a->value);
}

static void update_shards(Net *net, Optim *o)
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++)
            update_shard(net, o, &net->layer[i].param[j]);
    comm_wait();
    for (int i = 0; i < net->n; i++)
        weights_refresh(&net->layer[i], true);
}

/* ---- updates --------------------------------------------------------------------------------- */

static void clip_by_norm(const Net *net, Optim *o)
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            const RowRange own = shard_of(net, a);
            if (counts_norms(net, a))
                optim_measure_norm(o, a, own.first, own.n);
        }
    optim_clip(o);
}

/* Gradients are complete and, on several ranks, summed. */
static double update_all(Net *net, Optim *o)
{
    optim_begin(o);
    if (o->clips)
        clip_by_norm(net, o);
    if (net->data_parallel)
        update_shards(net, o);
    else
        for (int i = 0; i < net->n; i++)
            update_params(o, &net->layer[i], 0);
    net->has_gradient = false;
    return optim_end(o);
}

double net_update(Net *net, Optim *o)
{
    if (net->data_parallel) {
        for (int i = net->n - 1; i >= 0; i--)
            start_sums(NULL, &net->layer[i], 0);
        comm_wait();
    } else {
        net_pull_back(net);
    }
    return update_all(net, o);
}

double net_backward_and_update(Net *net, Trace *t, View dy, Optim *o)
{
    const int last = net->n - 1;
    if (net->data_parallel) {
        net_backward_fused(net, t, last, dy, WANT_PARAMS, &(GradientUse){ NULL, start_sums, NULL });
        comm_wait();
        return update_all(net, o);
    }
    if (o->clips) {
        net_backward(net, t, dy, WANT_PARAMS);
        return net_update(net, o);
    }
    optim_begin(o);
    net_backward_fused(net, t, last, dy, WANT_PARAMS, &(GradientUse){ o, update_layer, o });
    net->has_gradient = false;
    return optim_end(o);
}

/* ---- messages -------------------------------------------------------------------------------- */

void net_gather_optimizer(Net *net, Optim *o)
{
    if (!net->data_parallel)
        return;
    for (int s = 0; s < OPTIM_SLOTS; s++)
        for (int i = 0; o->slot_name[s] && i < net->n; i++)
            for (int j = 0; j < net->layer[i].n_params; j++) {
                const LayerArray *a = &net->layer[i].param[j];
                start_gather(a, (Mat){ a->value.rows, a->value.cols, o->slot[s].at + a->offset });
            }
    comm_wait();
}

size_t net_recv_buffer_size(const Net *net)
{
    size_t n = 0;
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            n += is_sharded(a) ? comm_buffer_size(a->value.rows, a->value.cols) : 0;
        }
    return n;
}

void net_time_exchange(Net *net)
{
    if (!net->data_parallel)
        return;
    for (int i = net->n - 1; i >= 0; i--)
        start_sums(NULL, &net->layer[i], 0);
    comm_wait();
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++)
            start_gather(&net->layer[i].param[j], net->layer[i].param[j].value);
    comm_wait();
}
