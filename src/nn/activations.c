/* The table of activations: for each f the scalar functions f, f', f'' stand together.
 *
 * LAYER_IN_PLACE where f' and f'' follow from y alone: what a was is gone then. To add one: write <name>_f, _d1 and, unless it is piecewise linear, _d2; a word in the roster
 * (activation_roster.h); a row at the end. */
#include "activation_layer.h"
#include "activation_roster.h"

#include "gantrain/math/scalar.h"

typedef struct LeakyOptions {
    double slope;
} LeakyOptions;

static const Option leaky_options[] = {
    OPT_REAL(LeakyOptions, slope, "0.2", 0, 1, "what negative inputs are multiplied by"),
    OPT_END,
};

typedef struct EluOptions {
    double alpha;
} EluOptions;

static const Option elu_options[] = {
    OPT_REAL(EluOptions, alpha, "1", 0, 10, "minus the value that very negative inputs go to"),
    OPT_END,
};

typedef struct NoOptions {
    char none;
} NoOptions;

/* ---- the functions: a input, y = f(a), s the options ---------------------------------------------- */

static inline real linear_f(real a, const NoOptions *s)
{
    (void)s;
    return a;
}

static inline real linear_d1(real a, real y, const NoOptions *s)
{
    (void)a, (void)y, (void)s;
    return 1;
}

static inline real relu_f(real a, const NoOptions *s)
{
    (void)s;
    return a <= 0 ? 0 : a; /* NaN stays NaN and is seen */
}

static inline real relu_d1(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    return a > 0 ? 1 : 0;
}

static inline real leaky_relu_f(real a, const LeakyOptions *s)
{
    return a > 0 ? a : (real)s->slope * a;
}

static inline real leaky_relu_d1(real a, real y, const LeakyOptions *s)
{
    (void)y;
    return a > 0 ? 1 : (real)s->slope;
}

static inline real tanh_f(real a, const NoOptions *s)
{
    (void)s;
    return real_tanh(a);
}

static inline real tanh_d1(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return 1 - y * y;
}

static inline real tanh_d2(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return -2 * y * (1 - y * y);
}

static inline real sigmoid_f(real a, const NoOptions *s)
{
    (void)s;
    return real_logistic(a);
}

static inline real sigmoid_d1(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return y * (1 - y);
}

static inline real sigmoid_d2(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return y * (1 - y) * (1 - 2 * y);
}

static inline real softplus_f(real a, const NoOptions *s)
{
    (void)s;
    return real_softplus(a);
}

static inline real softplus_d1(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    return real_logistic(a);
}

static inline real softplus_d2(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    const real p = real_logistic(a);
    return p * (1 - p);
}

static inline real elu_f(real a, const EluOptions *s)
{
    return a > 0 ? a : (real)s->alpha * real_expm1(a);
}

/* α·exp(a) = y + α */
static inline real elu_d1(real a, real y, const EluOptions *s)
{
    (void)a;
    return y > 0 ? 1 : y + (real)s->alpha;
}

static inline real elu_d2(real a, real y, const EluOptions *s)
{
    (void)a;
    return y > 0 ? 0 : y + (real)s->alpha;
}

/* λ and α of selu: with them mean 0 and variance 1 are a fixed point of a layer */
static const real selu_lambda = (real)1.0507009873554804934;
static const real selu_alpha = (real)1.6732632423543772848;

static inline real selu_f(real a, const NoOptions *s)
{
    (void)s;
    return selu_lambda * (a > 0 ? a : selu_alpha * real_expm1(a));
}

static inline real selu_d1(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return y > 0 ? selu_lambda : y + selu_lambda * selu_alpha;
}

static inline real selu_d2(real a, real y, const NoOptions *s)
{
    (void)a, (void)s;
    return y > 0 ? 0 : y + selu_lambda * selu_alpha;
}

/* Φ(a) = ½·erfc(-a/√2): with 1 + erf the small values far below 0 would be lost */
static inline real gauss_below(real a)
{
    return (real)0.5 * real_erfc(a * (real)-0.70710678118654752440);
}

/* φ(a) = exp(-a²/2)/√(2π) */
static inline real gauss_density(real a)
{
    return (real)0.39894228040143267794 * real_exp((real)-0.5 * a * a);
}

static inline real gelu_f(real a, const NoOptions *s)
{
    (void)s;
    return a * gauss_below(a);
}

static inline real gelu_d1(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    return gauss_below(a) + a * gauss_density(a);
}

static inline real gelu_d2(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    return gauss_density(a) * (2 - a * a);
}

static inline real silu_f(real a, const NoOptions *s)
{
    (void)s;
    return a * real_logistic(a);
}

static inline real silu_d1(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    const real p = real_logistic(a);
    return p * (1 + a * (1 - p));
}

static inline real silu_d2(real a, real y, const NoOptions *s)
{
    (void)y, (void)s;
    const real p = real_logistic(a);
    return p * (1 - p) * (2 + a * (1 - 2 * p));
}

/* ---- loops over arrays ------------------------------------------------------------------------------ */

LOOPS(linear, NoOptions)
LOOPS(relu, NoOptions)
LOOPS(leaky_relu, LeakyOptions)
LOOPS(tanh, NoOptions)
LOOPS(sigmoid, NoOptions)
LOOPS(softplus, NoOptions)
LOOPS(elu, EluOptions)
LOOPS(selu, NoOptions)
LOOPS(gelu, NoOptions)
LOOPS(silu, NoOptions)
LOOP_D2(tanh, NoOptions)
LOOP_D2(sigmoid, NoOptions)
LOOP_D2(softplus, NoOptions)
LOOP_D2(elu, EluOptions)
LOOP_D2(selu, NoOptions)
LOOP_D2(gelu, NoOptions)
LOOP_D2(silu, NoOptions)

/* ---- the rows ------------------------------------------------------------------------------------- */

const Activation activation_linear = {
    LAYER("linear", "y = a", "-", NULL, NoOptions, LAYER_IN_PLACE),
    linear_value,
    linear_slope,
    NULL,
};
const Activation activation_relu = {
    LAYER("relu", "y = max(a, 0)", "Nair and Hinton 2010", NULL, NoOptions, LAYER_IN_PLACE),
    relu_value,
    relu_slope,
    NULL,
};
const Activation activation_leaky_relu = {
    LAYER("leaky_relu", "y = a, or slope*a below 0", "Maas et al. 2013", leaky_options,
          LeakyOptions, LAYER_IN_PLACE),
    leaky_relu_value,
    leaky_relu_slope,
    NULL,
};
const Activation activation_tanh = {
    LAYER("tanh", "y = tanh(a), between -1 and 1", "-", NULL, NoOptions, LAYER_IN_PLACE),
    tanh_value,
    tanh_slope,
    tanh_curve,
};
const Activation activation_sigmoid = {
    LAYER("sigmoid", "y = 1/(1+exp(-a)), between 0 and 1", "-", NULL, NoOptions, LAYER_IN_PLACE),
    sigmoid_value,
    sigmoid_slope,
    sigmoid_curve,
};
const Activation activation_softplus = {
    LAYER("softplus", "y = log(1+exp(a)), a smooth relu", "Dugas et al. 2001", NULL, NoOptions, 0),
    softplus_value,
    softplus_slope,
    softplus_curve,
};

const Activation activation_elu = {
    LAYER("elu", "y = a, or alpha*(exp(a)-1) below 0", "Clevert et al. 2015, eq. 15", elu_options,
          EluOptions, LAYER_IN_PLACE),
    elu_value,
    elu_slope,
    elu_curve,
};
const Activation activation_selu = {
    LAYER("selu", "elu scaled so that mean 0 and variance 1 persist",
          "Klambauer et al. 2017, eq. 2", NULL, NoOptions, LAYER_IN_PLACE),
    selu_value,
    selu_slope,
    selu_curve,
};
const Activation activation_gelu = {
    LAYER("gelu", "y = a times the normal distribution up to a", "Hendrycks and Gimpel 2016, §2",
          NULL, NoOptions, 0),
    gelu_value,
    gelu_slope,
    gelu_curve,
};
const Activation activation_silu = {
    LAYER("silu", "y = a/(1+exp(-a)), also called swish", "Elfwing et al. 2017, eq. 9", NULL,
          NoOptions, 0),
    silu_value,
    silu_slope,
    silu_curve,
};

static const Entry *const all[] = {
#define X(name) &activation_##name.layer.is,
    ACTIVATION_ROSTER(X)
#undef X
        NULL
};

const Registry activations = { "activations", "activation", all };
