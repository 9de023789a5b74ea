/* Optimizers and learning-rate schedules. A row of `optimizers` or `schedules` per method.
 *
 * θ parameters, g their gradient, t updates of this player from 1, lr_t the learning rate of update
 * t. */
#ifndef GANTRAIN_NN_OPTIM_H
#define GANTRAIN_NN_OPTIM_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/option.h"
#include "gantrain/nn/layer.h"

/* The slots of a method come first; the last belongs to historical averaging. */
enum { OPTIM_SLOTS = 4, OPTIM_MEAN = OPTIM_SLOTS - 1, OPTIM_RATES = 8 };

/* ---- schedules ------------------------------------------------------------------------------- */

typedef struct Schedule {
    Entry is;
    /* The factor on lr after t of the run's `length` generator updates; 1 at t = 0. A function of
     * its arguments alone: a resumed run has nothing to restore. */
    double (*factor)(const void *options, double t, double length);
    bool by_length; /* it depends on `length` */
} Schedule;

extern const Registry schedules;

/* schedule_factor: of a chosen row. length 0: unknown; curves that need it stay at their start. */
double schedule_factor(const Spec *schedule, uint64_t t, uint64_t length);

/* optim_rate: the learning rate of an optimizer in the update after `done` generator updates, with
 * its warm-up. */
double optim_rate(const Spec *optimizer, uint64_t done, uint64_t length);

/* The schedule of an optimizer. */
const Schedule *optim_schedule(const Spec *optimizer);

/* ---- methods --------------------------------------------------------------------------------- */

/* Options of every optimizer: the first member of every row's options. In the order of an update:
 *   g := g·min(1, clip_norm/|g|);  g := min(max(g, -clip_value), clip_value)
 *   g := g + l2·θ + l1·sign θ                                 (weights only: arrays of rank 2)
 *   g := g + 2·historical_averaging·(θ - θ̄),  θ̄ = (1/t) Σ θ of all updates so far
 *   θ := θ·(1 - lr_t·decay)                                   (weights only)
 * and then the update. 0 disables a line; nothing is computed for disabled lines. */
typedef struct OptimCommon {
    double lr;
    Spec schedule;
    int64_t warmup; /* generator updates */
    double clip_norm, clip_value;
    double l1, l2, decay;
    double historical_averaging;
} OptimCommon;

/* n parameters with their gradients and slots, all at the same offset. Unused slots are NULL. */
typedef struct OptimSpan {
    size_t n;
    real *theta;
    const real *dtheta;
    real *slot[OPTIM_SLOTS];
} OptimSpan;

typedef struct OptimKind {
    Entry is;                           /* its options begin with an OptimCommon */
    const char *slot_name[OPTIM_SLOTS]; /* as in PyTorch's state_dict; NULL after the last */
    /* The factors of update t, at learning rate lr_t. */
    void (*begin)(const void *options, double lr, int64_t t, real rate[OPTIM_RATES]);
    /* The update with them. Elementwise, so that any split gives the same bits. */
    void (*update)(const real rate[OPTIM_RATES], OptimSpan s);

    /* OPTIONAL: number of slots needed with these options; NULL: all. */
    int (*slots)(const void *options);
    unsigned squares; /* bit i: slot i holds squares, which are never negative */
} OptimKind;

extern const Registry optimizers;

/* ---- an optimizer ---------------------------------------------------------------------------- */

/* The factors of the common options in one update. */
typedef struct OptimAdjust {
    real scale, max_abs; /* of the gradient                  */
    real l1, l2;
    real pull;   /* 2·historical_averaging           */
    real keep;   /* 1 - lr_t·decay, of weights       */
    real weight; /* 1/t, of the new θ in θ̄          */
} OptimAdjust;

/* Squared norms of one row in the current update. */
typedef struct RowNorms {
    double gradient;     /* |g|², before adjustments */
    double theta, delta; /* |θ|², |Δθ|², if measured */
} RowNorms;

typedef struct Optim {
    const OptimKind *kind;
    const void *options;                /* owned by the config                           */
    const char *slot_name[OPTIM_SLOTS]; /* NULL: the slot is not used                    */
    Mat slot[OPTIM_SLOTS];              /* [1,P] each                                    */
    int64_t t;                          /* updates done                                  */
    bool adjusts;                       /* any common option but lr and its schedule is on */
    bool clips;                         /* clip_norm is: the whole gradient comes first  */
    real rate[OPTIM_RATES];             /* of the current update                         */
    OptimAdjust adjust;                 /* likewise                                      */
    RowNorms *norms;                    /* [rows]                                        */
    int rows;

    /* set before an update */
    uint64_t done, length; /* generator updates; length 0: unknown                     */
    double lr_scale;       /* factor on lr_t: below 1 after a divergence; initially 1  */
    bool data_parallel;    /* each rank updates its share of the rows                  */
    bool measure;          /* compute update_ratio; changes nothing else               */

    double update_ratio; /* |Δθ|/|θ| of the last measured update */
} Optim;

/* optim_plan: take the slots for `parameters` numbers (padding included), in arrays of `rows` rows
 * in all. */
void optim_plan(Optim *o, const Spec *spec, int parameters, int rows, Arena *a);

/* An update: optim_begin; if o->clips, optim_measure_norm of every array and then optim_clip; then
 * every number is updated once, by one of the functions below; then optim_end, which returns |g|²
 * before all adjustments. If o->data_parallel, |g|² and the ratio are of all ranks. */
void optim_begin(Optim *o);
double optim_end(Optim *o);

/* optim_measure_norm: record |g|² of n rows of an array. optim_clip: derive the scale of the
 * gradient from all of them, on all ranks.
 * [1] Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks",
 *     Alg. 1. */
void optim_measure_norm(Optim *o, const LayerArray *a, int first, int n);
void optim_clip(Optim *o);

/* optim_update_patch: an update as the epilogue (math/gemm.h) of the product that completes the
 * gradient of an array. Several threads may call it for different rows; the parts of a row come in
 * order. */
typedef struct OptimUpdate {
    Optim *o;
    const LayerArray *a;
    bool clear; /* zero a->grad, which the product began from */
    int first;  /* row, where rows are updated one by one     */
} OptimUpdate;
void optim_update_patch(void *args, Patch done, const real *g, size_t ld);

/* optim_update_rows: update n rows of an array by its accumulated gradient, which is zero
 * afterwards.
 * optim_update_array: all rows.
 * optim_discard_norms: this rank does not count the norms of the array. */
void optim_update_rows(Optim *o, const LayerArray *a, int first, int n);
void optim_update_array(Optim *o, const LayerArray *a);
void optim_discard_norms(Optim *o, const LayerArray *a);

#endif
