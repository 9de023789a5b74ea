/* The data set kind "npy": arrays of NumPy, images of three or four dimensions or points of one or
 * two, with labels from a second array. */
#include <string.h>

#include "array_samples.h"
#include "npy_file.h"
#include "source.h"

typedef struct NpyOptions {
    SourceOptions source;
    ArrayOptions array;
    const char *labels;
} NpyOptions;

static const Option npy_options[] = {
    SOURCE_FILE("the .npy file, plain or .gz"),
    OPT_TEXT(NpyOptions, labels, "", "the .npy file of the labels; \"\": none"),
    SOURCE_AS,
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
    Array samples, labels;
} NpySet;

static void close_set(NpySet *s)
{
    array_close(&s->samples);
    array_close(&s->labels);
}

static bool are_points(const NpyOptions *o, const Array *a)
{
    const char *as = o->source.as->name;
    return strcmp(as, "points") == 0 || (strcmp(as, "auto") == 0 && a->rank <= 2);
}

static Status read_images(Dataset *d, NpySet *s, const ArrayOptions *o, Error *e)
{
    ArrayRange values;
    TRY(array_values(&s->samples, o, &values, e));
    return array_to_images(d, &s->samples, o, values, e);
}

static Status read_set(Dataset *d, NpySet *s, const NpyOptions *o, Error *e)
{
    TRY(are_points(o, &s->samples) ? array_to_points(d, &s->samples, e)
                                   : read_images(d, s, &o->array, e));
    return s->labels.source ? array_to_labels(d, &s->labels, e) : GT_OK;
}

static Status open_set(NpySet *s, const NpyOptions *o, Error *e)
{
    TRY(npy_open(&s->samples, o->source.path, e));
    return *o->labels ? npy_open(&s->labels, o->labels, e) : GT_OK;
}

static Status open_npy(Dataset *d, const Spec *spec, Error *e)
{
    const NpyOptions *o = spec->options;
    NpySet set = { 0 };
    if (!*o->source.path)
        return fail(e, GT_ECONFIG, "data.file: expected a .npy file, got \"\"");
    TRY(array_check_options(&o->array, spec, e));
    Status s = open_set(&set, o, e);
    if (s == GT_OK)
        s = read_set(d, &set, o, e);
    close_set(&set);
    return s;
}

const DatasetKind dataset_npy = {
    .is = { "npy", "arrays of NumPy: images or points",
            "numpy.org/doc/stable/reference/generated/numpy.lib.format.html", npy_options,
            sizeof(NpyOptions) },
    .samples = SAMPLES_EITHER,
    .path_key = "file",
    .splits = true,
    .open = open_npy,
    .gather = source_gather,
};
