/* What a table of activations is written with: the passes that all of them share, and the loops over
 * arrays, one per function, so that the compiler sees f inside the loop. */
#ifndef GANTRAIN_SRC_NN_ACTIVATION_LAYER_H
#define GANTRAIN_SRC_NN_ACTIVATION_LAYER_H

#include "gantrain/base/clones.h"
#include "gantrain/nn/activation.h"

Status activation_infer(Layer *l, Error *e);
void activation_forward(const Layer *l, Pass *p);
void activation_backward(const Layer *l, Pass *p);
void activation_forward_part(const Layer *l, const Pass *p, Patch part);
void activation_backward_part(const Layer *l, const Pass *p, Patch part);
void activation_tangent_forward(const Layer *l, Pass *p);
void activation_tangent_backward(const Layer *l, Pass *p);

/* The loops of f: <f>_value, <f>_slope and, by LOOP_D2, <f>_curve, from <f>_f, <f>_d1 and <f>_d2.
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

/* The layer of a row. */
#define LAYER(name, summary, source, rows, Options, in_place)                                      \
    .layer = {                                                                                     \
        .flags = in_place,                                                                         \
        .is = { name, summary, source, rows, sizeof(Options) },                                    \
        .infer = activation_infer,                                                                 \
        .forward = activation_forward,                                                             \
        .backward = activation_backward,                                                           \
        .forward_part = activation_forward_part,                                                   \
        .backward_part = activation_backward_part,                                                 \
        .tangent_forward = activation_tangent_forward,                                             \
        .tangent_backward = activation_tangent_backward,                                           \
    }

#endif
