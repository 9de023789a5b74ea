/* The data set kind "idx": a folder with MNIST's four files under their usual names, each plain or
 * gzip. Labels are read when they are there. */
#include "dataset_impl.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/data/idx.h"

/* A part of the data with the beginning of its file names. */
typedef struct Split {
    Entry is;
    const char *prefix;
} Split;

static const Split train_split = { { "train", "the training images", "-", NULL, 0 }, "train" };
static const Split test_split = { { "test", "the test images", "-", NULL, 0 }, "t10k" };
static const Entry *const split_rows[] = { &train_split.is, &test_split.is, NULL };
const Registry idx_splits = { "splits", "split", split_rows };

static const Option idx_options[] = {
    OPT_TEXT(IdxOptions, dir, "data/mnist", "folder with the IDX files, plain or .gz"),
    OPT_CHOICE(IdxOptions, split, "train", &idx_splits, "train or test"),
    OPT_CHOICE(IdxOptions, range, "signed", &pixel_ranges, "values of pixels: signed or unit"),
    OPT_END,
};

enum { PATH_ROOM = 4200, IMAGE_PIXELS = 1 << 24 };

/* The plain file, else its .gz; false when neither is there (then `path` is the plain one). */
static bool find_file(char path[PATH_ROOM], const char *dir, const char *prefix, const char *what)
{
    const int end = snprintf(path, PATH_ROOM, "%s/%s-%s", dir, prefix, what);
    if (file_is_there(
            path)) /* and a path that is too long for the system, hence one that was cut */
        return end < PATH_ROOM;
    assert(end + 3 < PATH_ROOM);
    memcpy(path + end, ".gz", sizeof ".gz");
    if (file_is_there(path))
        return true;
    path[end] = '\0';
    return false;
}

static Status read_labels(Dataset *d, const IdxOptions *o, Error *e)
{
    char path[PATH_ROOM];
    Idx x = { 0 };

    if (!find_file(path, o->dir, ((const Split *)o->split)->prefix, "labels-idx1-ubyte"))
        return GT_OK;
    TRY(idx_read(&x, path, 1, e));
    if ((int64_t)x.at[0] != d->count) {
        const unsigned n = x.at[0];
        idx_free(&x);
        return fail(e, GT_EDATA, "%s: %u labels for %d images: the files do not belong together",
                    path, n, d->count);
    }
    d->labels = x.data;
    return GT_OK;
}

/* Counts and sizes are ints from here on. */
static Status check_extents(Idx *x, const char *path, Error *e)
{
    double pixels = 1;
    for (int i = 1; i < x->rank; i++)
        pixels *= x->at[i];
    if (x->at[0] <= INT_MAX && pixels <= IMAGE_PIXELS)
        return GT_OK;
    fail(e, GT_EDATA, "%s: %u images of %.0f values: at most %d of %d are possible", path, x->at[0],
         pixels, INT_MAX, IMAGE_PIXELS);
    idx_free(x);
    return e->code;
}

/* What scripts/get-data.sh fetches into a folder of this name. */
static const char *fetched_into(const char *dir)
{
    static const char *const sets[] = { "mnist", "fashion" };
    size_t end = strlen(dir);
    while (end > 0 && dir[end - 1] == '/')
        end--;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const size_t n = strlen(sets[i]);
        if (end >= n && strncmp(dir + end - n, sets[i], n) == 0 &&
            (end == n || dir[end - n - 1] == '/'))
            return sets[i];
    }
    return sets[0];
}

Status read_idx_folder(Dataset *d, const IdxOptions *o, Error *e)
{
    enum { NAME_ROOM = 64 };
    char path[PATH_ROOM];
    Idx x = { 0 };

    if (!*o->dir)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    if (strlen(o->dir) > PATH_ROOM - NAME_ROOM)
        return fail(e, GT_EDATA, "%s: the path of the data is too long", o->dir);
    if (!find_file(path, o->dir, ((const Split *)o->split)->prefix, "images-idx3-ubyte"))
        return fail(e, GT_EDATA,
                    "%s: no such file (nor .gz); to fetch it: scripts/get-data.sh %s %s", path,
                    fetched_into(o->dir), o->dir);
    TRY(idx_read(&x, path, 3, e));
    TRY(check_extents(&x, path, e));
    d->count = d->stored = (int)x.at[0];
    d->shape = x.rank == 4 ? (Shape){ (int)x.at[1], (int)x.at[2], (int)x.at[3] }
                           : (Shape){ 1, (int)x.at[1], (int)x.at[2] };
    d->images = x.data;
    d->bytes = x.bytes;
    return read_labels(d, o, e);
}

static Status open_idx(Dataset *d, const Spec *spec, Error *e)
{
    return read_idx_folder(d, spec->options, e);
}

static const PixelRange *range(const void *options)
{
    return (const PixelRange *)((const IdxOptions *)options)->range;
}

const DatasetKind dataset_idx = {
    { "idx", "a folder of IDX files such as MNIST", "yann.lecun.com/exdb/mnist", idx_options,
      sizeof(IdxOptions) },
    "images",
    open_idx,
    gather_images,
    range,
};
