/* The data set kind "idx": a folder with MNIST's four files under their usual names, each plain or
 * gzip. Labels are optional. */
#include "idx_folder.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/data/idx.h"

typedef struct Split {
    Entry is;
    const char *prefix; /* of its file names */
} Split;

static const Split train_split = { { "train", "the training images", "-", NULL, 0 }, "train" };
static const Split test_split = { { "test", "the test images", "-", NULL, 0 }, "t10k" };
static const Entry *const splits[] = { &train_split.is, &test_split.is, NULL };
const Registry idx_splits = { "splits", "split", splits };

static const Option idx_options[] = {
    OPT_TEXT(IdxOptions, dir, "data/mnist", "folder with the IDX files, plain or .gz"),
    OPT_CHOICE(IdxOptions, split, "train", &idx_splits, "train or test"),
    OPT_CHOICE(IdxOptions, range, "signed", &pixel_ranges, "range of pixel values: signed or unit"),
    OPT_END,
};

enum { PATH_SIZE = 4200, NAME_SIZE = 64, IMAGE_PIXELS = 1 << 24 };

/* The plain file, else its .gz; false when neither exists (then `path` is the plain one). */
static bool find_file(char path[PATH_SIZE], const IdxOptions *o, const char *suffix)
{
    const char *prefix = ((const Split *)o->split)->prefix;
    const int n = snprintf(path, PATH_SIZE, "%s/%s-%s", o->dir, prefix, suffix);
    assert(n + 3 < PATH_SIZE);
    if (file_exists(path))
        return true;
    memcpy(path + n, ".gz", sizeof ".gz");
    if (file_exists(path))
        return true;
    path[n] = '\0';
    return false;
}

static Status read_labels(Dataset *d, const IdxOptions *o, Error *e)
{
    char path[PATH_SIZE];
    Idx x = { 0 };

    if (!find_file(path, o, "labels-idx1-ubyte"))
        return GT_OK;
    TRY(idx_read(&x, path, 1, e));
    if ((int64_t)x.extent[0] != d->count) {
        fail(e, GT_EDATA, "%s: %u labels for %d images: the files do not belong together", path,
             x.extent[0], d->count);
        idx_free(&x);
        return e->code;
    }
    d->labels = x.data;
    return GT_OK;
}

/* Counts and sizes are ints from here on. */
static Status check_extents(Idx *x, const char *path, Error *e)
{
    double pixels = 1;
    for (int i = 1; i < x->rank; i++)
        pixels *= x->extent[i];
    if (x->extent[0] <= INT_MAX && pixels <= IMAGE_PIXELS)
        return GT_OK;
    fail(e, GT_EDATA, "%s: %u images of %.0f values: at most %d of %d are possible", path,
         x->extent[0], pixels, INT_MAX, IMAGE_PIXELS);
    idx_free(x);
    return e->code;
}

/* The data set that scripts/get-data.sh would fetch into `dir`: what its last component names. */
static const char *name_to_fetch(const char *dir)
{
    static const char fashion[] = "fashion";
    size_t end = strlen(dir);
    while (end > 0 && dir[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && dir[start - 1] != '/')
        start--;
    return end - start == strlen(fashion) && memcmp(dir + start, fashion, end - start) == 0
               ? fashion
               : "mnist";
}

Status idx_folder_read(Dataset *d, const IdxOptions *o, Error *e)
{
    char path[PATH_SIZE];
    Idx x = { 0 };

    if (!*o->dir)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    if (strlen(o->dir) > PATH_SIZE - NAME_SIZE)
        return fail(e, GT_EDATA, "%s: the path of the data folder is too long", o->dir);
    if (!find_file(path, o, "images-idx3-ubyte"))
        return fail(e, GT_EDATA,
                    "%s: no such file (nor .gz); to fetch it: scripts/get-data.sh %s %s", path,
                    name_to_fetch(o->dir), o->dir);
    TRY(idx_read(&x, path, 3, e));
    TRY(check_extents(&x, path, e));
    d->count = d->stored = (int)x.extent[0];
    d->shape = x.rank == 4 ? (Shape){ (int)x.extent[1], (int)x.extent[2], (int)x.extent[3] }
                           : (Shape){ 1, (int)x.extent[1], (int)x.extent[2] };
    d->images = x.data;
    d->bytes = x.bytes;
    return read_labels(d, o, e);
}

static Status open_idx(Dataset *d, const Spec *spec, Error *e)
{
    return idx_folder_read(d, spec->options, e);
}

static void gather_images(const Dataset *d, const int *index, Mat out)
{
    pixels_gather(d->range, d->images, index, out);
}

const DatasetKind dataset_idx = {
    .is = { "idx", "a folder of IDX files such as MNIST", "yann.lecun.com/exdb/mnist", idx_options,
            sizeof(IdxOptions) },
    .samples = "images",
    .reads_files = true,
    .open = open_idx,
    .gather = gather_images,
};
