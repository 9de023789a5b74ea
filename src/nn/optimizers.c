/* The table of optimisers, and the step that runs one of them over a flat net.
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

/* m = β₁m + (1-β₁)g,  v = β₂v + (1-β₂)g²,  θ -= α/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε)
 * The corrections are computed in double: 1-β₂ᵗ loses all digits of a float for small t. √v is
 * multiplied by the reciprocal: divisions and roots are what the loop waits for. */
GT_CLONES static void adam_update(const void *options, int64_t t, OptimSpan s)
{
    const AdamOptions *o = options;
    const real b1 = (real)o->beta1, b2 = (real)o->beta2, epsilon = (real)o->epsilon;
    const real a1 = (real)(1 - o->beta1), a2 = (real)(1 - o->beta2);
    const real rate = (real)(o->lr / (1 - pow(o->beta1, (double)t)));
    const real unroot = (real)(1 / sqrt(1 - pow(o->beta2, (double)t)));
    real *theta = s.theta, *m = s.slot[0], *v = s.slot[1];
    const real *g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        m[i] = b1 * m[i] + a1 * g[i];
        v[i] = b2 * v[i] + a2 * (g[i] * g[i]);
        theta[i] -= rate * m[i] / (real_sqrt(v[i]) * unroot + epsilon);
    }
}

static const OptimKind adam = {
    { "adam", "Adam with bias correction", "Kingma and Ba 2015, Algorithm 1", adam_options,
      sizeof(AdamOptions) },
    2,
    { "exp_avg", "exp_avg_sq" },
    adam_update,
};

static const Entry *const all[] = { &adam.is, NULL };

const Registry optimizers = { "optimizers", "optimizer", all };

/* ---- the step -------------------------------------------------------------------------------------- */

void optim_plan(Optim *o, const Spec *spec, int parameters, Arena *a)
{
    o->kind = (const OptimKind *)spec->is;
    o->options = spec->options;
    for (int i = 0; i < o->kind->slots; i++)
        o->slot[i] = mat_take(a, 1, parameters);
    o->norm2 = arena_take(a, ((size_t)parameters / PARALLEL_CHUNK + 1) * sizeof *o->norm2);
}

typedef struct Step {
    const Optim *o;
    Mat theta, dtheta;
} Step;

static void step_range(void *args, size_t first, size_t last)
{
    const Step *s = args;
    OptimSpan span = { last - first, s->theta.at + first, s->dtheta.at + first, { NULL } };
    s->o->norm2[first / PARALLEL_CHUNK] = mat_norm2((View){ 1, (int)span.n, span.dtheta });
    for (int i = 0; i < s->o->kind->slots; i++)
        span.slot[i] = s->o->slot[i].at + first;
    s->o->kind->update(s->o->options, s->o->t, span);
    memset(s->dtheta.at + first, 0, (last - first) * sizeof(real));
}

double optim_step(Optim *o, Mat theta, Mat dtheta)
{
    Step s = { o, theta, dtheta };
    double norm2 = 0;
    o->t++;
    parallel_ranges(mat_size(theta), step_range, &s);
    for (size_t i = 0; i * PARALLEL_CHUNK < mat_size(theta); i++)
        norm2 += o->norm2[i];
    return norm2;
}
