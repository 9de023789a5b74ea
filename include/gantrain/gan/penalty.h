/* Gradient penalties: P = (1/B) Σ φ(‖g‖²) with g = ∂D/∂x̂ at points x̂, added to the discriminator's
 * loss. A row of `penalties` says where x̂ lies and what φ is; one routine does them all. Clipping the
 * weights, the other way to bound a critic's slope, is a row as well. */
#ifndef GANTRAIN_GAN_PENALTY_H
#define GANTRAIN_GAN_PENALTY_H

#include "gantrain/base/option.h"
#include "gantrain/nn/net.h"

/* φ and its derivative with respect to s = ‖g‖². */
typedef struct SlopeCost {
    double value, slope;
} SlopeCost;

/* Where x̂ lies; a row may name several, whose penalties are added. */
enum {
    AT_REAL = 1,    /* x                                                       */
    AT_FAKE = 2,    /* G(z)                                                    */
    AT_BETWEEN = 4, /* εx + (1-ε)G(z), ε ~ U(0,1), one for each sample         */
    AT_AROUND = 8,  /* x + α·scale·std(x)·u, α ~ U(0,1) a sample, u ~ U(0,1) a value */
    PLACES = 4
};

typedef struct Penalty {
    Entry is;
    unsigned at; /* 0: no gradient penalty */
    SlopeCost (*cost)(const void *options, double norm2);
    /* The bound of every weight of D after a step, where the row is clipping; else NULL. */
    double (*bound)(const void *options);
} Penalty;

extern const Registry penalties;

/* Every how many discriminator updates the gradient penalty is taken; 0: there is none. */
int64_t penalty_every(const Spec *penalty);

/* Whether it is taken at discriminator update number `update`, counted from 0: at the last one of
 * every `every`. */
bool penalty_due(const Spec *penalty, uint64_t update);

/* Places the penalty looks at, and so passes that it takes; whether points have to be made. */
int penalty_places(const Spec *penalty);
bool penalty_makes_points(const Spec *penalty);

/* What weights are clipped to, or 0. */
double penalty_bound(const Spec *penalty);

/* The samples of one update and what a penalty works in. */
typedef struct PenaltyPoints {
    View real, fake; /* x and G(z)                                                 [B,X] */
    Mat made;        /* for x̂ between or around; at least where makes_points       [B,X] */
    Draw draw;       /* of the random numbers: stream and stream + 1 are used            */
    int first, of;   /* these are rows [first, first + B) of the `of` of all ranks; 0: all */
} PenaltyPoints;

/* Of several ranks the part of these rows in the means over all. */
typedef struct PenaltyValue {
    double cost; /* P                              */
    double norm; /* mean ‖g‖ over the last place's points */
} PenaltyValue;

/* penalty_add: dθ_D += every·share·∂P/∂θ_D: a penalty taken every n-th time weighs as much as one taken
 * always (Karras et al. 2020, App. B).
 *   t      in/out  trace with tangents for B rows
 * Source: Pearlmutter 1994; ∂P/∂θ = R_u{∂S/∂θ} with S = Σ D(x̂), u = ∂P/∂g. */
PenaltyValue penalty_add(const Spec *penalty, Net *D, Trace *t, PenaltyPoints points, double share);

#endif
