/* Names of pictures: collected from a folder or an archive, then brought into one order by the same
 * code, so that an archive and the folder it was made from give the same samples. */
#include "picture_list.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/hash.h"
#include "gantrain/data/dataset.h"
#include "gantrain/io/picture.h"
#include "picture_names.h"

/* ---- order ----------------------------------------------------------------------------------- */

/* Bytes, where '/' comes before all others: folder by folder. */
static int compare_names(const void *a, const void *b)
{
    const char *s = ((const PictureFile *)a)->name, *t = ((const PictureFile *)b)->name;
    while (*s && *s == *t) {
        s++;
        t++;
    }
    const int x = *s == '/' ? 1 : *s ? 1 + (unsigned char)*s : 0;
    const int y = *t == '/' ? 1 : *t ? 1 + (unsigned char)*t : 0;
    return (x > y) - (x < y);
}

/* Bytes of the first folder in a name; 0: it has none. */
static size_t folder_length(const char *name)
{
    const char *end = strchr(name, '/');
    return end ? (size_t)(end - name) : 0;
}

static const char *name_of(const PictureList *l, int i)
{
    return l->file[i].name + l->skip;
}

static bool same_folder(const char *a, const char *b)
{
    const size_t n = folder_length(a);
    return n == folder_length(b) && memcmp(a, b, n) == 0;
}

/* Where the names are sorted, all share a folder if the first and the last do. */
static void skip_common_folders(PictureList *l)
{
    while (folder_length(name_of(l, 0)) > 0 && same_folder(name_of(l, 0), name_of(l, l->n - 1)))
        l->skip += folder_length(name_of(l, 0)) + 1;
}

/* Pictures that lie directly in the folder hide those in its subfolders. */
static void drop_folders_beside(PictureList *l)
{
    int kept = 0;
    for (int i = 0; i < l->n; i++)
        kept += folder_length(name_of(l, i)) == 0;
    if (kept == 0 || kept == l->n)
        return;
    kept = 0;
    for (int i = 0; i < l->n; i++) {
        if (folder_length(name_of(l, i)) == 0)
            l->file[kept++] = l->file[i];
        else if (l->beside++ == 0)
            snprintf(l->first_beside, sizeof l->first_beside, "%s", name_of(l, i));
    }
    l->n = kept;
}

/* ---- classes --------------------------------------------------------------------------------- */

static bool is_split_name(const char *name, size_t n)
{
    static const char *const splits[] = { "train", "training", "test", "testing",
                                          "val",   "valid",    "dev",  "validation" };
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
        if (strlen(splits[i]) == n && strncasecmp(splits[i], name, n) == 0)
            return true;
    return false;
}

/* The number of subfolders; false: not all are named like the parts of a data set. */
static bool are_splits(const PictureList *l, int *n)
{
    bool all = true;
    *n = 0;
    for (int i = 0; i < l->n; i++) {
        const char *name = name_of(l, i);
        if (i > 0 && same_folder(name, name_of(l, i - 1)))
            continue;
        ++*n;
        all = all && is_split_name(name, folder_length(name));
    }
    return all;
}

static Status fail_splits(const PictureList *l, Error *e)
{
    const char *name = name_of(l, 0);
    for (int i = 0; i < l->n; i++)
        if (strncasecmp(name_of(l, i), "train", strlen("train")) == 0)
            name = name_of(l, i);
    return fail(e, GT_EDATA,
                "%s: its subfolders are parts of a data set (\"%.*s\", ...), not classes: name one "
                "of them, such as --data %s/%.*s",
                l->path, (int)folder_length(name), name, l->path, (int)folder_length(name), name);
}

static Status find_classes(PictureList *l, Error *e)
{
    int n = 0;
    if (folder_length(name_of(l, 0)) == 0)
        return GT_OK;
    if (are_splits(l, &n))
        return fail_splits(l, e);
    if (n > LABEL_MAX + 1) {
        l->unlabelled = n;
        return GT_OK;
    }
    l->class_name = calloc((size_t)n, sizeof *l->class_name);
    if (!l->class_name)
        return fail(e, GT_ERESOURCE, "no memory for %d classes", n);
    for (int i = 0; i < l->n; i++) {
        const char *name = name_of(l, i);
        if (i == 0 || !same_folder(name, name_of(l, i - 1))) {
            l->class_name[l->n_classes] = strndup(name, folder_length(name));
            if (!l->class_name[l->n_classes++])
                return fail(e, GT_ERESOURCE, "no memory for %d classes", n);
        }
        l->file[i].label = (uint8_t)(l->n_classes - 1);
    }
    return GT_OK;
}

Status picture_list_open(PictureList *l, const char *path, Error *e)
{
    *l = (PictureList){ .path = path, .folder = -1 };
    TRY(picture_names_collect(l, e));
    if (l->n == 0 && l->other > 0)
        return fail(e, GT_EDATA, "%s: no pictures that can be read: %s: expected *.png or *.jpg",
                    path, l->first_other);
    if (l->n == 0)
        return fail(e, GT_EDATA,
                    "%s: no pictures: expected *.png, *.jpg or *.jpeg in it or in its subfolders",
                    path);
    qsort(l->file, (size_t)l->n, sizeof *l->file, compare_names);
    skip_common_folders(l);
    drop_folders_beside(l);
    return find_classes(l, e);
}

/* ---- contents -------------------------------------------------------------------------------- */

static uint64_t hash_number(uint64_t h, uint64_t x)
{
    return hash_update(h, &x, sizeof x);
}

static uint64_t hash_times(uint64_t h, const struct stat *st)
{
    h = hash_number(h, (uint64_t)st->st_size);
    h = hash_number(h, (uint64_t)st->st_mtim.tv_sec);
    return hash_number(h, (uint64_t)st->st_mtim.tv_nsec);
}

uint64_t picture_list_key(const PictureList *l)
{
    uint64_t h = hash_number(HASH_INIT, l->skip);
    struct stat st = { 0 };
    if (l->zipped && fstat(l->zip.fd, &st) == 0)
        h = hash_times(h, &st);
    for (int i = 0; i < l->n; i++) {
        h = hash_update(h, l->file[i].name, strlen(l->file[i].name) + 1);
        if (l->zipped)
            h = hash_number(h, l->zip.entry[l->file[i].at].crc);
        else if (fstatat(l->folder, l->file[i].name, &st, 0) == 0)
            h = hash_times(h, &st);
    }
    return h;
}

void picture_list_where(const PictureList *l, int i, char out[PICTURE_WHERE])
{
    snprintf(out, PICTURE_WHERE, "%s%s%s", l->path, l->zipped ? ": " : "/", l->file[i].name);
}

Status picture_list_read(const PictureList *l, int i, Bytes *out, Error *e)
{
    char where[PICTURE_WHERE];
    picture_list_where(l, i, where);
    if (!l->zipped)
        return file_read(out, where, PICTURE_FILE_BYTES, GT_EDATA, e);
    const Status s = zip_read(&l->zip, (int)l->file[i].at, PICTURE_FILE_BYTES, out, e);
    return s == GT_OK ? GT_OK : error_add_prefix(e, where);
}

Status picture_list_head(const PictureList *l, int i, size_t n, Bytes *out, bool *whole, Error *e)
{
    char where[PICTURE_WHERE];
    uint64_t size;
    int fd;
    *whole = true;
    if (l->zipped)
        return picture_list_read(l, i, out, e);
    picture_list_where(l, i, where);
    *out = (Bytes){ 0 };
    TRY(file_open(&fd, &size, where, GT_EDATA, e));
    out->at = malloc(n + 1);
    const ssize_t got = out->at ? pread(fd, out->at, n, 0) : -1;
    (void)close(fd);
    if (got < 0) {
        bytes_free(out);
        return picture_list_read(l, i, out, e); /* with the message of a failure */
    }
    out->size = (size_t)got;
    out->at[out->size] = '\0';
    *whole = out->size < n;
    return GT_OK;
}

void picture_list_close(PictureList *l)
{
    if (l->zipped)
        zip_close(&l->zip);
    if (l->folder >= 0)
        (void)close(l->folder);
    for (int i = 0; i < l->n_classes; i++)
        free(l->class_name[i]);
    free(l->class_name);
    free(l->file);
    free(l->names);
    *l = (PictureList){ .folder = -1 };
}
