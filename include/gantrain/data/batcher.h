/* Batches: the endless sequence of shuffled epochs, cut into pieces of B samples.
 *
 * Every epoch is a permutation of its own, drawn from (seed, epoch), so every sample is seen exactly
 * once an epoch; a batch may begin in one epoch and end in the next. Where a run stands in its data
 * is one number, the draw; nothing else needs saving. */
#ifndef GANTRAIN_DATA_BATCHER_H
#define GANTRAIN_DATA_BATCHER_H

#include "gantrain/base/arena.h"
#include "gantrain/data/dataset.h"

typedef struct Batcher {
    const Dataset *data;
    uint64_t seed;
    int batch;     /* B                                     */
    int first, n;  /* rows of every batch that are drawn    */
    int64_t epoch; /* whose permutation `order` holds; -1   */
    int *order;    /* [N]                                   */
    int *index;    /* [n] of the batch in hand              */
} Batcher;

void batcher_plan(Batcher *b, const Dataset *data, int batch, uint64_t seed, Arena *a);

/* batcher_set_rows: from now on only rows [first, first + n) of every batch are drawn. */
void batcher_set_rows(Batcher *b, int first, int n);

/* batcher_draw: out = samples draw*B + first .. of the sequence, n of them.   out [n,X] */
void batcher_draw(Batcher *b, uint64_t draw, Mat out);

#endif
