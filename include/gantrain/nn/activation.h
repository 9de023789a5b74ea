/* Activations: elementwise functions. Each row of `activations` is also a kind of layer. */
#ifndef GANTRAIN_NN_ACTIVATION_H
#define GANTRAIN_NN_ACTIVATION_H

#include "gantrain/nn/layer.h"

/* One elementwise function y = f(a) with its derivatives over arrays of n.
 * d1 and d2 may use both a and y; d2 NULL: f is piecewise linear, its second derivative is zero. */
typedef struct Activation {
    LayerKind layer; /* first, so that a row is a layer kind */
    void (*value)(const void *options, size_t n, const real *a, real *y);
    void (*d1)(const void *options, size_t n, const real *a, const real *y, real *out);
    void (*d2)(const void *options, size_t n, const real *a, const real *y, real *out);
} Activation;

extern const Registry activations;
extern const Activation activation_linear; /* y = a: no layer is made for it */

#endif
