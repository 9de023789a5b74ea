/* The data set kind "cifar": the binary version of CIFAR-10 and CIFAR-100. A file is a sequence of
 * records: the label (CIFAR-100: the coarse one, then the fine one), then 32 x 32 pixels of red,
 * green and blue, plane after plane. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "data/gzip.h"
#include "data/source.h"

enum {
    SIDE = 32,
    PLANES = 3,
    PIXELS = PLANES * SIDE * SIDE,
    LABELS = 2,   /* a record has at most                   */
    PIECE = 64,   /* records read at a time                 */
    FIRST = 1024, /* records that there is room for at first */
    PATH_SIZE = 4400,
    DIR_MAX = PATH_SIZE - 64,
    RECORDS_MAX = 10000000,
    NAMES_BYTES = 1 << 16
};

typedef struct CifarOptions {
    SourceOptions source;
    const Entry *labels;
} CifarOptions;

static const Entry fine = { "fine", "the 100 classes of CIFAR-100", "-", NULL, 0 };
static const Entry coarse = { "coarse", "its 20 superclasses", "-", NULL, 0 };
static const Entry *const label_kinds[] = { &fine, &coarse, NULL };
static const Registry cifar_labels = { "labels", "label", label_kinds };

static const Option cifar_options[] = {
    SOURCE_DIR("", "folder with data_batch_1.bin ... or train.bin, plain or .gz"),
    SOURCE_PART,
    SOURCE_RANGE,
    SOURCE_CLASSES,
    SOURCE_MIRROR,
    OPT_CHOICE(CifarOptions, labels, "fine", &cifar_labels,
               "of CIFAR-100: fine (100 classes) or coarse (20)"),
    OPT_END,
};

enum { TRAIN, TEST, PARTS };

/* One of the two sets. Its labels are in the order of a record. */
typedef struct Version {
    const char *const *files[PARTS]; /* ended by NULL                       */
    int labels;                      /* a record                            */
    int classes[LABELS];             /* of each label                       */
    const char *names[LABELS];       /* file with their names, one a line   */
} Version;

static const char *const train_10[] = { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", NULL };
static const char *const test_10[] = { "test_batch.bin", NULL };
static const char *const train_100[] = { "train.bin", NULL };
static const char *const test_100[] = { "test.bin", NULL };

static const Version versions[] = {
    { { train_10, test_10 }, 1, { 10, 0 }, { "batches.meta.txt", NULL } },
    { { train_100, test_100 },
      2,
      { 20, 100 },
      { "coarse_label_names.txt", "fine_label_names.txt" } },
};

/* ---- files ----------------------------------------------------------------------------------- */

/* The plain file, else its .gz; false when neither exists (then `path` is the plain one). */
static bool find_file(char path[PATH_SIZE], const char *dir, const char *name)
{
    const int n = snprintf(path, PATH_SIZE, "%s/%s", dir, name);
    if (file_exists(path))
        return true;
    memcpy(path + n, ".gz", sizeof ".gz");
    if (file_exists(path))
        return true;
    path[n] = '\0';
    return false;
}

static bool has_any(const char *dir, const char *const *files)
{
    char path[PATH_SIZE];
    while (*files && !find_file(path, dir, *files))
        files++;
    return *files != NULL;
}

static const Version *find_version(const char *dir)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        for (int part = 0; part < PARTS; part++)
            if (has_any(dir, versions[i].files[part]))
                return &versions[i];
    return NULL;
}

/* ---- records --------------------------------------------------------------------------------- */

/* One file being read. */
typedef struct Reading {
    Dataset *d;
    const Version *version;
    int label; /* which one of a record */
    int room;  /* records in memory     */
    Gzip file;
} Reading;

static size_t record_bytes(const Version *v)
{
    return (size_t)v->labels + PIXELS;
}

static Status make_room(Reading *r, int n, Error *e)
{
    while (r->room < r->d->count + n) {
        const int room = r->room ? 2 * r->room : FIRST;
        uint8_t *images = realloc(r->d->images, (size_t)room * PIXELS);
        r->d->images = images ? images : r->d->images;
        uint8_t *labels = realloc(r->d->labels, (size_t)room);
        r->d->labels = labels ? labels : r->d->labels;
        if (!images || !labels)
            return fail(e, GT_ERESOURCE, "%s: no memory for its images", r->file.path);
        r->room = room;
    }
    return GT_OK;
}

static Status keep_record(Reading *r, const uint8_t *record, Error *e)
{
    Dataset *d = r->d;
    const int classes = r->version->classes[r->label];
    if (record[r->label] >= classes)
        return fail(e, GT_EDATA,
                    "%s: record %d: the label is %d: expected 0 to %d; is this CIFAR-%s?",
                    r->file.path, d->count, record[r->label], classes - 1,
                    r->version->labels == 1 ? "10" : "100");
    d->labels[d->count] = record[r->label];
    memcpy(d->images + (size_t)d->count * PIXELS, record + r->version->labels, PIXELS);
    d->count++;
    return GT_OK;
}

static Status wrong_size(const Reading *r, size_t rest, Error *e)
{
    return fail(e, GT_EDATA,
                "%s: %zu bytes after the last whole record: expected records of %zu bytes (%d "
                "label%s and 3 x 32 x 32 pixels): copy or download the file again",
                r->file.path, rest, record_bytes(r->version), r->version->labels,
                r->version->labels > 1 ? "s" : "");
}

static Status read_records(Reading *r, uint8_t *piece, Error *e)
{
    const size_t bytes = record_bytes(r->version);
    for (size_t got = PIECE * bytes; got == PIECE * bytes;) {
        TRY(gzip_read(&r->file, piece, PIECE * bytes, &got, e));
        if (got % bytes != 0)
            return wrong_size(r, got % bytes, e);
        const int n = (int)(got / bytes);
        if (r->d->count + n > RECORDS_MAX)
            return fail(e, GT_EDATA, "%s: more than %d images", r->file.path, RECORDS_MAX);
        TRY(make_room(r, n, e));
        for (int i = 0; i < n; i++)
            TRY(keep_record(r, piece + (size_t)i * bytes, e));
    }
    return GT_OK;
}

static Status read_file(Reading *r, const char *path, Error *e)
{
    const int before = r->d->count;
    TRY(gzip_open(&r->file, path, e));
    uint8_t *piece = malloc(PIECE * record_bytes(r->version));
    const Status s =
        piece ? read_records(r, piece, e) : fail(e, GT_ERESOURCE, "%s: no memory to read it", path);
    free(piece);
    gzip_close(&r->file);
    if (s == GT_OK && r->d->count == before)
        return fail(e, GT_EDATA, "%s: holds no image: copy or download the file again", path);
    return s;
}

/* The first file must be there; that later ones are missing is worth a warning. */
static Status read_files(Reading *r, const char *dir, const char *const *files, Error *e)
{
    char path[PATH_SIZE];
    for (int i = 0; files[i]; i++) {
        if (find_file(path, dir, files[i]))
            TRY(read_file(r, path, e));
        else if (i == 0)
            return fail(e, GT_EDATA, "%s: no such file (nor .gz)", path);
        else
            text_add(&r->d->warning, "%s: no such file (nor .gz): the set is not complete\n", path);
    }
    return GT_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Splits `text` into its lines that are not empty; returns how many, and the first of them. */
static int split_lines(char *text, char **line, int most)
{
    int n = 0;
    char *rest = NULL;
    for (char *at = strtok_r(text, "\r\n", &rest); at; at = strtok_r(NULL, "\r\n", &rest)) {
        if (n < most)
            line[n] = at;
        n++;
    }
    return n;
}

static Status keep_names(Dataset *d, char **line, int n, Error *e)
{
    d->class_name = calloc((size_t)n, sizeof *d->class_name);
    for (d->n_classes = 0; d->class_name && d->n_classes < n; d->n_classes++) {
        d->class_name[d->n_classes] = strdup(line[d->n_classes]);
        if (!d->class_name[d->n_classes])
            break;
    }
    return d->n_classes == n ? GT_OK : fail(e, GT_ERESOURCE, "no memory for the names of classes");
}

/* Without the file, classes have no names. */
static Status read_names(Reading *r, const char *dir, Error *e)
{
    char path[PATH_SIZE], *line[100];
    const int want = r->version->classes[r->label];
    Bytes text;
    snprintf(path, sizeof path, "%s/%s", dir, r->version->names[r->label]);
    if (!file_exists(path))
        return GT_OK;
    TRY(file_read(&text, path, NAMES_BYTES, GT_EDATA, e));
    const int n = split_lines((char *)text.at, line, want);
    const Status s =
        n == want
            ? keep_names(r->d, line, n, e)
            : fail(e, GT_EDATA, "%s: %d names: expected one a line for %d classes", path, n, want);
    bytes_free(&text);
    return s;
}

/* ---- the kind -------------------------------------------------------------------------------- */

static Status no_files(const char *dir, Error *e)
{
    Recognized r;
    source_recognize(dir, &r);
    return fail(e, GT_EDATA,
                "%s: %s: expected a folder with data_batch_1.bin or train.bin, the binary version "
                "of CIFAR",
                dir, r.what);
}

static Status open_cifar(Dataset *d, const Spec *spec, Error *e)
{
    const CifarOptions *o = spec->options;
    const char *dir = o->source.path;
    if (!*dir)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    if (strlen(dir) > DIR_MAX)
        return fail(e, GT_EDATA, "%s: the path of the data folder is too long", dir);
    const Version *v = find_version(dir);
    if (!v)
        return no_files(dir, e);
    Reading r = { .d = d, .version = v, .label = v->labels == 2 && o->labels == &fine };
    const int part = strcmp(o->source.part->name, "test") == 0 ? TEST : TRAIN;
    TRY(read_files(&r, dir, v->files[part], e));
    d->shape = (Shape){ PLANES, SIDE, SIDE };
    d->stored = d->count;
    d->bytes = (size_t)d->count * PIXELS;
    return read_names(&r, dir, e);
}

const DatasetKind dataset_cifar = {
    .is = { "cifar", "CIFAR-10 and CIFAR-100, the binary version", "Krizhevsky 2009", cifar_options,
            sizeof(CifarOptions) },
    .samples = SAMPLES_IMAGES,
    .path_key = "dir",
    .open = open_cifar,
    .gather = source_gather_images,
};
