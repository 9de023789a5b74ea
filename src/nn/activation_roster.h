/* Every activation, for their table and the registry of layers. */
#ifndef GANTRAIN_SRC_NN_ACTIVATION_ROSTER_H
#define GANTRAIN_SRC_NN_ACTIVATION_ROSTER_H

#include "gantrain/nn/activation.h"

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
