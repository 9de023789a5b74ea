/* The step of an optimiser over arrays, and what its common options make of gradients on the way.
 *
 * Where they are on, a gradient passes through a small buffer piece by piece, so a step can still be
 * taken inside the product that makes the gradient. Only clip_norm has to see all of it first.
 *
 * [1] Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks", Alg. 1.
 * [2] Salimans et al. 2016, "Improved Techniques for Training GANs", §3.3: historical averaging.
 * [3] Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", Algorithm 2.
 * [4] Goyal et al. 2017, "Accurate, Large Minibatch SGD", §2.2: gradual warm-up. */
#include "gantrain/nn/optim.h"

#include <math.h>
#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/comm.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { PIECE = 512 }; /* reals of a buffer */

static const OptimCommon *common(const Optim *o)
{
    return o->options;
}

void optim_plan(Optim *o, const Spec *spec, int parameters, int rows, Arena *a)
{
    o->kind = (const OptimKind *)spec->is;
    o->options = spec->options;
    const OptimCommon *c = common(o);
    const int own = o->kind->slots ? o->kind->slots(o->options) : OPTIM_MEAN;
    for (int i = 0; i < own; i++)
        o->slot_name[i] = o->kind->slot_name[i];
    o->slot_name[OPTIM_MEAN] = c->historical_averaging > 0 ? "theta_mean" : NULL;
    o->lr_scale = 1;
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            o->slot[i] = mat_take(a, 1, parameters);
    o->norm2 = arena_take(a, (size_t)rows * sizeof *o->norm2);
    o->size2 = arena_take(a, (size_t)rows * sizeof *o->size2);
    o->moved2 = arena_take(a, (size_t)rows * sizeof *o->moved2);
    o->rows = rows;
    o->clips = c->clip_norm > 0;
    o->adjusts = o->clips || c->clip_value > 0 || c->l1 > 0 || c->l2 > 0 || c->decay > 0 ||
                 c->historical_averaging > 0;
}

/* ---- begin and end ---------------------------------------------------------------------------------- */

static void clear(const Optim *o, double *of_rows)
{
    memset(of_rows, 0, (size_t)o->rows * sizeof *of_rows);
}

static double sum(const Optim *o, const double *of_rows)
{
    double all = 0;
    for (int i = 0; i < o->rows; i++)
        all += of_rows[i];
    return all;
}

/* lr_t. Warm-up [4] is full at its last update, and not zero at its first. */
static double rate_now(const Optim *o)
{
    const OptimCommon *c = common(o);
    const double lr = c->lr * o->lr_scale * schedule_factor(&c->schedule, o->done, o->length);
    return o->done < (uint64_t)c->warmup ? lr * ((double)(o->done + 1) / (double)c->warmup) : lr;
}

void optim_begin(Optim *o)
{
    const OptimCommon *c = common(o);
    const double lr = rate_now(o);

    o->t++;
    o->kind->begin(o->options, lr, o->t, o->rate);
    o->adjust = (OptimAdjust){
        .scale = 1,
        .most = c->clip_value > 0 ? (real)c->clip_value : (real)INFINITY,
        .l1 = (real)c->l1,
        .l2 = (real)c->l2,
        .pull = (real)(2 * c->historical_averaging),
        .keep = (real)(1 - lr * c->decay),
        .share = (real)(1 / (double)o->t),
    };
    clear(o, o->norm2);
    if (!o->measure)
        return;
    clear(o, o->size2);
    clear(o, o->moved2);
}

/* Sums over the rows of all ranks. */
static void sum_up(const Optim *o, double of[], int n)
{
    if (o->data_parallel)
        comm_sum(of, n);
}

double optim_end(Optim *o)
{
    double all[] = { sum(o, o->norm2), 0, 0 };
    if (o->measure) {
        all[1] = sum(o, o->moved2);
        all[2] = sum(o, o->size2);
    }
    sum_up(o, all, 3);
    if (o->measure)
        o->update_ratio = all[2] > 0 ? sqrt(all[1] / all[2]) : 0;
    return all[0];
}

/* ---- the norm of all of it [1] -------------------------------------------------------------------- */

static void measure_row(void *args, int i)
{
    const OptimUpdate *p = args;
    const int row = p->first + i;
    p->o->norm2[p->a->first_row + row] = mat_norm2(view(mat_rows(p->a->grad, row, 1)));
}

void optim_measure_norm(Optim *o, const LayerArray *a, int first, int n)
{
    OptimUpdate p = { o, a, false, first };
    parallel_for(n, measure_row, &p);
}

void optim_clip(Optim *o)
{
    double norm2 = sum(o, o->norm2);
    sum_up(o, &norm2, 1);
    const double norm = sqrt(norm2), most = common(o)->clip_norm;
    if (norm > most)
        o->adjust.scale = (real)(most / norm);
    clear(o, o->norm2);
}

/* ---- the common options, on n numbers --------------------------------------------------------------- */

/* to = g·scale, at most `most` either way; NaN stays. */
GT_CLONES static void clip(real *restrict to, const real *restrict g, size_t n, real scale,
                           real most)
{
    for (size_t i = 0; i < n; i++) {
        const real x = g[i] * scale;
        to[i] = x > most ? most : x < -most ? -most : x;
    }
}

/* g += l2·θ + l1·sign θ */
GT_CLONES static void add_weights(real *restrict g, const real *restrict theta, size_t n, real l2,
                                  real l1)
{
    for (size_t i = 0; i < n; i++) {
        const real sign = (real)((theta[i] > 0) - (theta[i] < 0));
        g[i] = g[i] + l2 * theta[i] + l1 * sign;
    }
}

/* θ̄ += (θ - θ̄)/t,  g += 2c·(θ - θ̄) [2] */
GT_CLONES static void pull_back(real *restrict g, real *restrict mean, const real *restrict theta,
                                size_t n, real share, real pull)
{
    for (size_t i = 0; i < n; i++) {
        mean[i] += share * (theta[i] - mean[i]);
        g[i] += pull * (theta[i] - mean[i]);
    }
}

/* θ = keep·θ [3] */
GT_CLONES static void shrink(real *restrict theta, size_t n, real keep)
{
    for (size_t i = 0; i < n; i++)
        theta[i] *= keep;
}

/* The gradient that the update sees, made in g. */
static void adjust(const Optim *o, const LayerArray *a, OptimSpan s, real *g)
{
    const OptimCommon *c = common(o);
    const OptimAdjust *by = &o->adjust;
    const bool weights = a->rank >= 2;

    clip(g, s.dtheta, s.n, by->scale, by->most);
    if (weights && (c->l1 > 0 || c->l2 > 0))
        add_weights(g, s.theta, s.n, by->l2, by->l1);
    if (s.slot[OPTIM_MEAN])
        pull_back(g, s.slot[OPTIM_MEAN], s.theta, s.n, by->share, by->pull);
    if (weights && c->decay > 0)
        shrink(s.theta, s.n, by->keep);
}

/* ---- moving ----------------------------------------------------------------------------------------- */

static int row_of(const LayerArray *a, size_t first)
{
    return a->first_row + (int)(first / (size_t)a->value.cols);
}

static OptimSpan span_of(const Optim *o, const LayerArray *a, size_t first, size_t n, const real *g)
{
    OptimSpan span = { n, a->value.at + first, g, { NULL } };
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            span.slot[i] = o->slot[i].at + a->offset + first;
    return span;
}

static double norm2(const real *at, size_t n)
{
    return mat_norm2((View){ 1, (int)n, at });
}

/* before: θ as it was, used up. */
static void note_move(const Optim *o, int row, real *before, OptimSpan s)
{
    o->size2[row] += norm2(before, s.n);
    for (size_t i = 0; i < s.n; i++)
        before[i] -= s.theta[i];
    o->moved2[row] += norm2(before, s.n);
}

/* At most PIECE numbers of a row. */
static void move_piece(const Optim *o, const LayerArray *a, int row, OptimSpan s)
{
    real g[PIECE], before[PIECE];
    if (o->measure)
        memcpy(before, s.theta, s.n * sizeof *before);
    if (o->adjusts) {
        adjust(o, a, s, g);
        s.dtheta = g;
    }
    o->kind->update(o->rate, s);
    if (o->measure)
        note_move(o, row, before, s);
}

void optim_update(Optim *o, const LayerArray *a, size_t first, size_t n, const real *g)
{
    const int row = row_of(a, first);
    o->norm2[row] += norm2(g, n);
    if (!o->adjusts && !o->measure) {
        o->kind->update(o->rate, span_of(o, a, first, n, g));
        return;
    }
    for (size_t i = 0; i < n; i += PIECE)
        move_piece(o, a, row, span_of(o, a, first + i, n - i < PIECE ? n - i : PIECE, g + i));
}

void optim_update_patch(void *args, Patch done, const real *g, size_t ld)
{
    const OptimUpdate *p = args;
    for (int i = 0; i < done.rows; i++) {
        const size_t first = done.first + (size_t)i * done.next, n = (size_t)done.cols;
        optim_update(p->o, p->a, first, n, g + (size_t)i * ld);
        if (p->clear)
            memset(p->a->grad.at + first, 0, n * sizeof *g);
    }
}

static void move_row(void *args, int i)
{
    const OptimUpdate *p = args;
    const int cols = p->a->value.cols;
    const size_t first = (size_t)(p->first + i) * (size_t)cols;
    optim_update_patch(args, (Patch){ 1, cols, first, 0 }, p->a->grad.at + first, 0);
}

void optim_update_rows(Optim *o, const LayerArray *a, int first, int n)
{
    OptimUpdate p = { o, a, true, first };
    parallel_for(n, move_row, &p);
}

void optim_update_array(Optim *o, const LayerArray *a)
{
    optim_update_rows(o, a, 0, a->value.rows);
}

void optim_discard_norms(Optim *o, const LayerArray *a)
{
    const size_t rows = (size_t)a->value.rows * sizeof *o->norm2;
    memset(o->norm2 + a->first_row, 0, rows);
    if (!o->measure)
        return;
    memset(o->size2 + a->first_row, 0, rows);
    memset(o->moved2 + a->first_row, 0, rows);
}
