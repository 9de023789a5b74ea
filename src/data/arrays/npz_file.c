#include "npz_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gantrain/base/text.h"
#include "gantrain/io/zip_stream.h"
#include "npy_file.h"

/* ---- which arrays ---------------------------------------------------------------------------- */

/* Usual names. NULL: none. */
typedef struct Names {
    const char *samples, *labels, *test_samples, *test_labels;
} Names;

static const Names usual[] = {
    { "x_train", "y_train", "x_test", "y_test" },                     /* Keras     */
    { "train_images", "train_labels", "test_images", "test_labels" }, /* MedMNIST  */
    { "x", "y", NULL, NULL },
    { "images", "labels", NULL, NULL },
    { "data", "labels", NULL, NULL },
    { "data", "target", NULL, NULL }, /* scikit-learn */
    { "arr_0", NULL, NULL, NULL },    /* numpy.savez without names */
};
enum { USUAL = sizeof usual / sizeof *usual };

static bool is_array(const ZipEntry *x)
{
    return text_has_suffix(x->name, ".npy");
}

/* "x" for "x.npy", whatever its case. */
static bool has_name(const ZipEntry *x, const char *name)
{
    const size_t n = strlen(name);
    return strncasecmp(x->name, name, n) == 0 &&
           (strcmp(x->name + n, ".npy") == 0 || (is_array(x) && x->name[n] == '\0'));
}

static int find_array(const Zip *z, const char *name)
{
    for (int i = 0; name && i < z->n; i++)
        if (has_name(&z->entry[i], name))
            return i;
    return -1;
}

static Status not_found(const Zip *z, const char *key, const char *name, Error *e)
{
    enum { LISTED = 12 };
    Text list = { 0 };
    int n = 0;
    for (int i = 0; i < z->n; i++)
        if (is_array(&z->entry[i]) && ++n <= LISTED) {
            const int length = (int)strlen(z->entry[i].name) - 4;
            text_add(&list, "%s%.*s", n > 1 ? ", " : "", length < 40 ? length : 40,
                     z->entry[i].name);
        }
    if (n == 0)
        fail(e, GT_EDATA, "%s: the archive holds no .npy array", z->path);
    else if (*name)
        fail(e, GT_EDATA, "%s: no array \"%s\" (%s): it holds %s%s", z->path, name, key, list.at,
             n > LISTED ? ", ..." : "");
    else
        fail(e, GT_EDATA, "%s: it holds the arrays %s%s: name the one to read in data.array",
             z->path, list.at, n > LISTED ? ", ..." : "");
    text_free(&list);
    return e ? e->code : GT_EDATA;
}

/* The row of `usual` with these samples, which has its labels if possible; NULL: none. */
static const Names *find_names(const Zip *z, int samples)
{
    const Names *found = NULL;
    for (int i = 0; i < USUAL; i++)
        if (has_name(&z->entry[samples], usual[i].samples) &&
            (!found || find_array(z, found->labels) < 0))
            found = &usual[i];
    return found;
}

static int find_samples(const Zip *z, const char *name)
{
    int only = -1, arrays = 0, found = -1;
    if (*name)
        return find_array(z, name);
    for (int i = 0; i < USUAL && found < 0; i++)
        found = find_array(z, usual[i].samples);
    for (int i = 0; i < z->n; i++)
        if (is_array(&z->entry[i]) && arrays++ == 0)
            only = i;
    return found >= 0 ? found : arrays == 1 ? only : -1;
}

Status npz_choose(const Zip *z, const char *samples, const char *labels, bool test, NpzMembers *out,
                  Error *e)
{
    const int training = find_samples(z, samples);
    if (training < 0)
        return not_found(z, "data.array", samples, e);
    const Names *names = find_names(z, training);
    const int other = names ? find_array(z, names->test_samples) : -1;
    const bool swap = test && other >= 0;
    const char *usual_labels = !names ? NULL : swap ? names->test_labels : names->labels;
    *out = (NpzMembers){ .samples = swap ? other : training,
                         .labels = find_array(z, *labels && !swap ? labels : usual_labels),
                         .training = swap ? training : -1,
                         .parts = other >= 0 };
    return *labels && find_array(z, labels) < 0 ? not_found(z, "data.labels", labels, e) : GT_OK;
}

/* ---- an array -------------------------------------------------------------------------------- */

typedef struct NpzFile {
    ZipStream stream;
    uint64_t header, bytes; /* of the header, of the data */
    char name[];            /* "x.npz: x_train"           */
} NpzFile;

/* `want` bytes, or an error. */
static Status take(const Array *a, void *out, size_t want, Error *e)
{
    NpzFile *f = a->file;
    size_t got = 0;
    if (zip_stream_read(&f->stream, out, want, &got, e) != GT_OK)
        return error_add_prefix(e, a->name);
    return got == want ? GT_OK
                       : fail(e, GT_EDATA, "%s: truncated: it ends after %" PRIu64 " bytes",
                              a->name, f->stream.done);
}

static Status read_data(Array *a, void *out, size_t want, Error *e)
{
    return take(a, out, want, e);
}

/* npy_describe has compared the sizes; this checks the CRC. */
static Status finish(Array *a, Error *e)
{
    NpzFile *f = a->file;
    char more;
    size_t got = 0;
    return zip_stream_read(&f->stream, &more, 1, &got, e) == GT_OK ? GT_OK
                                                                   : error_add_prefix(e, a->name);
}

static Status rewind_data(Array *a, Error *e)
{
    NpzFile *f = a->file;
    char skipped[1024];
    if (zip_stream_rewind(&f->stream, e) != GT_OK)
        return error_add_prefix(e, a->name);
    for (uint64_t left = f->header; left > 0;) {
        const size_t n = left < sizeof skipped ? (size_t)left : sizeof skipped;
        TRY(take(a, skipped, n, e));
        left -= n;
    }
    return GT_OK;
}

static void close_file(Array *a)
{
    NpzFile *f = a->file;
    zip_stream_close(&f->stream);
    free(f);
}

static const ArraySource npz_source = { read_data, finish, rewind_data, close_file };

static Status read_header(const Array *a, NpyHeader *h, Error *e)
{
    NpzFile *f = a->file;
    unsigned char probe[NPY_PROBE];
    size_t size = 0;
    TRY(take(a, probe, NPY_PROBE, e));
    TRY(npy_header_bytes(probe, NPY_PROBE, a->name, &size, e));
    if (size < NPY_PROBE || size > f->stream.entry->size)
        return fail(e, GT_EDATA, "%s: damaged header of %zu bytes", a->name, size);
    unsigned char *at = malloc(size);
    if (!at)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", a->name);
    memcpy(at, probe, NPY_PROBE);
    Status s = take(a, at + NPY_PROBE, size - NPY_PROBE, e);
    if (s == GT_OK)
        s = npy_parse(h, at, size, a->name, e);
    free(at);
    f->header = size;
    return s;
}

static Status open_entry(Array *a, const Zip *z, int i, Error *e)
{
    NpzFile *f = a->file;
    NpyHeader h;
    if (zip_stream_open(&f->stream, z, i, e) != GT_OK)
        return error_add_prefix(e, a->name);
    TRY(read_header(a, &h, e));
    return npy_describe(a, &h, z->entry[i].size - f->header, false, &f->bytes, e);
}

Status npz_open(Array *a, const Zip *z, int i, Error *e)
{
    const char *member = z->entry[i].name;
    const size_t room = strlen(z->path) + strlen(member) + 3;
    NpzFile *f = calloc(1, sizeof *f + room);
    *a = (Array){ 0 };
    if (!f)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", z->path);
    snprintf(f->name, room, "%s: %.*s", z->path, (int)strlen(member) - 4, member);
    *a = (Array){ .source = &npz_source, .file = f, .name = f->name };
    const Status s = open_entry(a, z, i, e);
    if (s != GT_OK)
        array_close(a);
    return s;
}

int npz_rank(const char *path)
{
    Zip z;
    Array a = { 0 };
    NpzMembers m;
    int rank = -1;
    if (zip_open(&z, path, GT_EDATA, NULL) != GT_OK)
        return -1;
    if (npz_choose(&z, "", "", false, &m, NULL) == GT_OK &&
        npz_open(&a, &z, m.samples, NULL) == GT_OK)
        rank = a.rank;
    array_close(&a);
    zip_close(&z);
    return rank;
}
