/* The table of activations: y = f(a) with f' and f''.
 *
 * LAYER_IN_PLACE where f' and f'' follow from y alone, because y overwrites a. To add one: a word
 * in activation_layer.h and a row here, PIECEWISE_LINEAR with f, f' or SMOOTH with f, f', f'',
 * after the range of y. */
#include "activation_layer.h"

#include <math.h>

#include "gantrain/math/simd.h"

typedef struct LeakyOptions {
    double slope;
} LeakyOptions;

static const Option leaky_options[] = {
    OPT_REAL(LeakyOptions, slope, "0.2", 0, 1, "factor on negative inputs"),
    OPT_END,
};

typedef struct EluOptions {
    double alpha;
} EluOptions;

static const Option elu_options[] = {
    OPT_REAL(EluOptions, alpha, "1", 0, 10, "minus the limit for very negative inputs"),
    OPT_END,
};

typedef struct NoOptions {
    char none;
} NoOptions;

/* The constants of selu, for which mean 0 and variance 1 are a fixed point. */
static const real LAMBDA = (real)1.0507009873554804934;
static const real ALPHA = (real)1.6732632423543772848;

/* Φ(a) = ½·erfc(-a/√2): 1 + erf loses the small values far below 0 */
static inline real normal_cdf(real a)
{
    return (real)0.5 * real_erfc(a * (real)-0.70710678118654752440);
}

/* φ(a) = exp(-a²/2)/√(2π) */
static inline real normal_pdf(real a)
{
    return (real)0.39894228040143267794 * real_exp((real)-0.5 * a * a);
}

static inline real logistic_d1(real a)
{
    const real p = real_logistic(a);
    return p * (1 - p);
}

static inline real silu_d1(real a)
{
    const real p = real_logistic(a);
    return p * (1 + a * (1 - p));
}

static inline real silu_d2(real a)
{
    const real p = real_logistic(a);
    return p * (1 - p) * (2 + a * (1 - 2 * p));
}

/* clang-format off */
PIECEWISE_LINEAR(linear, NoOptions, NULL, LAYER_IN_PLACE,
    -INFINITY, INFINITY,
    a,
    1,
    "y = a", "-");
PIECEWISE_LINEAR(relu, NoOptions, NULL, LAYER_IN_PLACE,
    0, INFINITY,
    a <= 0 ? 0 : a, /* NaN stays NaN */
    a > 0 ? 1 : 0,
    "y = max(a, 0)", "Nair and Hinton 2010");
PIECEWISE_LINEAR(leaky_relu, LeakyOptions, leaky_options, LAYER_IN_PLACE,
    s.slope > 0 ? -INFINITY : 0, INFINITY,
    a > 0 ? a : (real)s.slope * a,
    a > 0 ? 1 : (real)s.slope,
    "y = a, or slope*a below 0", "Maas et al. 2013");
SMOOTH(tanh, NoOptions, NULL, LAYER_IN_PLACE,
    -1, 1,
    real_tanh(a),
    1 - y * y,
    -2 * y * (1 - y * y),
    "y = tanh(a), between -1 and 1", "-");
SMOOTH(sigmoid, NoOptions, NULL, LAYER_IN_PLACE,
    0, 1,
    real_logistic(a),
    y * (1 - y),
    y * (1 - y) * (1 - 2 * y),
    "y = 1/(1+exp(-a)), between 0 and 1", "-");
SMOOTH(softplus, NoOptions, NULL, 0,
    0, INFINITY,
    real_softplus(a),
    real_logistic(a),
    logistic_d1(a),
    "y = log(1+exp(a)), a smooth relu", "Dugas et al. 2001");
SMOOTH(elu, EluOptions, elu_options, LAYER_IN_PLACE, /* alpha·exp(a) = y + alpha */
    -s.alpha, INFINITY,
    a > 0 ? a : (real)s.alpha * real_expm1(a),
    y > 0 ? 1 : y + (real)s.alpha,
    y > 0 ? 0 : y + (real)s.alpha,
    "y = a, or alpha*(exp(a)-1) below 0", "Clevert et al. 2015, eq. 15");
SMOOTH(selu, NoOptions, NULL, LAYER_IN_PLACE,
    -(double)(LAMBDA * ALPHA), INFINITY,
    LAMBDA * (a > 0 ? a : ALPHA * real_expm1(a)),
    y > 0 ? LAMBDA : y + LAMBDA * ALPHA,
    y > 0 ? 0 : y + LAMBDA * ALPHA,
    "elu scaled so that mean 0 and variance 1 persist", "Klambauer et al. 2017, eq. 2");
SMOOTH(gelu, NoOptions, NULL, 0,
    -0.17, INFINITY,
    a * normal_cdf(a),
    normal_cdf(a) + a * normal_pdf(a),
    normal_pdf(a) * (2 - a * a),
    "y = a times the normal distribution up to a", "Hendrycks and Gimpel 2016, §2");
SMOOTH(silu, NoOptions, NULL, 0,
    -0.28, INFINITY,
    a * real_logistic(a),
    silu_d1(a),
    silu_d2(a),
    "y = a/(1+exp(-a)), also called swish", "Elfwing et al. 2017, eq. 9");
/* clang-format on */

static const Entry *const all[] = {
#define X(name) &activation_##name.layer.is,
    ACTIVATION_ROSTER(X)
#undef X
        NULL
};

const Registry activations = { "activations", "activation", all };
