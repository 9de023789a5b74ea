/* Mini-batches: an endless sequence of shuffled epochs, cut into batches of B samples.
 *
 * Each epoch is a permutation drawn from (seed, epoch), so every sample appears exactly once an
 * epoch; a batch may straddle two epochs. The position in the sequence is one number, the draw: a
 * checkpoint needs nothing else. */
#ifndef GANTRAIN_DATA_BATCHER_H
#define GANTRAIN_DATA_BATCHER_H

#include "gantrain/base/arena.h"
#include "gantrain/data/dataset.h"

typedef struct Batcher {
    const Dataset *data;
    uint64_t seed;
    int batch;     /* B                                       */
    int first, n;  /* rows of each batch that are drawn       */
    int64_t epoch; /* of the permutation in `order`; -1: none */
    int *order;    /* [N]                                     */
    int *index;    /* [n] samples of the current batch        */
} Batcher;

void batcher_plan(Batcher *b, const Dataset *data, int batch, uint64_t seed, Arena *a);

/* batcher_set_rows: draws only rows [first, first + n) of each batch from now on. */
void batcher_set_rows(Batcher *b, int first, int n);

/* batcher_draw: out = n samples of the sequence, from draw*B + first on.   out [n,X] */
void batcher_draw(Batcher *b, uint64_t draw, Mat out);

/* batcher_labels: the labels of those samples; the data have labels.   label [n] out */
void batcher_labels(Batcher *b, uint64_t draw, uint8_t *label);

/* batcher_draw_labels: labels of samples drawn at random, for rows that no sample is drawn for. */
void batcher_draw_labels(const Batcher *b, uint64_t number, uint8_t *label);

#endif
