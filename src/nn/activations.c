/* The table of activations: for each f the scalar functions f, f', f'' stand together.
 *
 *   forward            y   = f(a)
 *   backward           dx  = f'(a) ∘ dy
 *   tangent forward    ry  = f'(a) ∘ rx
 *   tangent backward   rdx = f'(a) ∘ rdy + f''(a) ∘ rx ∘ dy
 *
 * To add one: write <name>_f, _d1 and, unless it is piecewise linear, _d2; a word in the roster
 * (activation_roster.h); a row at the end. */
#include "activation_roster.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/scalar.h"
#include "gantrain/math/simd.h"

typedef struct LeakyOptions {
    double slope;
} LeakyOptions;

static const Option leaky_options[] = {
    OPT_REAL(LeakyOptions, slope, "0.2", 0, 1, "what negative inputs are multiplied by"),
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

/* ---- loops over arrays, one per function, so that the compiler sees f inside the loop ------------ *
 * y may be a, and out may be v: ivdep says that nothing else overlaps. */

#define LOOP_F(f, Options)                                                                         \
    GT_CLONES static void f##_value(const void *options, size_t n, const real *a, real *y)         \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++) y[i] = f##_f(a[i], &s);                \
    }
#define LOOP_D1(f, Options)                                                                        \
    GT_CLONES static void f##_slope(const void *options, size_t n, const real *a, const real *y,   \
                                    const real *v, real *out)                                      \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++) out[i] =                               \
            f##_d1(a[i], y[i], &s) * v[i];                                                         \
    }
#define LOOP_D2(f, Options)                                                                        \
    GT_CLONES static void f##_curve(const void *options, size_t n, const real *a, const real *y,   \
                                    const real *v, const real *w, real *out)                       \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++) out[i] +=                              \
            f##_d2(a[i], y[i], &s) * v[i] * w[i];                                                  \
    }
#define LOOPS(f, Options) LOOP_F(f, Options) LOOP_D1(f, Options)

LOOPS(linear, NoOptions)
LOOPS(relu, NoOptions)
LOOPS(leaky_relu, LeakyOptions)
LOOPS(tanh, NoOptions)
LOOPS(sigmoid, NoOptions)
LOOPS(softplus, NoOptions)
LOOP_D2(tanh, NoOptions)
LOOP_D2(sigmoid, NoOptions)
LOOP_D2(softplus, NoOptions)

/* ---- the layer that all of them are ------------------------------------------------------------- */

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->out = l->in;
    return GT_OK;
}

static const Activation *function_of(const Layer *l)
{
    return (const Activation *)l->kind;
}

/* y = f(x) */
static void forward_part(const Layer *l, const Pass *p, Patch part)
{
    size_t at = part.first;
    for (int i = 0; i < part.rows; i++, at += part.next)
        function_of(l)->value(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at);
}

/* dx = f'(x) ∘ dy */
static void backward_part(const Layer *l, const Pass *p, Patch part)
{
    size_t at = part.first;
    for (int i = 0; i < part.rows; i++, at += part.next)
        function_of(l)->d1(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at, p->dy.at + at,
                           p->dx.at + at);
}

/* ry = f'(x) ∘ rx */
static void tangent_forward_part(const Layer *l, const Pass *p, Patch part)
{
    const size_t at = part.first;
    function_of(l)->d1(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at, p->rx.at + at,
                       p->ry.at + at);
}

/* rdx = f'(x) ∘ rdy + f''(x) ∘ rx ∘ dy */
static void tangent_backward_part(const Layer *l, const Pass *p, Patch part)
{
    const Activation *f = function_of(l);
    const size_t at = part.first, n = (size_t)part.cols;
    const real *x = p->x.at + at, *y = p->y.at + at;
    real *rdx = p->rdx.at + at;

    if (p->rdy.rows)
        f->d1(l->options, n, x, y, p->rdy.at + at, rdx);
    else
        memset(rdx, 0, n * sizeof *rdx);
    if (f->d2)
        f->d2(l->options, n, x, y, p->rx.at + at, p->dy.at + at, rdx);
}

/* One pass cut into parts for the threads. */
typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    void (*part)(const Layer *l, const Pass *p, Patch part);
} Sweep;

static void one_range(void *args, size_t first, size_t last)
{
    const Sweep *s = args;
    s->part(s->l, s->p, (Patch){ 1, (int)(last - first), first, 0 });
}

static void forward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, forward_part };
    parallel_ranges(mat_size(p->y), one_range, &s);
}

static void backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, backward_part };
    if (p->want & WANT_INPUT)
        parallel_ranges(mat_size(p->y), one_range, &s);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, tangent_forward_part };
    parallel_ranges(mat_size(p->y), one_range, &s);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, tangent_backward_part };
    p->rdx_zero = !function_of(l)->d2 && !p->rdy.rows;
    if (!p->rdx_zero)
        parallel_ranges(mat_size(p->y), one_range, &s);
}

/* ---- the rows ------------------------------------------------------------------------------------- */

#define LAYER(name, summary, source, rows, Options, in_place)                                      \
    .layer = {                                                                                     \
        .flags = in_place,                                                                         \
        .is = { name, summary, source, rows, sizeof(Options) },                                    \
        .infer = infer,                                                                            \
        .forward = forward,                                                                        \
        .backward = backward,                                                                      \
        .forward_part = forward_part,                                                              \
        .backward_part = backward_part,                                                            \
        .tangent_forward = tangent_forward,                                                        \
        .tangent_backward = tangent_backward,                                                      \
    }

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

static const Entry *const all[] = {
#define X(name) &activation_##name.layer.is,
    ACTIVATION_ROSTER(X)
#undef X
        NULL
};

const Registry activations = { "activations", "activation", all };
