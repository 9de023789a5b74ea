/* The table of optimizers: the update of θ from a gradient g and the slots. α is the learning rate
 * lr_t; optim.c applies the common options to g and θ before. Definitions and slots as in PyTorch
 * 1.13.
 *
 *   adam      m = β₁m + (1-β₁)g    v = β₂v + (1-β₂)g²       θ -= α/(1-β₁ᵗ) · m/(√v/√(1-β₂ᵗ) + ε)
 *   adamw     the same, with decoupled decay                [2]
 *   amsgrad   the same with v̂ = max(v̂, v) for v             [3]
 *   rmsprop   v = ρv + (1-ρ)g²     u = g/(√v + ε)           θ -= α·u, or b = μb + u, θ -= α·b
 *   sgd       b = μb + g           θ -= α·g, α·b or, Nesterov, α·(g + μb)
 *   adagrad   s = s + g²           θ -= α·g/(√s + ε)
 *
 * [1] Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", Algorithm 1.
 * [2] Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", Algorithm 2.
 * [3] Reddi, Kale, Kumar 2018, "On the Convergence of Adam and Beyond", Algorithm 2.
 * [4] Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5.
 * [5] Polyak 1964, "Some methods of speeding up the convergence of iteration methods"; Sutskever et
 *     al. 2013, "On the importance of initialization and momentum in deep learning", §2.
 * [6] Duchi, Hazan, Singer 2011, "Adaptive Subgradient Methods", fig. 1 (diagonal). */
#include "gantrain/nn/optim.h"

#include <math.h>

#include "gantrain/base/clones.h"

/* The options of every row; each has some of the keys. */
typedef struct MethodOptions {
    OptimCommon common;
    double beta1, beta2, epsilon, alpha, momentum;
    bool nesterov;
} MethodOptions;

/* Common options, first and last in every table; only defaults differ. */
#define RATE_OPTION(init) OPT_REAL(OptimCommon, lr, init, 1e-12, 10, "step size alpha")
#define COMMON_OPTIONS(init_decay)                                                                 \
    OPT_SPEC(OptimCommon, schedule, "constant", &schedules, "how lr changes during the run"),      \
        OPT_INT(OptimCommon, warmup, "0", 0, 1e12,                                                 \
                "generator updates in which lr rises linearly to its value; 0: none"),             \
        OPT_REAL(OptimCommon, clip_norm, "0", 0, 1e12,                                             \
                 "largest norm of the player's gradient; larger ones are scaled down; 0: any"),    \
        OPT_REAL(OptimCommon, clip_value, "0", 0, 1e12,                                            \
                 "largest absolute value in a gradient; larger ones are clamped; 0: any"),         \
        OPT_REAL(OptimCommon, l1, "0", 0, 1e6, "adds l1*sign(w) to the gradient of weights"),      \
        OPT_REAL(OptimCommon, l2, "0", 0, 1e6, "adds l2*w to the gradient of weights"),            \
        OPT_REAL(OptimCommon, decay, init_decay, 0, 1e6,                                           \
                 "decoupled decay: weights shrink by lr*decay at every update"),                   \
        OPT_REAL(OptimCommon, historical_averaging, "0", 0, 1e6,                                   \
                 "c of c*|theta - its mean so far|^2, added to the loss (Salimans 2016)")

/* A row; its last arguments are the names of its slots. */
#define OPTIMIZER(name, table, about, source, begin, update, slots, squares, ...)                  \
    static const OptimKind name = { { #name, about, source, table, sizeof(MethodOptions) },        \
                                    { __VA_ARGS__ },                                               \
                                    begin,                                                         \
                                    update,                                                        \
                                    slots,                                                         \
                                    squares }

/* ---- adam [1], adamw [2] --------------------------------------------------------------------- */

#define ADAM_OPTIONS                                                                               \
    OPT_REAL(MethodOptions, beta1, "0.5", 0, 0.999999, "decay of the first moment"),               \
        OPT_REAL(MethodOptions, beta2, "0.999", 0, 0.999999, "decay of the second moment"),        \
        OPT_REAL(MethodOptions, epsilon, "1e-8", 1e-30, 1,                                         \
                 "added to the root of the second moment")

static const Option adam_options[] = {
    RATE_OPTION("0.0002"),
    ADAM_OPTIONS,
    COMMON_OPTIONS("0"),
    OPT_END,
};
static const Option adamw_options[] = {
    RATE_OPTION("0.0002"),
    ADAM_OPTIONS,
    COMMON_OPTIONS("0.01"),
    OPT_END,
};

/* Factors of an update; each method sets those it reads. */
enum { KEEP_M, TAKE_M, KEEP_V, TAKE_V, RATE, UNROOT, EPSILON, MOMENTUM };

/* In double: 1-β₂ᵗ loses all digits of a float for small t. */
static void adam_begin(const void *options, double lr, int64_t t, real rate[OPTIM_RATES])
{
    const MethodOptions *o = options;
    rate[KEEP_M] = (real)o->beta1;
    rate[TAKE_M] = (real)(1 - o->beta1);
    rate[KEEP_V] = (real)o->beta2;
    rate[TAKE_V] = (real)(1 - o->beta2);
    rate[RATE] = (real)(lr / (1 - pow(o->beta1, (double)t)));
    rate[UNROOT] = (real)(1 / sqrt(1 - pow(o->beta2, (double)t)));
    rate[EPSILON] = (real)o->epsilon;
}

/* Multiplies √v by the reciprocal: divisions and roots limit the speed of the loop. */
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

OPTIMIZER(adam, adam_options, "Adam with bias correction", "Kingma and Ba 2015, Algorithm 1",
          adam_begin, adam_update, NULL, 1u << 1, "exp_avg", "exp_avg_sq");
OPTIMIZER(adamw, adamw_options, "Adam with decoupled weight decay",
          "Loshchilov and Hutter 2019, Algorithm 2", adam_begin, adam_update, NULL, 1u << 1,
          "exp_avg", "exp_avg_sq");

/* ---- amsgrad [3] ----------------------------------------------------------------------------- */

/* The largest v so far is stored uncorrected and corrected when used, as in PyTorch. */
GT_CLONES static void amsgrad_update(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real b1 = rate[KEEP_M], a1 = rate[TAKE_M], b2 = rate[KEEP_V], a2 = rate[TAKE_V];
    const real alpha = rate[RATE], unroot = rate[UNROOT], epsilon = rate[EPSILON];
    real *restrict theta = s.theta, *restrict m = s.slot[0], *restrict v = s.slot[1];
    real *restrict largest = s.slot[2];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        m[i] = b1 * m[i] + a1 * g[i];
        v[i] = b2 * v[i] + a2 * (g[i] * g[i]);
        largest[i] = v[i] > largest[i] ? v[i] : largest[i];
        theta[i] -= alpha * m[i] / (real_sqrt(largest[i]) * unroot + epsilon);
    }
}

OPTIMIZER(amsgrad, adam_options, "Adam whose second moment never falls",
          "Reddi et al. 2018, Algorithm 2", adam_begin, amsgrad_update, NULL, 1u << 1 | 1u << 2,
          "exp_avg", "exp_avg_sq", "max_exp_avg_sq");

/* ---- rmsprop [4] ----------------------------------------------------------------------------- */

static const Option rmsprop_options[] = {
    RATE_OPTION("0.00005"), /* Arjovsky et al. 2017, Algorithm 1 */
    OPT_REAL(MethodOptions, alpha, "0.99", 0, 0.999999, "decay of the mean square"),
    OPT_REAL(MethodOptions, epsilon, "1e-8", 1e-30, 1, "added to the root of the mean square"),
    OPT_REAL(MethodOptions, momentum, "0", 0, 0.999999, "share of the previous step; 0: none"),
    COMMON_OPTIONS("0"),
    OPT_END,
};

static int rmsprop_slots(const void *options)
{
    return ((const MethodOptions *)options)->momentum > 0 ? 2 : 1;
}

/* Of rmsprop and adagrad, without bias correction. */
static void uncorrected_begin(const void *options, double lr, int64_t t, real rate[OPTIM_RATES])
{
    const MethodOptions *o = options;
    (void)t;
    rate[KEEP_V] = (real)o->alpha;
    rate[TAKE_V] = (real)(1 - o->alpha);
    rate[RATE] = (real)lr;
    rate[EPSILON] = (real)o->epsilon;
    rate[MOMENTUM] = (real)o->momentum;
}

GT_CLONES static void rmsprop_plain(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real keep = rate[KEEP_V], take = rate[TAKE_V];
    const real alpha = rate[RATE], epsilon = rate[EPSILON];
    real *restrict theta = s.theta, *restrict v = s.slot[0];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        v[i] = keep * v[i] + take * (g[i] * g[i]);
        theta[i] -= alpha * (g[i] / (real_sqrt(v[i]) + epsilon));
    }
}

GT_CLONES static void rmsprop_momentum(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real keep = rate[KEEP_V], take = rate[TAKE_V], mu = rate[MOMENTUM];
    const real alpha = rate[RATE], epsilon = rate[EPSILON];
    real *restrict theta = s.theta, *restrict v = s.slot[0], *restrict b = s.slot[1];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        v[i] = keep * v[i] + take * (g[i] * g[i]);
        b[i] = mu * b[i] + g[i] / (real_sqrt(v[i]) + epsilon);
        theta[i] -= alpha * b[i];
    }
}

static void rmsprop_update(const real rate[OPTIM_RATES], OptimSpan s)
{
    (s.slot[1] ? rmsprop_momentum : rmsprop_plain)(rate, s);
}

OPTIMIZER(rmsprop, rmsprop_options, "divides by the root of a moving mean square",
          "Tieleman and Hinton 2012, lecture 6.5", uncorrected_begin, rmsprop_update, rmsprop_slots,
          1u << 0, "square_avg", "momentum_buffer");

/* ---- sgd [5] --------------------------------------------------------------------------------- */

static const Option sgd_options[] = {
    RATE_OPTION("0.01"),
    OPT_REAL(MethodOptions, momentum, "0", 0, 0.999999, "share of the previous step; 0: none"),
    OPT_BOOL(MethodOptions, nesterov, "false", "look ahead by the momentum (Nesterov 1983)"),
    COMMON_OPTIONS("0"),
    OPT_END,
};

enum { SGD_OF_G, SGD_OF_B }; /* beside RATE and MOMENTUM */

static int sgd_slots(const void *options)
{
    return ((const MethodOptions *)options)->momentum > 0 ? 1 : 0;
}

/* The direction is of_g·g + of_b·b: b alone, or g + μb. */
static void sgd_begin(const void *options, double lr, int64_t t, real rate[OPTIM_RATES])
{
    const MethodOptions *o = options;
    (void)t;
    rate[RATE] = (real)lr;
    rate[MOMENTUM] = (real)o->momentum;
    rate[SGD_OF_G] = o->nesterov ? 1 : 0;
    rate[SGD_OF_B] = o->nesterov ? (real)o->momentum : 1;
}

GT_CLONES static void sgd_plain(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real alpha = rate[RATE];
    real *restrict theta = s.theta;
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++)
        theta[i] -= alpha * g[i];
}

GT_CLONES static void sgd_momentum(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real alpha = rate[RATE], mu = rate[MOMENTUM];
    const real of_g = rate[SGD_OF_G], of_b = rate[SGD_OF_B];
    real *restrict theta = s.theta, *restrict b = s.slot[0];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        b[i] = mu * b[i] + g[i];
        theta[i] -= alpha * (of_g * g[i] + of_b * b[i]);
    }
}

static void sgd_update(const real rate[OPTIM_RATES], OptimSpan s)
{
    (s.slot[0] ? sgd_momentum : sgd_plain)(rate, s);
}

OPTIMIZER(sgd, sgd_options, "gradient descent, with momentum or without",
          "Robbins and Monro 1951; Polyak 1964", sgd_begin, sgd_update, sgd_slots, 0,
          "momentum_buffer");

/* ---- adagrad [6] ----------------------------------------------------------------------------- */

static const Option adagrad_options[] = {
    RATE_OPTION("0.01"),
    OPT_REAL(MethodOptions, epsilon, "1e-10", 1e-30, 1, "added to the root of the sum"),
    COMMON_OPTIONS("0"),
    OPT_END,
};

GT_CLONES static void adagrad_update(const real rate[OPTIM_RATES], OptimSpan s)
{
    const real alpha = rate[RATE], epsilon = rate[EPSILON];
    real *restrict theta = s.theta, *restrict squares = s.slot[0];
    const real *restrict g = s.dtheta;

    for (size_t i = 0; i < s.n; i++) {
        squares[i] += g[i] * g[i];
        theta[i] -= alpha * (g[i] / (real_sqrt(squares[i]) + epsilon));
    }
}

OPTIMIZER(adagrad, adagrad_options, "divides by the root of the sum of squares",
          "Duchi et al. 2011, fig. 1", uncorrected_begin, adagrad_update, NULL, 1u << 0, "sum");

static const Entry *const all[] = {
    &adam.is, &adamw.is, &amsgrad.is, &rmsprop.is, &sgd.is, &adagrad.is, NULL,
};

const Registry optimizers = { "optimizers", "optimizer", all };
