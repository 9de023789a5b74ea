/* Gradient penalties: P = (1/B) Σ φ(‖g‖²) with g = ∂D/∂x̂ at points x̂, added to the
 * discriminator's loss. A row of `penalties` names the points and φ; penalty_add computes every
 * row. Weight clipping, the other way to bound a critic's slope, is a row as well. */
#ifndef GANTRAIN_GAN_PENALTY_H
#define GANTRAIN_GAN_PENALTY_H

#include "gantrain/base/option.h"
#include "gantrain/nn/net.h"

/* φ and its derivative at s = ‖g‖². */
typedef struct Phi {
    double value, slope;
} Phi;

/* Kinds of points x̂; the penalties of several kinds are added. */
enum {
    POINTS_REAL = 1,         /* x                                                               */
    POINTS_FAKE = 2,         /* G(z)                                                            */
    POINTS_INTERPOLATED = 4, /* εx + (1-ε)G(z), ε ~ U(0,1) per sample                           */
    POINTS_PERTURBED = 8, /* x + α·scale·std(x)·u, α ~ U(0,1) per sample, u ~ U(0,1) per value */
    POINTS_COMPUTED = POINTS_INTERPOLATED | POINTS_PERTURBED,
    POINT_KINDS = 4
};

/* The options of every row; each has some of the keys. */
typedef struct PenaltyOptions {
    double weight; /* lambda, or gamma                                 */
    double target; /* of ‖g‖                                           */
    double scale;  /* of the noise, in standard deviations of the data */
    int64_t every;
    double limit; /* of weights */
} PenaltyOptions;

typedef struct Penalty {
    Entry is;
    unsigned points; /* 0: no gradient penalty */
    Phi (*phi)(const PenaltyOptions *o, double norm2);
    bool clips; /* every weight of D to ±limit after an update */
} Penalty;

extern const Registry penalties;

/* The gradient penalty is part of every n-th discriminator update; 0: of none. */
int64_t penalty_every(const Spec *penalty);

/* Its kinds of points, each of which costs passes of D. */
unsigned penalty_points(const Spec *penalty);

/* The bound to which weights are clipped, or 0. */
double penalty_clip_limit(const Spec *penalty);

typedef struct PenaltyInputs {
    View real, fake;  /* x and G(z)                                                    [B,X] */
    Mat points;       /* memory for POINTS_COMPUTED, else empty   [B,X] */
    Draw draw;        /* uses stream and stream + 1                                          */
    int row_offset;   /* of these rows in the batch of all ranks                             */
    int global_batch; /* its rows; 0: B                                                      */
} PenaltyInputs;

/* This rank's part of the means over the batch of all ranks. */
typedef struct PenaltyValue {
    double cost;          /* P                                    */
    double gradient_norm; /* mean ‖g‖ over the last kind of points */
} PenaltyValue;

/* penalty_add: dθ_D += every·weight·∂P/∂θ_D: a penalty taken every n-th update weighs as much as
 * one taken always (Karras et al. 2020, App. B).
 *   t   in/out   trace with tangents for B rows
 * Source: Pearlmutter 1994; ∂P/∂θ = R_u{∂S/∂θ} with S = Σ D(x̂), u = ∂P/∂g. */
PenaltyValue penalty_add(const Spec *penalty, Net *D, Trace *t, PenaltyInputs in, double weight);

#endif
