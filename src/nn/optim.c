/* Updates of arrays by an optimizer, and its common options.
 *
 * Enabled common options adjust the gradient piece by piece in a small buffer, so that an update
 * can still be fused with the product that computes the gradient. Only clip_norm needs the whole
 * gradient first.
 *
 * [1] Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks",
 *     Alg. 1.
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

enum { PIECE = 512 }; /* reals in a buffer */

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
    o->norms = arena_take(a, (size_t)rows * sizeof *o->norms);
    o->rows = rows;
    o->clips = c->clip_norm > 0;
    o->adjusts = o->clips || c->clip_value > 0 || c->l1 > 0 || c->l2 > 0 || c->decay > 0 ||
                 c->historical_averaging > 0;
}

/* ---- begin and end --------------------------------------------------------------------------- */

static void clear_norms(Optim *o, int first, int n)
{
    memset(o->norms + first, 0, (size_t)n * sizeof *o->norms);
}

/* Sums over the rows of all ranks. */
static RowNorms total_norms(const Optim *o)
{
    double sum[] = { 0, 0, 0 };
    for (int i = 0; i < o->rows; i++) {
        sum[0] += o->norms[i].gradient;
        sum[1] += o->norms[i].theta;
        sum[2] += o->norms[i].delta;
    }
    if (o->data_parallel)
        comm_sum(sum, 3);
    return (RowNorms){ sum[0], sum[1], sum[2] };
}

/* Warm-up [4] reaches lr at its last update, and its first is not 0. */
static double rate_at(const OptimCommon *c, double scale, uint64_t done, uint64_t length)
{
    const double lr = c->lr * scale * schedule_factor(&c->schedule, done, length);
    return done < (uint64_t)c->warmup ? lr * ((double)(done + 1) / (double)c->warmup) : lr;
}

static double current_lr(const Optim *o)
{
    return rate_at(common(o), o->lr_scale, o->done, o->length);
}

double optim_rate(const Spec *optimizer, uint64_t done, uint64_t length)
{
    return rate_at(optimizer->options, 1, done, length);
}

const Schedule *optim_schedule(const Spec *optimizer)
{
    return (const Schedule *)((const OptimCommon *)optimizer->options)->schedule.is;
}

void optim_begin(Optim *o)
{
    const OptimCommon *c = common(o);
    const double lr = current_lr(o);

    o->t++;
    o->kind->begin(o->options, lr, o->t, o->rate);
    o->adjust = (OptimAdjust){
        .scale = 1,
        .max_abs = c->clip_value > 0 ? (real)c->clip_value : (real)INFINITY,
        .l1 = (real)c->l1,
        .l2 = (real)c->l2,
        .pull = (real)(2 * c->historical_averaging),
        .keep = (real)(1 - lr * c->decay),
        .weight = (real)(1 / (double)o->t),
    };
    clear_norms(o, 0, o->rows);
}

double optim_end(Optim *o)
{
    const RowNorms sum = total_norms(o);
    if (o->measure)
        o->update_ratio = sum.theta > 0 ? sqrt(sum.delta / sum.theta) : 0;
    return sum.gradient;
}

/* ---- clipping by the norm [1] ---------------------------------------------------------------- */

static void measure_row(void *args, int i)
{
    const OptimUpdate *u = args;
    const int row = u->first + i;
    u->o->norms[u->a->first_row + row].gradient = mat_norm2(view(mat_rows(u->a->grad, row, 1)));
}

void optim_measure_norm(Optim *o, const LayerArray *a, int first, int n)
{
    OptimUpdate p = { o, a, false, first };
    parallel_for(n, measure_row, &p);
}

void optim_clip(Optim *o)
{
    const double norm = sqrt(total_norms(o).gradient), max_norm = common(o)->clip_norm;
    if (norm > max_norm)
        o->adjust.scale = (real)(max_norm / norm);
    clear_norms(o, 0, o->rows);
}

/* ---- the common options, on n numbers -------------------------------------------------------- */

/* to = g·scale, clamped to ±max_abs; NaN stays NaN. */
GT_CLONES static void clip(real *restrict to, const real *restrict g, size_t n, real scale,
                           real max_abs)
{
    for (size_t i = 0; i < n; i++) {
        const real x = g[i] * scale;
        to[i] = x > max_abs ? max_abs : x < -max_abs ? -max_abs : x;
    }
}

/* g += l2·θ + l1·sign θ */
GT_CLONES static void add_weight_penalties(real *restrict g, const real *restrict theta, size_t n,
                                           real l2, real l1)
{
    for (size_t i = 0; i < n; i++) {
        const real sign = (real)((theta[i] > 0) - (theta[i] < 0));
        g[i] = g[i] + l2 * theta[i] + l1 * sign;
    }
}

/* θ̄ += (θ - θ̄)/t,  g += 2c·(θ - θ̄) [2] */
GT_CLONES static void pull_to_mean(real *restrict g, real *restrict mean,
                                   const real *restrict theta, size_t n, real weight, real pull)
{
    for (size_t i = 0; i < n; i++) {
        mean[i] += weight * (theta[i] - mean[i]);
        g[i] += pull * (theta[i] - mean[i]);
    }
}

/* θ = keep·θ [3] */
GT_CLONES static void shrink(real *restrict theta, size_t n, real keep)
{
    for (size_t i = 0; i < n; i++)
        theta[i] *= keep;
}

/* The gradient for the update, in g. */
static void adjust(const Optim *o, const LayerArray *a, OptimSpan s, real *g)
{
    const OptimCommon *c = common(o);
    const OptimAdjust *by = &o->adjust;
    const bool weights = a->rank >= 2;

    clip(g, s.dtheta, s.n, by->scale, by->max_abs);
    if (weights && (c->l1 > 0 || c->l2 > 0))
        add_weight_penalties(g, s.theta, s.n, by->l2, by->l1);
    if (s.slot[OPTIM_MEAN])
        pull_to_mean(g, s.slot[OPTIM_MEAN], s.theta, s.n, by->weight, by->pull);
    if (weights && c->decay > 0)
        shrink(s.theta, s.n, by->keep);
}

/* ---- updates --------------------------------------------------------------------------------- */

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

/* before: θ before the update, overwritten. */
static void record_change(const Optim *o, int row, real *before, OptimSpan s)
{
    o->norms[row].theta += norm2(before, s.n);
    for (size_t i = 0; i < s.n; i++)
        before[i] -= s.theta[i];
    o->norms[row].delta += norm2(before, s.n);
}

/* At most PIECE numbers of a row. */
static void update_piece(const Optim *o, const LayerArray *a, int row, OptimSpan s)
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
        record_change(o, row, before, s);
}

/* n numbers of `a` from `first` on, all in one row. */
static void update_span(Optim *o, const LayerArray *a, size_t first, size_t n, const real *g)
{
    const int row = row_of(a, first);
    o->norms[row].gradient += norm2(g, n);
    if (!o->adjusts && !o->measure) {
        o->kind->update(o->rate, span_of(o, a, first, n, g));
        return;
    }
    for (size_t i = 0; i < n; i += PIECE)
        update_piece(o, a, row, span_of(o, a, first + i, n - i < PIECE ? n - i : PIECE, g + i));
}

void optim_update_patch(void *args, Patch done, const real *g, size_t ld)
{
    const OptimUpdate *u = args;
    for (int i = 0; i < done.rows; i++) {
        const size_t first = done.first + (size_t)i * done.next, n = (size_t)done.cols;
        update_span(u->o, u->a, first, n, g + (size_t)i * ld);
        if (u->clear)
            memset(u->a->grad.at + first, 0, n * sizeof *g);
    }
}

static void update_row(void *args, int i)
{
    const OptimUpdate *u = args;
    const int cols = u->a->value.cols;
    const size_t first = (size_t)(u->first + i) * (size_t)cols;
    optim_update_patch(args, (Patch){ 1, cols, first, 0 }, u->a->grad.at + first, 0);
}

void optim_update_rows(Optim *o, const LayerArray *a, int first, int n)
{
    OptimUpdate p = { o, a, true, first };
    parallel_for(n, update_row, &p);
}

void optim_update_array(Optim *o, const LayerArray *a)
{
    optim_update_rows(o, a, 0, a->value.rows);
}

void optim_discard_norms(Optim *o, const LayerArray *a)
{
    clear_norms(o, a->first_row, a->value.rows);
}
