/* Objectives: the losses that the two players minimise. L_D is a mean of scalar functions of the
 * discriminator's logits; so is L_G, unless the row matches features. */
#ifndef GANTRAIN_GAN_OBJECTIVE_H
#define GANTRAIN_GAN_OBJECTIVE_H

#include <stdbool.h>

#include "gantrain/base/option.h"
#include "gantrain/math/mat.h"

/* A function value with its derivative: written side by side, tested against each other. */
typedef struct Jet {
    real value, slope;
} Jet;

/* The jets at n arguments t, as two arrays. */
typedef void (*LogitLoss)(const void *options, size_t n, const real *t, real *value, real *slope);

/* The argument t of a logit loss. c is the logit of a sample, c' those of the other kind: of the
 * fakes for a real sample, of the real ones for a fake. */
typedef enum Relation {
    ABSOLUTE, /* t_i = c_i                                               */
    PAIRED,   /* t_i = c_i - c'_i      (relativistic)                    */
    AVERAGED  /* t_i = c_i - mean(c')  (relativistic average)            */
} Relation;

/* Outputs of D on both kinds of samples: logits [B,1], or features [B,F] of a hidden layer.
 * `real` is empty where the loss does not read it. */
typedef struct Outputs {
    View real, fake;
    int global_rows; /* B of all ranks together; 0: these are all        */
    Mat work;        /* for features: memory for two means       [2,F]   */
} Outputs;

/* A row of `objectives`. Every loss is minimised, and finite wherever the logit's square is.
 * NULL: no such term. */
typedef struct Objective {
    Entry is;
    LogitLoss d_real; /* the discriminator's, of D(x)     */
    LogitLoss d_fake; /* the discriminator's, of D(G(z))  */
    LogitLoss g_fake; /* the generator's, of D(G(z))      */
    LogitLoss g_real; /* the generator's, of D(x)         */
    Relation relation;

    /* Feature matching, instead of g_fake and g_real: L_G of features, with the arguments of
     * objective_g, and the layer of D that has them, by its number in the net; -1: the last
     * hidden one. */
    double (*g_features)(Outputs f, int batches, Mat d_fake);
    int (*feature_layer)(const void *options);
} Objective;

extern const Registry objectives;

/* objective_d: L_D = mean d_real(t_real) + mean d_fake(t_fake); with several ranks this rank's
 * part of the mean over all rows.
 *   d_real, d_fake   out   ∂L_D/∂logit [B,1] */
double objective_d(const Spec *objective, Outputs c, Mat d_real, Mat d_fake);

/* objective_g: L_G = mean g_fake(t_fake) + mean g_real(t_real), or that of features.
 *   batches   in    gradient accumulation: number of batches in one update
 *   d_fake    out   ∂L_G/∂c.fake / batches [B,1] or [B,F]; c.real does not depend on G */
double objective_g(const Spec *objective, Outputs c, int batches, Mat d_fake);

/* Whether a loss compares the logits of both kinds. */
bool objective_is_relativistic(const Spec *objective);

/* Whether L_G reads features; whether it reads c.real, which costs a pass of D over the real
 * samples. */
bool objective_matches_features(const Spec *objective);
bool objective_g_reads_real(const Spec *objective);

/* The layer of D, of n layers, whose outputs L_G reads; that of features may not exist. */
int objective_g_layer(const Spec *objective, int n);

#endif
