/* What all data sets share: the registry, pixel ranges, and the way between bytes and reals. */
#include "gantrain/data/dataset.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/clones.h"
#include "dataset_impl.h"
#include "gantrain/math/parallel.h"

extern const DatasetKind dataset_idx, dataset_stacked, dataset_ring, dataset_grid, dataset_mixture,
    dataset_swiss_roll, dataset_two_moons;

static const Entry *const all[] = {
    &dataset_idx.is,     &dataset_stacked.is,    &dataset_ring.is,      &dataset_grid.is,
    &dataset_mixture.is, &dataset_swiss_roll.is, &dataset_two_moons.is, NULL,
};

const Registry datasets = { "datasets", "dataset", all };

static const PixelRange signed_range = {
    { "signed", "-1..1, for a generator that ends in tanh", "-", NULL, 0 }, -1, 1
};
static const PixelRange unit_range = {
    { "unit", "0..1, for a generator that ends in sigmoid", "-", NULL, 0 }, 0, 1
};

static const Entry *const ranges[] = { &signed_range.is, &unit_range.is, NULL };

const Registry pixel_ranges = { "pixel ranges", "pixel range", ranges };

/* ---- looking through --------------------------------------------------------------------------------- */

static Status check_points(const Dataset *d, Error *e)
{
    const int dim = shape_size(d->shape);
    for (int i = 0; d->points && i < d->count; i++)
        for (int j = 0; j < dim; j++) {
            const double x = (double)d->points[(size_t)i * (size_t)dim + (size_t)j];
            if (!isfinite(x))
                return fail(
                    e, GT_EDATA,
                    "data: value %d of point %d is %g: a number was expected, look at where "
                    "the points come from",
                    j, i, x);
        }
    return GT_OK;
}

/* Every sample is compared with the different ones so far. */
int dataset_count_distinct(const Dataset *d, int most)
{
    const char *at = d->points ? (const char *)d->points : (const char *)d->images;
    const int samples = d->points ? d->count : d->stored;
    const size_t bytes = d->bytes / (size_t)samples;
    size_t known[DISTINCT_MAX];
    int n = 0;
    assert(most <= DISTINCT_MAX);
    for (int i = 0; i < samples && n < most; i++) {
        const size_t own = (size_t)i * bytes;
        int same = 0;
        while (same < n && memcmp(at + known[same], at + own, bytes) != 0)
            same++;
        if (same == n)
            known[n++] = own;
    }
    return n;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

enum { OPTIONS_ROOM = 512 }; /* bytes, of the options of a kind that has parts */

Status dataset_open(Dataset *d, const Spec *spec, uint64_t seed, Error *e)
{
    *d = (Dataset){ .kind = (const DatasetKind *)spec->is, .seed = seed, .scale = 1 };
    Status s = d->kind->open(d, spec, e);
    if (s == GT_OK)
        s = check_points(d, e);
    if (s != GT_OK) {
        dataset_close(d);
        return s;
    }
    const void *samples = d->points ? (const void *)d->points : (const void *)d->images;
    d->range = dataset_range(spec);
    d->crc32 = (uint32_t)crc32_z(0, samples, d->bytes);
    return GT_OK;
}

/* Which field of the options names the part; NULL: none. */
static const Option *split_option(const Spec *spec)
{
    for (const Option *o = spec->is->options; o && o->name; o++)
        if (o->type == OPTION_CHOICE && o->registry == &idx_splits)
            return o;
    return NULL;
}

const char *dataset_split(const Spec *spec)
{
    const Option *o = split_option(spec);
    const Entry *const *field = o ? (const void *)((char *)spec->options + o->offset) : NULL;
    return field ? (*field)->name : NULL;
}

Status dataset_open_split(Dataset *d, const Spec *spec, const char *split, uint64_t seed, Error *e)
{
    const Option *o = split_option(spec);
    const Entry *part = registry_find(&idx_splits, split);
    max_align_t options[OPTIONS_ROOM / sizeof(max_align_t)];
    Spec other = *spec;

    assert(o && part && spec->is->options_size <= sizeof options);
    memcpy(options, spec->options, spec->is->options_size);
    memcpy((char *)options + o->offset, &part, sizeof part);
    other.options = options;
    return dataset_open(d, &other, seed, e);
}

const PixelRange *dataset_range(const Spec *spec)
{
    const DatasetKind *kind = (const DatasetKind *)spec->is;
    return kind->range ? kind->range(spec->options) : NULL;
}

/* Which field of the options names the folder; NULL: none. */
static const Option *folder_option(const Spec *spec)
{
    for (const Option *o = spec->is->options; o && o->name; o++)
        if (o->type == OPTION_TEXT && strcmp(o->name, "dir") == 0)
            return o;
    return NULL;
}

const char *dataset_folder(const Spec *spec)
{
    const Option *o = folder_option(spec);
    const char *const *field = o ? (const void *)((char *)spec->options + o->offset) : NULL;
    return field ? *field : NULL;
}

bool dataset_set_folder(const Spec *spec, const char *dir)
{
    const Option *o = folder_option(spec);
    if (o)
        memcpy((char *)spec->options + o->offset, &dir, sizeof dir);
    return o != NULL;
}

void dataset_gather(const Dataset *d, const int *index, Mat out)
{
    d->kind->gather(d, index, out);
}

/* ---- images --------------------------------------------------------------------------------------- */

typedef struct Gather {
    const Dataset *data;
    const int *index; /* [B]   */
    Mat out;          /* [B,X] */
} Gather;

GT_CLONES static void to_reals(const uint8_t *restrict from, size_t n, real low, real step,
                               real *restrict to)
{
    for (size_t j = 0; j < n; j++)
        to[j] = low + step * (real)from[j];
}

void pixels_to_reals(const PixelRange *range, const uint8_t *from, size_t n, real *to)
{
    to_reals(from, n, (real)range->low, (real)((range->high - range->low) / 255), to);
}

/* Samples lie anywhere in memory: ask for the next one while this one is converted. */
static void prefetch(const uint8_t *at, size_t n)
{
    enum { CACHE_LINE = 64 };
    for (size_t j = 0; j < n; j += CACHE_LINE)
        __builtin_prefetch(at + j);
}

static void gather_row(void *args, int i)
{
    const Gather *g = args;
    const size_t n = (size_t)g->out.cols;
    if (i + 1 < g->out.rows)
        prefetch(g->data->images + (size_t)g->index[i + 1] * n, n);
    pixels_to_reals(g->data->range, g->data->images + (size_t)g->index[i] * n, n,
                    mat_rows(g->out, i, 1).at);
}

void gather_images(const Dataset *d, const int *index, Mat out)
{
    Gather g = { d, index, out };
    parallel_for(out.rows, gather_row, &g);
}

void pixels_to_bytes(const PixelRange *range, View in, uint8_t *out)
{
    const double scale = 255 / (range->high - range->low);
    const size_t n = (size_t)in.rows * (size_t)in.cols;
    for (size_t i = 0; i < n; i++) {
        const double grey = ((double)in.at[i] - range->low) * scale;
        /* the first comparison is false for NaN, whose conversion would be undefined */
        out[i] = (uint8_t)(grey > 0 ? grey < 255 ? grey + 0.5 : 255.0 : 0.0);
    }
}

typedef struct FromBytes {
    const PixelRange *range;
    const uint8_t *in; /* [B*X] */
    Mat out;           /* [B,X] */
} FromBytes;

static void row_from_bytes(void *args, int i)
{
    const FromBytes *f = args;
    const size_t n = (size_t)f->out.cols;
    pixels_to_reals(f->range, f->in + (size_t)i * n, n, mat_rows(f->out, i, 1).at);
}

void pixels_from_bytes(const PixelRange *range, const uint8_t *in, Mat out)
{
    FromBytes f = { range, in, out };
    parallel_for(out.rows, row_from_bytes, &f);
}

void dataset_close(Dataset *d)
{
    if (!d)
        return;
    free(d->images);
    free(d->points);
    free(d->labels);
    free(d->modes.centre);
    free(d->modes.std);
    free(d->modes.weight);
    *d = (Dataset){ 0 };
}
