/* Stacked images: sample i is three images of an IDX folder, drawn at random by i, as the channels of one;
 * with MNIST 1000 modes, one a triple of digits. Metz et al. 2016 (unrolled GAN), §3.3.1; the number of
 * samples is that of Lin et al. 2018 (PacGAN), §4.2. Only the single images are kept in memory: a triple
 * is put together whenever a batch is drawn. */
#include "dataset_impl.h"

#include <stdlib.h>

#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

enum { PLANES = 3 };

typedef struct StackedOptions {
    IdxOptions idx;
    int64_t count;
} StackedOptions;

static const Option stacked_options[] = {
    { "dir", OPTION_TEXT, offsetof(StackedOptions, idx.dir), 0, 0, "data/mnist", NULL, NULL,
      "folder with the IDX files, plain or .gz", NULL },
    { "split", OPTION_CHOICE, offsetof(StackedOptions, idx.split), 0, 0, "train", &idx_splits, NULL,
      "train or test", NULL },
    { "range", OPTION_CHOICE, offsetof(StackedOptions, idx.range), 0, 0, "signed", &pixel_ranges,
      NULL, "values of pixels: signed or unit", NULL },
    OPT_INT(StackedOptions, count, "128000", 1, POINTS_MAX, "triples"),
    OPT_END,
};

static Status open_stacked(Dataset *d, const Spec *spec, Error *e)
{
    const StackedOptions *o = spec->options;
    TRY(read_idx_folder(d, &o->idx, e));
    if (d->shape.c != 1)
        return fail(e, GT_EDATA, "%s: the images have %d channels: grey ones can be stacked",
                    o->idx.dir, d->shape.c);
    free(d->labels); /* of single images */
    d->labels = NULL;
    d->shape.c = PLANES;
    d->count = (int)o->count;
    return GT_OK;
}

typedef struct Stacking {
    const Dataset *data;
    const int *index; /* [B]   */
    Mat out;          /* [B,X] */
} Stacking;

static void stack_row(void *args, int i)
{
    const Stacking *s = args;
    const Dataset *d = s->data;
    const size_t plane = (size_t)d->shape.h * (size_t)d->shape.w;
    uint32_t word[4];
    rng_words(rng_draw(d->seed, RNG_DATA, 0, 0), (uint32_t)s->index[i], 0, word);
    for (size_t k = 0; k < PLANES; k++) {
        const uint64_t image = (uint64_t)word[k] * (uint64_t)d->stored >> 32;
        pixels_to_reals(d->range, d->images + image * plane, plane,
                        mat_rows(s->out, i, 1).at + k * plane);
    }
}

static void gather_stacked(const Dataset *d, const int *index, Mat out)
{
    Stacking s = { d, index, out };
    parallel_for(out.rows, stack_row, &s);
}

static const PixelRange *range(const void *options)
{
    return (const PixelRange *)((const StackedOptions *)options)->idx.range;
}

const DatasetKind dataset_stacked = {
    { "stacked", "three random images of an IDX folder as one in colour: 1000 modes with MNIST",
      "Metz et al. 2016, §3.3.1", stacked_options, sizeof(StackedOptions) },
    "images",
    open_stacked,
    gather_stacked,
    range,
};
