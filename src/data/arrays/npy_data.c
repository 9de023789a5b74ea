/* The data set kind "npy": arrays of NumPy, images of three or four dimensions or points of one or
 * two, with labels from a second array. An .npz archive may hold the samples for evaluation apart,
 * as mnist.npz of Keras does; else a share of the samples is kept for it. */
#include <stdlib.h>
#include <string.h>

#include "array_samples.h"
#include "gantrain/base/text.h"
#include "npy_file.h"
#include "npz_file.h"
#include "data/source.h"

typedef struct NpyOptions {
    SourceOptions source;
    ArrayOptions array;
    const char *samples, *labels;
    bool standardize;
} NpyOptions;

static const Option npy_options[] = {
    SOURCE_FILE("the .npy or .npz file"),
    { "array", OPTION_TEXT, offsetof(NpyOptions, samples), 0, 0, "", NULL, NULL,
      "samples in an .npz file; \"\": x_train, images or the only array", NULL },
    OPT_TEXT(NpyOptions, labels, "", "a second .npy file, or an array of the .npz file"),
    SOURCE_AS,
    OPT_BOOL(NpyOptions, standardize, "false",
             "points: subtract the mean of each column, divide by its standard deviation"),
    SOURCE_SPLIT,
    SOURCE_RANGE,
    SOURCE_CLASSES,
    SOURCE_MIRROR,
    ARRAY_LAYOUT(NpyOptions),
    ARRAY_VALUES(NpyOptions),
    ARRAY_BACKGROUND(NpyOptions),
    ARRAY_TRANSPOSE(NpyOptions),
    OPT_END,
};

/* The arrays of a data set; those that there are not are closed. */
typedef struct NpySet {
    Zip zip;
    Array samples, labels;
    Array training; /* whose values decide what is black and white, if not the samples */
} NpySet;

static void close_set(NpySet *s)
{
    array_close(&s->samples);
    array_close(&s->labels);
    array_close(&s->training);
    zip_close(&s->zip);
}

static bool are_points(const NpyOptions *o, const Array *a)
{
    const char *as = o->source.as->name;
    return strcmp(as, "points") == 0 || (strcmp(as, "auto") == 0 && a->rank <= 2);
}

static Status read_images(Dataset *d, NpySet *s, const ArrayOptions *o, Error *e)
{
    ArrayRange values;
    TRY(array_values(s->training.source ? &s->training : &s->samples, o, &values, e));
    return array_to_images(d, &s->samples, o, values, e);
}

static Status read_labels(Dataset *d, NpySet *s, Error *e)
{
    return s->labels.source ? array_to_labels(d, &s->labels, e) : GT_OK;
}

/* x [N, D]: the points in their own units. Mean and deviation are those of the training part. */
static Status standardize(Dataset *d, const Spec *spec, const double *x, Error *e)
{
    const size_t dim = (size_t)d->shape.c, n = (size_t)d->count * dim;
    bool *keep;
    if (dim > UNITS_COLUMNS)
        return option_report_at(e, spec->location, "data.standardize",
                                "the points have %zu columns: at most %d are possible", dim,
                                UNITS_COLUMNS);
    TRY(units_make(&d->units, (int)dim, e));
    TRY(source_training(d, spec, &keep, e));
    units_standardize(&d->units, x, d->count, keep, &d->warning);
    free(keep);
    d->points = malloc(d->bytes);
    if (!d->points)
        return fail(e, GT_ERESOURCE, "no memory for %d points", d->count);
    for (size_t i = 0; i < n; i++)
        d->points[i] = (real)((x[i] - d->units.offset[i % dim]) / d->units.scale[i % dim]);
    return GT_OK;
}

static Status read_points(Dataset *d, NpySet *s, const Spec *spec, Error *e)
{
    const NpyOptions *o = spec->options;
    double *x = NULL;
    if (!o->standardize) {
        TRY(array_to_points(d, &s->samples, e));
        return read_labels(d, s, e);
    }
    Status status = array_to_doubles(d, &s->samples, &x, e);
    if (status == GT_OK)
        status = read_labels(d, s, e);
    if (status == GT_OK)
        status = standardize(d, spec, x, e);
    free(x);
    return status;
}

static Status read_set(Dataset *d, NpySet *s, const Spec *spec, Error *e)
{
    const NpyOptions *o = spec->options;
    if (are_points(o, &s->samples))
        return read_points(d, s, spec, e);
    TRY(read_images(d, s, &o->array, e));
    return read_labels(d, s, e);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Labels of an archive may be a file. */
static Status open_archive(Dataset *d, NpySet *s, const NpyOptions *o, Error *e)
{
    const Entry *part = o->source.part;
    const bool test = part && strcmp(part->name, "test") == 0;
    const bool file = text_has_suffix(o->labels, ".npy");
    NpzMembers m;
    TRY(zip_open(&s->zip, o->source.path, GT_EDATA, e));
    TRY(npz_choose(&s->zip, o->samples, file ? "" : o->labels, test, &m, e));
    d->parted = m.parts;
    TRY(npz_open(&s->samples, &s->zip, m.samples, e));
    if (m.training >= 0)
        TRY(npz_open(&s->training, &s->zip, m.training, e));
    if (file)
        return npy_open(&s->labels, o->labels, e);
    return m.labels >= 0 ? npz_open(&s->labels, &s->zip, m.labels, e) : GT_OK;
}

static Status open_file(NpySet *s, const NpyOptions *o, Error *e)
{
    TRY(npy_open(&s->samples, o->source.path, e));
    return *o->labels ? npy_open(&s->labels, o->labels, e) : GT_OK;
}

static bool is_archive(const char *path)
{
    Recognized r;
    source_recognize(path, &r);
    return r.archive;
}

/* Keys that would be ignored. */
static Status check_keys(const NpyOptions *o, const Spec *spec, bool archive, Error *e)
{
    if (!archive && *o->samples)
        return option_report_at(e, spec->location, "data.array",
                                "%s is no .npz archive: expected \"\"", o->source.path);
    if (o->standardize && strcmp(o->source.as->name, "images") == 0)
        return option_report_at(e, spec->location, "data.standardize",
                                "the samples are images: expected false (data.values says what is "
                                "black and white)");
    return array_check_options(&o->array, spec, e);
}

static Status open_npy(Dataset *d, const Spec *spec, Error *e)
{
    const NpyOptions *o = spec->options;
    NpySet set = { 0 };
    if (!*o->source.path)
        return fail(e, GT_ECONFIG, "data.file: expected a .npy or .npz file, got \"\"");
    const bool archive = is_archive(o->source.path);
    TRY(check_keys(o, spec, archive, e));
    Status s = archive ? open_archive(d, &set, o, e) : open_file(&set, o, e);
    if (s == GT_OK)
        s = read_set(d, &set, spec, e);
    close_set(&set);
    return s;
}

const DatasetKind dataset_npy = {
    .is = { "npy", "arrays of NumPy: images or points", "NumPy, NEP 1", npy_options,
            sizeof(NpyOptions) },
    .samples = SAMPLES_EITHER,
    .path_key = "file",
    .splits = true,
    .open = open_npy,
    .gather = source_gather,
};
