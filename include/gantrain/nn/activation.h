/* Activations: elementwise functions. Each row of `activations` is also a kind of layer. */
#ifndef GANTRAIN_NN_ACTIVATION_H
#define GANTRAIN_NN_ACTIVATION_H

#include "gantrain/nn/layer.h"

/* Over arrays of n: value: y = f(a); d1: out = f'(a) ∘ v; d2: out += f''(a) ∘ v ∘ w, or NULL: 0. */
typedef struct Activation {
    LayerKind layer; /* first, so that a row is a layer kind */
    void (*value)(const void *options, size_t n, const real *a, real *y);
    void (*d1)(const void *options, size_t n, const real *a, const real *y, const real *v,
               real *out);
    void (*d2)(const void *options, size_t n, const real *a, const real *y, const real *v,
               const real *w, real *out);
} Activation;

extern const Registry activations;
extern const Activation activation_linear; /* y = a: nets omit it */

#endif
