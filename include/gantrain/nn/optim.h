/* Optimisers: what turns gradients into steps. A row of `optimizers` per method. */
#ifndef GANTRAIN_NN_OPTIM_H
#define GANTRAIN_NN_OPTIM_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/option.h"
#include "gantrain/nn/layer.h"

enum { OPTIM_SLOTS = 3, OPTIM_RATES = 8 };

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
    /* The factors of step t, 1 at the first. */
    void (*begin)(const void *options, int64_t t, real rate[OPTIM_RATES]);
    /* One step with them. Elementwise, so that any split gives the same bits. */
    void (*update)(const real rate[OPTIM_RATES], OptimSpan s);
} OptimKind;

typedef struct Optim {
    const OptimKind *kind;
    const void *options;    /* owned by the config                             */
    Mat slot[OPTIM_SLOTS];  /* [1,P] each                                      */
    int64_t t;              /* steps done                                      */
    real rate[OPTIM_RATES]; /* of the step that is going on                    */
    double *norm2;          /* [rows] |gradient|² of each row, of a step */
    int rows;
} Optim;

extern const Registry optimizers;

/* optim_plan: take the slots for `parameters` numbers (padding included), in arrays of `rows` rows
 * together. */
void optim_plan(Optim *o, const Spec *spec, int parameters, int rows, Arena *a);

/* A step: optim_begin; then every number is moved once, by one of the two below; then optim_end, which
 * returns |gradient|². */
void optim_begin(Optim *o);
double optim_end(Optim *o);

/* optim_move: the n numbers of `a` from `first` on, all in one row, move against the gradients at g.
 * Several threads may call it for different rows; the parts of a row come in order. */
void optim_move(Optim *o, const LayerArray *a, size_t first, size_t n, const real *g);

/* The same as an epilogue (math/gemm.h) of the product that completes the gradient of an array. */
typedef struct OptimPart {
    Optim *o;
    const LayerArray *a;
    bool clear; /* the product began from a->grad, which is used up */
} OptimPart;
void optim_move_patch(void *args, Patch done, const real *g, size_t ld);

/* optim_move_all: a whole array by its accumulated gradient, which is used up: zero afterwards. */
void optim_move_all(Optim *o, const LayerArray *a);

#endif
