/* The passes that all activations share, and the macros that define an activation. */
#ifndef GANTRAIN_SRC_NN_ACTIVATION_LAYER_H
#define GANTRAIN_SRC_NN_ACTIVATION_LAYER_H

#include "gantrain/base/clones.h"
#include "gantrain/nn/layer.h"

void activation_forward(const Layer *l, Pass *p);
void activation_backward(const Layer *l, Pass *p);
void activation_forward_part(const Layer *l, const Pass *p, Patch part);
void activation_backward_part(const Layer *l, const Pass *p, Patch part);
void activation_tangent_forward(const Layer *l, Pass *p);
void activation_tangent_backward(const Layer *l, Pass *p);

/* PIECEWISE_LINEAR and SMOOTH define a row of the table and its loops over arrays. f, d1 and d2 are
 * expressions of the input a, the output y (in d1 and d2) and the options s; they are inside the
 * loops, where the compiler can vectorize them. Loops may overwrite in-place; ivdep states that
 * nothing else overlaps. low and high, of s, bound y. */
#define ACTIVATION_LOOPS(name, Options, f, d1)                                                     \
    GT_CLONES static void name##_value(const void *options, size_t n, const real *in, real *out)   \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        (void)s;                                                                                   \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                        \
        {                                                                                          \
            const real a = in[i];                                                                  \
            out[i] = f;                                                                            \
        }                                                                                          \
    }                                                                                              \
    GT_CLONES static void name##_slope(const void *options, size_t n, const real *in,              \
                                       const real *value, const real *v, real *out)                \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        (void)s;                                                                                   \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                        \
        {                                                                                          \
            const real a = in[i], y = value[i], slope = d1;                                        \
            (void)a, (void)y;                                                                      \
            out[i] = slope * v[i];                                                                 \
        }                                                                                          \
    }
#define ACTIVATION_CURVE(name, Options, d2)                                                        \
    GT_CLONES static void name##_curve(const void *options, size_t n, const real *in,              \
                                       const real *value, const real *v, const real *w, real *out) \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        (void)s;                                                                                   \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                        \
        {                                                                                          \
            const real a = in[i], y = value[i], curve = d2;                                        \
            (void)a, (void)y;                                                                      \
            out[i] += curve * v[i] * w[i];                                                         \
        }                                                                                          \
    }
#define ACTIVATION_ROW(name, Options, table, layer_flags, least, most, curve, summary, source)     \
    static void name##_range(const void *options, double *low, double *high)                       \
    {                                                                                              \
        const Options s = *(const Options *)options;                                               \
        (void)s;                                                                                   \
        *low = least;                                                                              \
        *high = most;                                                                              \
    }                                                                                              \
    const Activation activation_##name = {                                                         \
        .layer = { .is = { #name, summary, source, table, sizeof(Options) },                       \
                   .flags = layer_flags,                                                           \
                   .forward = activation_forward,                                                  \
                   .backward = activation_backward,                                                \
                   .forward_part = activation_forward_part,                                        \
                   .backward_part = activation_backward_part,                                      \
                   .tangent_forward = activation_tangent_forward,                                  \
                   .tangent_backward = activation_tangent_backward },                              \
        .value = name##_value,                                                                     \
        .d1 = name##_slope,                                                                        \
        .d2 = curve,                                                                               \
        .range = name##_range,                                                                     \
    }

#define PIECEWISE_LINEAR(name, Options, table, flags, low, high, f, d1, summary, source)           \
    ACTIVATION_LOOPS(name, Options, f, d1)                                                         \
    ACTIVATION_ROW(name, Options, table, flags, low, high, NULL, summary, source)
#define SMOOTH(name, Options, table, flags, low, high, f, d1, d2, summary, source)                 \
    ACTIVATION_LOOPS(name, Options, f, d1)                                                         \
    ACTIVATION_CURVE(name, Options, d2)                                                            \
    ACTIVATION_ROW(name, Options, table, flags, low, high, name##_curve, summary, source)

/* Every activation. */
#define ACTIVATION_ROSTER(X)                                                                       \
    X(linear)                                                                                      \
    X(relu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(tanh)                                                                                        \
    X(sigmoid)                                                                                     \
    X(softplus)                                                                                    \
    X(elu)                                                                                         \
    X(selu)                                                                                        \
    X(gelu)                                                                                        \
    X(silu)

#define X(name) extern const Activation activation_##name;
ACTIVATION_ROSTER(X)
#undef X

#endif
