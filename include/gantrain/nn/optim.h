/* Optimisers: what turns gradients into steps. A row of `optimizers` per method. */
#ifndef GANTRAIN_NN_OPTIM_H
#define GANTRAIN_NN_OPTIM_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/option.h"
#include "gantrain/math/mat.h"

enum { OPTIM_SLOTS = 3 };

/* What update gets: n parameters with their gradients and slots, all at the same place. */
typedef struct OptimSpan {
    size_t n;
    real *theta;
    const real *dtheta;
    real *slot[OPTIM_SLOTS];
} OptimSpan;

typedef struct OptimKind {
    Entry is;
    int slots;
    const char *slot_name[OPTIM_SLOTS]; /* as in PyTorch's state_dict */
    /* One step; t = 1 at the first. Elementwise, so that any split gives the same bits. */
    void (*update)(const void *options, int64_t t, OptimSpan s);
} OptimKind;

typedef struct Optim {
    const OptimKind *kind;
    const void *options;   /* owned by the config                 */
    Mat slot[OPTIM_SLOTS]; /* [1,P] each                          */
    int64_t t;             /* steps done                          */
    double *norm2;         /* |dtheta|² of each range of a step   */
} Optim;

extern const Registry optimizers;

/* optim_plan: take the slots for `parameters` numbers (padding included). */
void optim_plan(Optim *o, const Spec *spec, int parameters, Arena *a);

/* optim_step: theta moves against dtheta, which is used up: zero afterwards. Returns |dtheta|². */
double optim_step(Optim *o, Mat theta, Mat dtheta);

#endif
