/* Moving the parameters of a net: at once, layer by layer during the pass, or by several ranks.
 *
 * Of several ranks every one has the gradient of its own rows of the batch. Sums over ranks are begun
 * layer by layer while the pass still goes on, each rank gets the sums for its share of the rows of
 * every parameter and moves these, and then all get what the others have moved [1]. So the optimiser's
 * work and the slots it needs are shared out as well; what a rank has in the rows of others is old.
 * [1] Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models",
 *     section 5: P_os+g, without its saving of memory. */
#include "update.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"

void net_pull_back(Net *net)
{
    for (int i = 0; i < net->n; i++)
        weights_pull_back(&net->layer[i]);
}

/* ---- one rank ----------------------------------------------------------------------------------------- */

/* What the layer has not moved itself; what it computes with follows. */
static void move_rest(Optim *o, Layer *l, unsigned moved)
{
    for (int j = 0; j < l->n_params; j++)
        if (!(moved >> j & 1))
            optim_update_array(o, &l->param[j]);
    weights_refresh(l, true);
}

/* ---- several ranks ------------------------------------------------------------------------------------ */

/* A parameter with fewer rows than there are ranks is moved by all of them. */
static bool in_shares(const LayerArray *a)
{
    return a->value.rows >= comm_size();
}

/* The gradients of a layer are complete on this rank. */
static void begin_sums(Layer *l)
{
    weights_pull_back(l);
    for (int j = 0; j < l->n_params; j++)
        if (in_shares(&l->param[j]))
            comm_start_reduce_scatter(l->param[j].grad);
        else
            comm_start_allreduce(l->param[j].grad);
}

/* This rank's rows of a parameter. */
static RowShare share_of(const Net *net, const LayerArray *a)
{
    return net->data_parallel && in_shares(a) ? comm_rows(a->value.rows)
                                              : (RowShare){ 0, a->value.rows };
}

/* What all ranks have is for the first one to measure. */
static bool counts(const Net *net, const LayerArray *a)
{
    return !net->data_parallel || in_shares(a) || comm_rank() == 0;
}

static void move_own(const Net *net, Optim *o, const LayerArray *a)
{
    const RowShare own = share_of(net, a);
    const int behind = own.first + own.n;
    optim_update_rows(o, a, own.first, own.n);
    if (!counts(net, a))
        optim_discard_norms(o, a);
    mat_fill(mat_rows(a->grad, 0, own.first), 0);
    mat_fill(mat_rows(a->grad, behind, a->grad.rows - behind), 0);
}

static void move_shares(Net *net, Optim *o)
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            move_own(net, o, a);
            if (in_shares(a))
                comm_start_allgather(a->value);
        }
    comm_wait();
    for (int i = 0; i < net->n; i++)
        weights_refresh(&net->layer[i], true);
}

/* ---- steps -------------------------------------------------------------------------------------------- */

void layer_update(const Net *net, Layer *l, Optim *o, const Pass *p)
{
    if (net->data_parallel) {
        begin_sums(l);
        return;
    }
    weights_pull_back(l);
    move_rest(o, l, p->moved);
}

static void clip_all(const Net *net, Optim *o)
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            const RowShare own = share_of(net, a);
            if (counts(net, a))
                optim_measure_norm(o, a, own.first, own.n);
        }
    optim_clip(o);
}

/* By gradients that are complete and, of several ranks, summed. */
static double move_all(Net *net, Optim *o)
{
    optim_begin(o);
    if (o->clips)
        clip_all(net, o);
    if (net->data_parallel)
        move_shares(net, o);
    else
        for (int i = 0; i < net->n; i++)
            move_rest(o, &net->layer[i], 0);
    net->has_gradient = false;
    return optim_end(o);
}

/* What is clipped by its norm, or summed over ranks, is not spent before all of it is known. */
double net_backward_and_update(Net *net, Trace *t, View dy, Optim *o)
{
    const int last = net->n - 1;
    if (net->data_parallel) {
        net_backward_fused(net, t, last, dy, WANT_PARAMS, o);
        comm_wait();
        return move_all(net, o);
    }
    if (o->clips) {
        net_backward(net, t, dy, WANT_PARAMS);
        return net_update(net, o);
    }
    optim_begin(o);
    net_backward_fused(net, t, last, dy, WANT_PARAMS, o);
    net->has_gradient = false;
    return optim_end(o);
}

double net_update(Net *net, Optim *o)
{
    if (net->data_parallel) {
        for (int i = net->n - 1; i >= 0; i--)
            begin_sums(&net->layer[i]);
        comm_wait();
    } else {
        net_pull_back(net);
    }
    return move_all(net, o);
}

void net_gather_optimizer(Net *net, Optim *o)
{
    if (!net->data_parallel)
        return;
    for (int s = 0; s < OPTIM_SLOTS; s++)
        for (int i = 0; o->slot_name[s] && i < net->n; i++)
            for (int j = 0; j < net->layer[i].n_params; j++) {
                const LayerArray *a = &net->layer[i].param[j];
                const Mat part = { a->value.rows, a->value.cols, o->slot[s].at + a->first };
                if (in_shares(a))
                    comm_start_allgather(part);
            }
    comm_wait();
}

size_t net_recv_buffer_size(const Net *net)
{
    size_t n = 0;
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            if (in_shares(a))
                n += comm_buffer_size(a->value.rows, a->value.cols);
        }
    return n;
}

void net_time_exchange(Net *net)
{
    if (!net->data_parallel)
        return;
    for (int i = net->n - 1; i >= 0; i--)
        begin_sums(&net->layer[i]);
    comm_wait();
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++)
            if (in_shares(&net->layer[i].param[j]))
                comm_start_allgather(net->layer[i].param[j].value);
    comm_wait();
}
