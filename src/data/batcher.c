#include "gantrain/data/batcher.h"

#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

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

/* ---- mirroring ------------------------------------------------------------------------------- */

typedef struct Flip {
    const Batcher *batcher;
    Draw draw;
    Mat out; /* [n,X] */
} Flip;

static void flip_line(real *line, int w)
{
    for (int left = 0, right = w - 1; left < right; left++, right--) {
        const real x = line[left];
        line[left] = line[right];
        line[right] = x;
    }
}

/* Row i of a batch is flipped by a bit of its own, whichever rank draws it. */
static void flip_row(void *args, int i)
{
    const Flip *f = args;
    const Shape s = f->batcher->data->shape;
    uint32_t word[4];
    rng_words(f->draw, (uint32_t)(f->batcher->first + i), 0, word);
    if (word[0] >> 31)
        for (int line = 0; line < s.c * s.h; line++)
            flip_line(mat_rows(f->out, i, 1).at + (size_t)line * (size_t)s.w, s.w);
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The samples of the rows of a batch, in b->index. */
static void find_samples(Batcher *b, uint64_t draw)
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
}
void batcher_draw(Batcher *b, uint64_t draw, Mat out)
{
    find_samples(b, draw);
    dataset_gather(b->data, b->index, out);
    if (b->data->mirror) {
        Flip f = { b, rng_draw(b->seed, RNG_MIRROR, 0, draw), out };
        parallel_for(b->n, flip_row, &f);
    }
}

void batcher_labels(Batcher *b, uint64_t draw, uint8_t *label)
{
    find_samples(b, draw);
    for (int i = 0; i < b->n; i++)
        label[i] = b->data->labels[b->index[i]];
}

void batcher_draw_labels(const Batcher *b, uint64_t number, uint8_t *label)
{
    const Draw draw = rng_draw(b->seed, RNG_CLASS, 0, number);
    for (int i = 0; i < b->n; i++) {
        uint32_t word[4];
        rng_words(draw, (uint32_t)(b->first + i), 0, word);
        label[i] = b->data->labels[(uint64_t)word[0] * (uint64_t)b->data->count >> 32];
    }
}
