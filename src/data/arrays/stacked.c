/* Stacked images: sample i has three images of an IDX folder, drawn at random by i, as its
 * channels. With MNIST these are 1000 modes, one for each triple of digits. Metz et al. 2016
 * (unrolled GAN), §3.3.1; the number of samples is that of Lin et al. 2018 (PacGAN), §4.2. Only the
 * single images are in memory. */
#include "idx_folder.h"

#include <stdlib.h>

#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

enum { PLANES = 3, COUNT_MAX = 100000000 };

typedef struct StackedOptions {
    SourceOptions source;
    int64_t count;
} StackedOptions;

static const Option stacked_options[] = {
    SOURCE_DIR("data/mnist", "folder with the IDX files, plain or .gz"),
    SOURCE_PART,
    SOURCE_RANGE,
    OPT_INT(StackedOptions, count, "128000", 1, COUNT_MAX, "number of triples"),
    OPT_END,
};

static Status open_stacked(Dataset *d, const Spec *spec, Error *e)
{
    const StackedOptions *o = spec->options;
    TRY(idx_folder_read(d, &o->source, e));
    if (d->shape.c != 1)
        return fail(e, GT_EDATA, "%s: the images have %d channels: expected 1 (grey) to stack",
                    o->source.path, d->shape.c);
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

const DatasetKind dataset_stacked = {
    .is = { "stacked",
            "three random images of an IDX folder as one RGB image: 1000 modes with MNIST",
            "Metz et al. 2016, §3.3.1", stacked_options, sizeof(StackedOptions) },
    .samples = SAMPLES_IMAGES,
    .path_key = "dir",
    .open = open_stacked,
    .gather = gather_stacked,
};
