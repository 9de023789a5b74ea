/* Gradient penalties: P = (1/B) Σ φ(‖g‖²) with g = ∂D/∂x̂ at points x̂, added to the discriminator's
 * loss. A row of `penalties` says where and φ; one routine does them all. */
#ifndef GANTRAIN_GAN_PENALTY_H
#define GANTRAIN_GAN_PENALTY_H

#include "gantrain/base/option.h"
#include "gantrain/nn/net.h"

/* φ and its derivative with respect to s = ‖g‖². */
typedef struct SlopeCost {
    double value, slope;
} SlopeCost;

typedef struct Penalty {
    Entry is;
    /* every how many discriminator updates; 0: never (the row "none") */
    int64_t (*every)(const void *options);
    SlopeCost (*cost)(const void *options, double norm2);
} Penalty;

extern const Registry penalties;

/* Every how many discriminator updates the penalty is taken; 0: there is none. */
int64_t penalty_every(const Spec *penalty);

/* Whether it is taken at discriminator update number `update`, counted from 0: at the last one of
 * every `every`. */
bool penalty_due(const Spec *penalty, uint64_t update);

/* penalty_add: dθ_D += every·∂P/∂θ_D at the points x̂: a penalty taken every n-th time weighs as much
 * as one taken always (Karras et al. 2020, App. B).
 *   t      in/out  trace with tangents for B rows;   points  in  x̂ [B,X]
 *   returns P. Source: Pearlmutter 1994; ∂P/∂θ = R_u{∂S/∂θ} with S = Σ D(x̂), u = ∂P/∂g. */
double penalty_add(const Spec *penalty, Net *D, Trace *t, View points);

#endif
