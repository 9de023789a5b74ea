/* The table of optimisers, and the step that runs one of them over arrays.
 *
 * [1] Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", Algorithm 1. */
#include "gantrain/nn/optim.h"

#include <math.h>
#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

/* ---- adam [1] ------------------------------------------------------------------------------------- */

typedef struct AdamOptions {
    double lr, beta1, beta2, epsilon;
} AdamOptions;

static const Option adam_options[] = {
    OPT_REAL(AdamOptions, lr, "0.0002", 1e-12, 10, "step size alpha"),
    OPT_REAL(AdamOptions, beta1, "0.5", 0, 0.999999, "decay of the first moment"),
    OPT_REAL(AdamOptions, beta2, "0.999", 0, 0.999999, "decay of the second moment"),
    OPT_REAL(AdamOptions, epsilon, "1e-8", 1e-30, 1, "added to the root of the second moment"),
    OPT_END,
};

enum { KEEP_M, TAKE_M, KEEP_V, TAKE_V, RATE, UNROOT, EPSILON };

/* The corrections are computed in double: 1-β₂ᵗ loses all digits of a float for small t. */
static void adam_begin(const void *options, int64_t t, real rate[OPTIM_RATES])
{
    const AdamOptions *o = options;
    rate[KEEP_M] = (real)o->beta1;
    rate[TAKE_M] = (real)(1 - o->beta1);
    rate[KEEP_V] = (real)o->beta2;
    rate[TAKE_V] = (real)(1 - o->beta2);
    rate[RATE] = (real)(o->lr / (1 - pow(o->beta1, (double)t)));
    rate[UNROOT] = (real)(1 / sqrt(1 - pow(o->beta2, (double)t)));
    rate[EPSILON] = (real)o->epsilon;
}

/* m = β₁m + (1-β₁)g,  v = β₂v + (1-β₂)g²,  θ -= α/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε)
 * √v is multiplied by the reciprocal: divisions and roots are what the loop waits for. */
GT_CLONES static void adam_update(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real b1 = rate[KEEP_M], a1 = rate[TAKE_M], b2 = rate[KEEP_V], a2 = rate[TAKE_V];
    const real alpha = rate[RATE], unroot = rate[UNROOT], epsilon = rate[EPSILON];
    real *restrict theta = s.theta, *restrict m = s.slot[0], *restrict v = s.slot[1];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        m[i] = b1 * m[i] + a1 * g[i];
        v[i] = b2 * v[i] + a2 * (g[i] * g[i]);
        theta[i] -= alpha * m[i] / (real_sqrt(v[i]) * unroot + epsilon);
    }
}

static const OptimKind adam = {
    { "adam", "Adam with bias correction", "Kingma and Ba 2015, Algorithm 1", adam_options,
      sizeof(AdamOptions) },
    2,
    { "exp_avg", "exp_avg_sq" },
    adam_begin,
    adam_update,
};

static const Entry *const all[] = { &adam.is, NULL };

const Registry optimizers = { "optimizers", "optimizer", all };

/* ---- the step -------------------------------------------------------------------------------------- */

void optim_plan(Optim *o, const Spec *spec, int parameters, int rows, Arena *a)
{
    o->kind = (const OptimKind *)spec->is;
    o->options = spec->options;
    for (int i = 0; i < o->kind->slots; i++)
        o->slot[i] = mat_take(a, 1, parameters);
    o->norm2 = arena_take(a, (size_t)rows * sizeof *o->norm2);
    o->rows = rows;
}

void optim_begin(Optim *o)
{
    o->t++;
    o->kind->begin(o->options, o->t, o->rate);
    memset(o->norm2, 0, (size_t)o->rows * sizeof *o->norm2);
}

double optim_end(Optim *o)
{
    double norm2 = 0;
    for (int i = 0; i < o->rows; i++)
        norm2 += o->norm2[i];
    return norm2;
}

void optim_move(Optim *o, const LayerArray *a, size_t first, size_t n, const real *g)
{
    OptimSpan span = { n, a->value.at + first, g, { NULL } };
    for (int i = 0; i < o->kind->slots; i++)
        span.slot[i] = o->slot[i].at + a->first + first;
    o->norm2[a->row + (int)(first / (size_t)a->value.cols)] += mat_norm2((View){ 1, (int)n, g });
    o->kind->update(o->rate, span);
}

void optim_move_patch(void *args, Patch done, const real *g, size_t ld)
{
    const OptimPart *p = args;
    for (int i = 0; i < done.rows; i++) {
        const size_t first = done.first + (size_t)i * done.next, n = (size_t)done.cols;
        optim_move(p->o, p->a, first, n, g + (size_t)i * ld);
        if (p->clear)
            memset(p->a->grad.at + first, 0, n * sizeof *g);
    }
}

static void move_row(void *args, int i)
{
    const OptimPart *p = args;
    const int cols = p->a->value.cols;
    const size_t first = (size_t)i * (size_t)cols;
    optim_move_patch(args, (Patch){ 1, cols, first, 0 }, p->a->grad.at + first, 0);
}

void optim_move_all(Optim *o, const LayerArray *a)
{
    OptimPart p = { o, a, true };
    parallel_for(a->value.rows, move_row, &p);
}
