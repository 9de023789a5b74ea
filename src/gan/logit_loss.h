/* From the loss of one logit to the LogitLoss of a row. */
#ifndef GANTRAIN_SRC_GAN_LOGIT_LOSS_H
#define GANTRAIN_SRC_GAN_LOGIT_LOSS_H

#include "gantrain/gan/objective.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/simd.h"

/* Defines the LogitLoss `name`; the last argument is the Jet at a logit t with the options o. */
#define LOGIT_LOSS(name, Options, ...)                                                             \
    GT_CLONES static void name(const void *options, size_t n, const real *logit, real *value,      \
                               real *slope)                                                        \
    {                                                                                              \
        const Options o = *(const Options *)options;                                               \
        (void)o;                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                           \
            const real t = logit[i];                                                               \
            const Jet j = __VA_ARGS__;                                                             \
            value[i] = j.value;                                                                    \
            slope[i] = j.slope;                                                                    \
        }                                                                                          \
    }

static inline Jet minus(Jet j)
{
    return (Jet){ -j.value, -j.slope };
}

/* log(1+e^t) */
static inline Jet softplus(real t)
{
    return (Jet){ real_softplus(t), real_logistic(t) };
}

/* The jet of f(-t), from that of f at -t. */
static inline Jet mirrored(Jet f_of_minus_t)
{
    return (Jet){ f_of_minus_t.value, -f_of_minus_t.slope };
}

/* The f-divergences of divergences.c, in the order of the paper's table. */
#define DIVERGENCE_ROSTER(X)                                                                       \
    X(total_variation)                                                                             \
    X(kl)                                                                                          \
    X(reverse_kl)                                                                                  \
    X(pearson)                                                                                     \
    X(neyman)                                                                                      \
    X(squared_hellinger)                                                                           \
    X(jeffrey)                                                                                     \
    X(jensen_shannon)                                                                              \
    X(gan)

#endif
