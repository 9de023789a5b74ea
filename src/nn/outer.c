/* The gradient of a weight is a sum of outer products, dW = Σ dyᵀ·x over the rows of all ranks. Where the rows are
 * few and the weight is large, x and dy are fewer numbers than dW: then ranks tell each other these, and
 * each makes the rows of dW that it is to move, of all rows at once. There is nothing left to be summed, and the
 * gradient is spent inside the product that makes it, as on one rank. Of dy a rank needs only the columns that belong to
 * its rows of W.
 *
 * [1] Zhang et al. 2017, "Poseidon: An Efficient Communication Architecture for Distributed Deep Learning on GPU
 *     Clusters", §3.2: sufficient factor broadcasting, and when it pays. */
#include "outer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/parallel.h"

/* ---- memory ------------------------------------------------------------------------------------------- */

/* Passes of a group each, one after the other in a rank's rows. */
static int groups(const Trace *t)
{
    return t->batch / t->group;
}

static int all_rows(const Trace *t)
{
    return groups(t) * t->of;
}

/* The one weight of a layer with such a gradient, [out,in]; NULL: there is none. */
static const LayerArray *outer_param(const Layer *l)
{
    const LayerArray *found = NULL;
    for (int j = 0; j < l->n_params; j++)
        if (l->param[j].outer) {
            assert(!found && l->param[j].value.rows == shape_size(l->out) &&
                   l->param[j].value.cols == shape_size(l->in));
            found = &l->param[j];
        }
    return found;
}

/* Whether x and a rank's columns of dy are fewer numbers than its part of dW would be summed of: of either it is told
 * (n-1)/n. Everybody has a column, a product takes so many rows, and a message so many numbers. */
static bool pays(const LayerArray *a, int rows)
{
    const double out = a->value.rows, in = a->value.cols, n = comm_size();
    return out >= n && rows <= GEMM_DEPTH && rows * fmax(in, out) <= COMM_MOST &&
           rows * (in + ceil(out / n)) < out * in;
}

void outer_plan(Trace *t, const Net *net, Arena *a, Arena *common)
{
    const int rows = all_rows(t);
    const RowShare own = comm_rows(t->of / t->unit);
    assert(t->first == own.first * t->unit && t->group == own.n * t->unit);
    for (int i = 0; i < net->n; i++) {
        const LayerArray *weight = outer_param(&net->layer[i]);
        if (!weight || !pays(weight, rows))
            continue;
        const int out = weight->value.rows, in = weight->value.cols;
        t->told[i] = (Told){
            .x = mat_take(common, rows, in),
            .dy = mat_take(common, rows, out),
            .packed = mat_take(a, t->batch, out),
            .mine = mat_take(a, rows, comm_rows(out).n),
        };
    }
}

bool outer_planned(const Trace *t, int i)
{
    return t->told[i].x.rows > 0;
}

Mat outer_own_rows(const Trace *t, Mat of_all)
{
    return mat_rows(of_all, groups(t) * t->first, t->batch);
}

/* ---- telling ------------------------------------------------------------------------------------------ */

/* A gradient of several passes, and one that is clipped by its norm, is needed as a sum. */
static bool can_tell(const Net *net, const Trace *t, int i, const Optim *o)
{
    return net->shared && outer_planned(t, i) && o && !o->clips && !net->gradient;
}

typedef struct Copy {
    Mat to;
    View from;
} Copy;

static void copy_range(void *args, size_t first, size_t last)
{
    const Copy *c = args;
    memcpy(c->to.at + first, c->from.at + first, (last - first) * sizeof(real));
}

/* What neighbours have not written there. */
static void place(const Trace *t, Mat of_all, View v)
{
    Copy own = { outer_own_rows(t, of_all), v };
    if (own.to.at != own.from.at)
        parallel_ranges(mat_size(own.to), copy_range, &own);
}

/* Rows of this rank, whose columns are for everybody. */
typedef struct Deal {
    const Told *told;
    View dy;   /* [B,out]                                  */
    int first; /* where they begin among those of all ranks */
} Deal;

static void deal_row(void *args, int i)
{
    const Deal *d = args;
    for (int r = 0; r < comm_size(); r++) {
        const RowShare share = comm_rows_of(r, d->dy.cols);
        const Mat packed = { d->dy.rows, share.n,
                             d->told->packed.at + (size_t)d->dy.rows * (size_t)share.first };
        const Mat to = r == comm_rank() ? mat_rows(d->told->mine, d->first, d->dy.rows) : packed;
        memcpy(mat_rows(to, i, 1).at, view_rows(d->dy, i, 1).at + share.first,
               (size_t)share.n * sizeof(real));
    }
}

/* By messages: all of x, and of dy to every rank its columns. */
static void send(const Trace *t, Told *told, View dy)
{
    const int of = t->of / t->unit;
    Deal deal = { told, dy, groups(t) * t->first };
    parallel_for(dy.rows, deal_row, &deal);
    comm_start_allgather((Mat){ of, groups(t) * t->unit * told->x.cols, told->x.at });
    comm_start_alltoall(told->packed, of, told->mine);
}

void outer_begin(const Net *net, Trace *t, int i, View x, View dy, const Optim *o)
{
    Told *told = &t->told[i];

    told->fresh = can_tell(net, t, i, o);
    if (!told->fresh)
        return;
    assert(dy.rows == t->batch);
    place(t, told->x, x);
    if (net->common)
        place(t, told->dy, dy);
    else
        send(t, told, dy);
}

/* ---- spending ----------------------------------------------------------------------------------------- */

/* dW = dyᵀ·x of this rank's rows   [share of out, rows of all]·[rows of all, in] */
void outer_spend(const Net *net, Trace *t, int i, const LayerArray *a, Optim *o)
{
    Told *told = &t->told[i];
    const RowShare own = comm_rows(a->value.rows);
    const View x = view(told->x);
    const LayerArray moved = net->common ? *a : layer_array_rows(a, own.first, own.n);
    OptimPart part = { o, &moved, false, 0 };
    const Epilogue move = { optim_update_patch, &part };

    told->fresh = false;
    if (net->common)
        gemm_consume_rows(T, view(told->dy), N, x, true, view(a->grad), own.first, own.n, &move);
    else
        gemm_consume(T, view(told->mine), N, x, true, view(moved.grad), &move);
}
