/* Objectives: what the two players minimise, as scalar functions of the discriminator's logit. */
#ifndef GANTRAIN_GAN_OBJECTIVE_H
#define GANTRAIN_GAN_OBJECTIVE_H

#include "gantrain/base/option.h"
#include "gantrain/math/mat.h"

/* A function value with its derivative: written side by side, tested against each other. */
typedef struct Jet {
    real value, slope;
} Jet;

/* The jets of n logits t, as two arrays. */
typedef void (*LogitLoss)(const void *options, size_t n, const real *t, real *value, real *slope);

/* A row of `objectives`. Every loss is minimised and finite for every finite logit. */
typedef struct Objective {
    Entry is;
    LogitLoss d_real; /* the discriminator's, of D(x)     */
    LogitLoss d_fake; /* the discriminator's, of D(G(z))  */
    LogitLoss g_fake; /* the generator's, of D(G(z))      */
} Objective;

extern const Registry objectives;

/* objective_d: L_D = mean d_real(D(x)) + mean d_fake(D(G(z))).
 *   real, fake       logits [B,1];   d_real, d_fake  out  ∂L_D/∂logit [B,1], divided by B */
double objective_d(const Spec *objective, View real_logits, View fake_logits, Mat d_real,
                   Mat d_fake);

/* objective_g: L_G = mean g_fake(D(G(z))).   fake [B,1];  d_fake out ∂L_G/∂logit [B,1] */
double objective_g(const Spec *objective, View fake_logits, Mat d_fake);

#endif
