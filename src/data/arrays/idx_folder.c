/* The data set kind "idx": a folder with the files of MNIST, of EMNIST or of the same names: images
 * of any type, and labels if there are any. */
#include <string.h>

#include "idx_array.h"
#include "idx_folder.h"
#include "idx_names.h"

static const Option idx_options[] = {
    SOURCE_DIR("data/mnist", "folder with the IDX files, plain or .gz"),
    SOURCE_PART,
    SOURCE_RANGE,
    SOURCE_CLASSES,
    SOURCE_MIRROR,
    ARRAY_LAYOUT(IdxOptions),
    ARRAY_VALUES(IdxOptions),
    ARRAY_BACKGROUND(IdxOptions),
    ARRAY_TRANSPOSE(IdxOptions),
    OPT_TEXT(IdxOptions, subset, "", "which of several sets in the folder, as \"letters\""),
    OPT_END,
};

enum { DIR_MAX = IDX_PATH - IDX_HEAD - 64 };

/* The values that become 0 and 255 are those of the images to train on, for the test part too. */
static Status find_values(Array *images, const IdxNames *names, const ArrayOptions *o,
                          ArrayRange *values, Error *e)
{
    IdxNames train;
    char path[IDX_PATH];
    Array a;
    if (strcmp(names->part, "train") == 0 ||
        idx_names_find(&train, names->dir, names->head, false, NULL) != GT_OK || !train.part ||
        !idx_names_path(&train, "images", path))
        return array_values(images, o, values, e);
    TRY(idx_open(&a, path, 3, e));
    const Status s = array_values(&a, o, values, e);
    array_close(&a);
    return s;
}

static Status read_images(Dataset *d, const IdxNames *names, const ArrayOptions *o, Error *e)
{
    char path[IDX_PATH];
    Array a;
    ArrayRange values;
    idx_names_path(names, "images", path);
    TRY(idx_open(&a, path, 3, e));
    Status s = find_values(&a, names, o, &values, e);
    if (s == GT_OK)
        s = array_to_images(d, &a, o, values, e);
    array_close(&a);
    if (s == GT_OK && idx_names_is_emnist(names) && !o->transpose)
        text_add(&d->warning,
                 "%s: EMNIST's images are stored with rows and columns swapped: "
                 "data.transpose=true turns them upright\n",
                 path);
    return s;
}

static Status read_labels(Dataset *d, const IdxNames *names, Error *e)
{
    char path[IDX_PATH];
    Array a;
    if (!idx_names_path(names, "labels", path))
        return GT_OK;
    TRY(idx_open(&a, path, 1, e));
    const Status s = array_to_labels(d, &a, e);
    array_close(&a);
    return s;
}

static Status read_folder(Dataset *d, const SourceOptions *o, const ArrayOptions *array,
                          const char *subset, Error *e)
{
    IdxNames names;
    const bool test = o->part && strcmp(o->part->name, "test") == 0;
    if (!*o->path)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    if (strlen(o->path) > DIR_MAX)
        return fail(e, GT_EDATA, "%s: the path of the data folder is too long", o->path);
    TRY(idx_names_find(&names, o->path, subset, test, e));
    if (!names.part)
        return idx_missing(o->path, test, e);
    TRY(read_images(d, &names, array, e));
    return read_labels(d, &names, e);
}

Status idx_folder_read(Dataset *d, const SourceOptions *o, Error *e)
{
    return read_folder(d, o, &array_defaults, "", e);
}

static Status open_idx(Dataset *d, const Spec *spec, Error *e)
{
    const IdxOptions *o = spec->options;
    TRY(array_check_options(&o->array, spec, e));
    return read_folder(d, &o->source, &o->array, o->subset, e);
}

const DatasetKind dataset_idx = {
    .is = { "idx", "a folder of IDX files such as MNIST", "yann.lecun.com/exdb/mnist", idx_options,
            sizeof(IdxOptions) },
    .samples = SAMPLES_IMAGES,
    .path_key = "dir",
    .open = open_idx,
    .gather = source_gather_images,
};
