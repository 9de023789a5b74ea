#include "gantrain/data/batcher.h"

#include "gantrain/base/rng.h"

void batcher_plan(Batcher *b, const Dataset *data, int batch, uint64_t seed, Arena *a)
{
    *b = (Batcher){ .data = data, .seed = seed, .batch = batch, .n = batch, .epoch = -1 };
    b->order = arena_take(a, (size_t)data->count * sizeof *b->order);
    b->index = arena_take(a, (size_t)batch * sizeof *b->index);
}

void batcher_set_rows(Batcher *b, int first, int n)
{
    b->first = first;
    b->n = n;
}

void batcher_draw(Batcher *b, uint64_t draw, Mat out)
{
    const uint64_t n = (uint64_t)b->data->count;
    for (int i = 0; i < b->n; i++) {
        const uint64_t position = draw * (uint64_t)b->batch + (uint64_t)(b->first + i);
        const int64_t epoch = (int64_t)(position / n);
        if (epoch != b->epoch) {
            rng_permutation(rng_draw(b->seed, RNG_SHUFFLE, 0, (uint64_t)epoch), (int)n, b->order);
            b->epoch = epoch;
        }
        b->index[i] = b->order[position % n];
    }
    dataset_gather(b->data, b->index, out);
}
