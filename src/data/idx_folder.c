/* The data set kind "idx": a folder with MNIST's four files under their usual names, each plain or
 * gzip. Labels are optional. */
#include "source.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/data/idx.h"

static const Option idx_options[] = {
    SOURCE_DIR("data/mnist", "folder with the IDX files, plain or .gz"),
    SOURCE_PART,
    SOURCE_RANGE,
    SOURCE_CLASSES,
    SOURCE_MIRROR,
    OPT_END,
};

enum { PATH_SIZE = 4200, NAME_SIZE = 64, IMAGE_PIXELS = 1 << 24 };

/* The plain file, else its .gz; false when neither exists (then `path` is the plain one). */
static bool find_file(char path[PATH_SIZE], const SourceOptions *o, const char *suffix)
{
    const char *prefix = o->part && strcmp(o->part->name, "test") == 0 ? "t10k" : "train";
    const int n = snprintf(path, PATH_SIZE, "%s/%s-%s", o->path, prefix, suffix);
    assert(n + 3 < PATH_SIZE);
    if (file_exists(path))
        return true;
    memcpy(path + n, ".gz", sizeof ".gz");
    if (file_exists(path))
        return true;
    path[n] = '\0';
    return false;
}

static Status read_labels(Dataset *d, const SourceOptions *o, Error *e)
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

Status idx_folder_read(Dataset *d, const SourceOptions *o, Error *e)
{
    char path[PATH_SIZE];
    Idx x = { 0 };

    if (!*o->path)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    if (strlen(o->path) > PATH_SIZE - NAME_SIZE)
        return fail(e, GT_EDATA, "%s: the path of the data folder is too long", o->path);
    if (!find_file(path, o, "images-idx3-ubyte"))
        return fail(e, GT_EDATA,
                    "%s: no such file (nor .gz); to fetch it: scripts/get-data.sh %s %s", path,
                    name_to_fetch(o->path), o->path);
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

const DatasetKind dataset_idx = {
    .is = { "idx", "a folder of IDX files such as MNIST", "yann.lecun.com/exdb/mnist", idx_options,
            sizeof(SourceOptions) },
    .samples = SAMPLES_IMAGES,
    .path_key = "dir",
    .open = open_idx,
    .gather = source_gather_images,
};
