/* The registry of data sets; opening and closing them; what their options ask for. */
#include "gantrain/data/dataset.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/numbers.h"
#include "source.h"

extern const DatasetKind dataset_idx, dataset_images, dataset_stacked, dataset_ring, dataset_grid,
    dataset_mixture, dataset_swiss_roll, dataset_two_moons, dataset_npy, dataset_cifar, dataset_csv;

static const Entry *const all[] = {
    &dataset_idx.is,  &dataset_images.is,  &dataset_stacked.is,    &dataset_ring.is,
    &dataset_grid.is, &dataset_mixture.is, &dataset_swiss_roll.is, &dataset_two_moons.is,
    &dataset_npy.is,  &dataset_cifar.is,   &dataset_csv.is,        NULL,
};

const Registry datasets = { "datasets", "dataset", all };

static Status check_points(const Dataset *d, Error *e)
{
    const int dim = shape_size(d->shape);
    for (int i = 0; d->points && i < d->count; i++)
        for (int j = 0; j < dim; j++) {
            const double x = (double)d->points[(size_t)i * (size_t)dim + (size_t)j];
            if (!isfinite(x))
                return fail(e, GT_EDATA,
                            "data: value %d of point %d is %g: expected a finite number; check the "
                            "source of the points",
                            j, i, x);
        }
    return GT_OK;
}

static const void *stored_samples(const Dataset *d)
{
    return d->points ? (const void *)d->points : (const void *)d->images;
}

static int count_classes(const Dataset *d)
{
    int classes = d->n_classes;
    for (int i = 0; d->labels && i < d->count; i++)
        if (d->labels[i] != NO_LABEL)
            classes = int_max(classes, d->labels[i] + 1);
    return classes;
}

Status dataset_open(Dataset *d, const Spec *spec, uint64_t seed, Error *e)
{
    *d = (Dataset){ .kind = (const DatasetKind *)spec->is, .seed = seed };
    Status s = d->kind->open(d, spec, e);
    d->classes = s == GT_OK ? count_classes(d) : 0; /* before some may be left out */
    if (s == GT_OK && d->kind->path_key)
        s = source_select(d, spec, e);
    if (s == GT_OK)
        s = check_points(d, e);
    if (s == GT_OK && (d->note.failed || d->warning.failed))
        s = fail(e, GT_ERESOURCE, "no memory for remarks about the data");
    if (s != GT_OK) {
        dataset_close(d);
        return s;
    }
    d->range = dataset_range(spec);
    d->crc32 = (uint32_t)crc32_z(0, stored_samples(d), d->bytes);
    return GT_OK;
}

static Status check_columns(const Dataset *d, const Units *u, Error *e)
{
    const char *path = "the data";
    if (d->shape.c != u->n)
        return fail(e, GT_EDATA, "%s have %d columns, the checkpoint %d", path, d->shape.c, u->n);
    for (int j = 0; d->units.name && u->name && j < u->n; j++)
        if (strcmp(d->units.name[j], u->name[j]) != 0)
            return fail(e, GT_EDATA,
                        "%s have column %d \"%.60s\", the checkpoint \"%.60s\": expected the same "
                        "columns",
                        path, j + 1, d->units.name[j], u->name[j]);
    return GT_OK;
}

Status dataset_use_units(Dataset *d, const Units *u, Error *e)
{
    const Mat points = { d->count, d->shape.c, d->points };
    if (u->n == 0 || d->units.n == 0)
        return GT_OK;
    TRY(check_columns(d, u, e));
    units_change(&d->units, u, points);
    units_free(&d->units);
    return units_copy(&d->units, u, e);
}

void dataset_close(Dataset *d)
{
    if (!d)
        return;
    free(d->images);
    free(d->points);
    free(d->labels);
    for (int i = 0; i < d->n_classes; i++)
        free(d->class_name[i]);
    free(d->class_name);
    free(d->modes.centre);
    free(d->modes.std);
    free(d->modes.weight);
    units_free(&d->units);
    text_free(&d->warning);
    text_free(&d->note);
    *d = (Dataset){ 0 };
}

/* Options of a kind that reads files; NULL for others. */
static SourceOptions *source_options(const Spec *spec)
{
    return ((const DatasetKind *)spec->is)->path_key ? spec->options : NULL;
}

Status dataset_open_split(Dataset *d, const Spec *spec, const char *split, uint64_t seed, Error *e)
{
    SourceOptions *o = source_options(spec);
    assert(o && registry_find(&source_parts, split));
    const Entry *configured = o->part;
    o->part = registry_find(&source_parts, split);
    const Status s = dataset_open(d, spec, seed, e);
    o->part = configured;
    return s;
}

bool dataset_keeps_classes(const Spec *spec)
{
    const SourceOptions *o = source_options(spec);
    return o && o->classes.n > 0;
}

Status dataset_open_all_classes(Dataset *d, const Spec *spec, const char *split, uint64_t seed,
                                Error *e)
{
    SourceOptions *o = source_options(spec);
    const Texts configured = o->classes;
    o->classes = (Texts){ 0 };
    const Status s = dataset_open_split(d, spec, split, seed, e);
    o->classes = configured;
    return s;
}

const char *dataset_split(const Spec *spec)
{
    const SourceOptions *o = source_options(spec);
    return !o ? NULL : o->part ? o->part->name : source_parts.entry[0]->name;
}

const char *dataset_path(const Spec *spec)
{
    const SourceOptions *o = source_options(spec);
    return o ? o->path : NULL;
}

bool dataset_keeps_test(const Spec *spec)
{
    const SourceOptions *o = source_options(spec);
    return o && (!((const DatasetKind *)spec->is)->splits || o->split > 0);
}

const PixelRange *dataset_range(const Spec *spec)
{
    const SourceOptions *o = source_options(spec);
    const DatasetKind *kind = (const DatasetKind *)spec->is;
    const bool points = kind->samples == SAMPLES_POINTS ||
                        (kind->samples == SAMPLES_EITHER && strcmp(o->as->name, "points") == 0);
    return points ? NULL : (const PixelRange *)o->range;
}

bool dataset_set_path(const Spec *spec, const char *path)
{
    SourceOptions *o = source_options(spec);
    if (o)
        o->path = path;
    return o != NULL;
}

void dataset_recognize(const char *path, Recognized *out)
{
    source_recognize(path, out);
    out->kind = out->name ? (const DatasetKind *)registry_find(&datasets, out->name) : NULL;
}

void dataset_set_progress(const Spec *spec, DatasetProgress *progress, void *context)
{
    SourceOptions *o = source_options(spec);
    if (!o)
        return;
    o->progress = progress;
    o->progress_context = context;
}

void dataset_set_shape(const Spec *spec, Shape shape)
{
    const DatasetKind *kind = (const DatasetKind *)spec->is;
    if (kind->set_shape)
        kind->set_shape(spec->options, shape);
}

const char *dataset_things(const Dataset *d)
{
    return d->points ? "points" : "images";
}

void dataset_gather(const Dataset *d, const int *index, Mat out)
{
    d->kind->gather(d, index, out);
}
