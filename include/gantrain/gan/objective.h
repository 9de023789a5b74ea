/* Objectives: what the two players minimise, as scalar functions of the discriminator's logits. */
#ifndef GANTRAIN_GAN_OBJECTIVE_H
#define GANTRAIN_GAN_OBJECTIVE_H

#include <stdbool.h>

#include "gantrain/base/option.h"
#include "gantrain/math/mat.h"

/* A function value with its derivative: written side by side, tested against each other. */
typedef struct Jet {
    real value, slope;
} Jet;

/* The jets of n logits t, as two arrays. */
typedef void (*LogitLoss)(const void *options, size_t n, const real *t, real *value, real *slope);

/* What a loss gets as t. c is the logit of a sample, c' those of the other kind: of the fakes for a
 * real sample, of the real ones for a fake. */
typedef enum Relation {
    ABSOLUTE, /* t_i = c_i                                               */
    PAIRED,   /* t_i = c_i - c'_i      (relativistic)                    */
    AVERAGED  /* t_i = c_i - mean(c')  (relativistic average)            */
} Relation;

/* A row of `objectives`. Every loss is minimised, and finite wherever the logit's square is. NULL: no
 * such term. */
typedef struct Objective {
    Entry is;
    LogitLoss d_real; /* the discriminator's, of D(x)     */
    LogitLoss d_fake; /* the discriminator's, of D(G(z))  */
    LogitLoss g_fake; /* the generator's, of D(G(z))      */
    LogitLoss g_real; /* the generator's, of D(x)         */
    Relation relation;
    /* of feature matching, where G has no loss of logits: see objective_matches_features */
    int (*features)(const void *options);
} Objective;

extern const Registry objectives;

/* A batch of logits of both kinds [B,1]; `real` is empty where an objective does not look at it. */
typedef struct Logits {
    View real, fake;
    int of; /* rows that all ranks have together; 0: these are all */
} Logits;

/* objective_d: L_D = mean d_real(t_real) + mean d_fake(t_fake), of several ranks the part of these rows in
 * the mean over all.
 *   d_real, d_fake   out   ∂L_D/∂logit [B,1] */
double objective_d(const Spec *objective, Logits c, Mat d_real, Mat d_fake);

/* objective_g: L_G = mean g_fake(t_fake) + mean g_real(t_real).
 *   d_fake   out   ∂L_G/∂D(G(z)) [B,1]; D(x) does not depend on G */
double objective_g(const Spec *objective, Logits c, Mat d_fake);

/* Whether the generator's loss needs D(x), and so another pass of D over the real samples. */
bool objective_is_relativistic(const Spec *objective);

/* Whether G matches the mean features of D instead, and the layer of D, by its number in the net, that
 * they are the output of; -1: its last hidden one. */
bool objective_matches_features(const Spec *objective);
int objective_layer(const Spec *objective);

#endif
