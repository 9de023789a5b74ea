/* Optimisers: what turns gradients into steps. A row of `optimizers` per method.
 *
 * θ parameters, g their gradient, t updates of this player from 1, lr_t the rate of update t. */
#ifndef GANTRAIN_NN_OPTIM_H
#define GANTRAIN_NN_OPTIM_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/option.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/schedule.h"

/* Slots of a method come first; the last is of historical averaging. */
enum { OPTIM_SLOTS = 4, OPTIM_MEAN = OPTIM_SLOTS - 1, OPTIM_RATES = 8 };

/* What every optimiser can be told: the first member of every row's options. In the order of a step:
 *   g := g·min(1, clip_norm/|g|);  g := min(max(g, -clip_value), clip_value)
 *   g := g + l2·θ + l1·sign θ                                 (weights only: arrays of rank 2)
 *   g := g + 2·historical_averaging·(θ - θ̄),  θ̄ = (1/t) Σ θ of all updates up to now
 *   θ := θ·(1 - lr_t·decay)                                   (weights only)
 * and then the update. 0 leaves a line out; where all are left out nothing of this is computed. */
typedef struct OptimCommon {
    double lr;
    Spec schedule;
    int64_t warmup; /* generator updates */
    double clip_norm, clip_value;
    double l1, l2, decay;
    double historical_averaging;
} OptimCommon;

/* What update gets: n parameters with their gradients and slots, all at the same place. A slot that is
 * not used with the options there are is NULL. */
typedef struct OptimSpan {
    size_t n;
    real *theta;
    const real *dtheta;
    real *slot[OPTIM_SLOTS];
} OptimSpan;

typedef struct OptimKind {
    Entry is;                           /* its options begin with an OptimCommon */
    const char *slot_name[OPTIM_SLOTS]; /* as in PyTorch's state_dict; NULL after the last */
    /* The factors of update t, 1 at the first, with the rate lr_t. */
    void (*begin)(const void *options, double lr, int64_t t, real rate[OPTIM_RATES]);
    /* One step with them. Elementwise, so that any split gives the same bits. */
    void (*update)(const real rate[OPTIM_RATES], OptimSpan s);

    /* OPTIONAL: how many of its slots are needed with these options; NULL: all. */
    int (*slots)(const void *options);
    unsigned squares; /* bit i: slot i holds squares, so that it is never negative */
} OptimKind;

/* The factors of the common options at one step. */
typedef struct OptimAdjust {
    real scale, most; /* of the gradient             */
    real l1, l2, pull;
    real keep;  /* 1 - lr_t·decay, of weights  */
    real share; /* 1/t, of θ̄                   */
} OptimAdjust;

typedef struct Optim {
    const OptimKind *kind;
    const void *options;                /* owned by the config                           */
    const char *slot_name[OPTIM_SLOTS]; /* of the slots that there are; NULL: none       */
    Mat slot[OPTIM_SLOTS];              /* [1,P] each                                    */
    int64_t t;                          /* updates done                                  */
    bool adjusts;                       /* any of the common options is on               */
    bool clips;                         /* clip_norm is: the whole gradient comes first  */
    real rate[OPTIM_RATES];             /* of the step that is going on                  */
    OptimAdjust adjust;                 /* likewise                                      */
    double *norm2;                      /* [rows] |g|² of each row, of a step, raw       */
    double *size2, *moved2;             /* [rows] |θ|² and |Δθ|² of each, if watched     */
    int rows;

    /* set before a step by whoever leads the run */
    uint64_t done, length; /* generator updates; length 0: not known (see schedule.h) */
    double lr_scale;       /* of lr_t: below 1 after a divergence; 1 unless set        */
    bool data_parallel;    /* the rows are in shares of all ranks                      */
    bool measure;          /* find update_ratio; changes nothing else                  */

    double update_ratio; /* |Δθ|/|θ| of the last step that was watched */
} Optim;

extern const Registry optimizers;

/* optim_plan: take the slots for `parameters` numbers (padding included), in arrays of `rows` rows
 * together. */
void optim_plan(Optim *o, const Spec *spec, int parameters, int rows, Arena *a);

/* A step: optim_begin; where o->clips, optim_measure_norm of every array and then optim_clip; then every number
 * is moved once, by one of the two below; then optim_end, which returns |g|² as it was before any of the
 * common options. Where the net is shared by ranks (o->data_parallel), |g|² and the ratio are of all of them. */
void optim_begin(Optim *o);
double optim_end(Optim *o);

/* optim_measure_norm: note |g|² of n rows of an array. optim_clip: from all of them, of all ranks, how much of the
 * gradient is used.
 * [1] Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks", Alg. 1. */
void optim_measure_norm(Optim *o, const LayerArray *a, int first, int n);
void optim_clip(Optim *o);

/* optim_update: the n numbers of `a` from `first` on, all in one row, move against the gradients at g.
 * Several threads may call it for different rows; the parts of a row come in order. */
void optim_update(Optim *o, const LayerArray *a, size_t first, size_t n, const real *g);

/* The same as an epilogue (math/gemm.h) of the product that completes the gradient of an array. */
typedef struct OptimUpdate {
    Optim *o;
    const LayerArray *a;
    bool clear; /* the product began from a->grad, which is used up */
    int first;  /* row, where rows are moved one by one            */
} OptimUpdate;
void optim_update_patch(void *args, Patch done, const real *g, size_t ld);

/* optim_update_array: a whole array by its accumulated gradient, which is used up: zero afterwards.
 * optim_update_rows: n rows of it.
 * optim_discard_norms: what was noted of it does not count on this rank. */
void optim_update_array(Optim *o, const LayerArray *a);
void optim_update_rows(Optim *o, const LayerArray *a, int first, int n);
void optim_discard_norms(Optim *o, const LayerArray *a);

#endif
