/* What to say where the IDX files are missing: to fetch data is advised only where nothing lies
 * that could be the user's. */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "idx_names.h"
#include "data/source.h"

/* `path` as one word of a shell. */
static void quote(char *out, size_t room, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./+,:@%=";
    size_t used = 0;
    if (*path && strspn(path, plain) == strlen(path)) {
        snprintf(out, room, "%s", path);
        return;
    }
    out[used++] = '\'';
    for (const char *c = path; *c && used + 6 < room; c++)
        used += (size_t)snprintf(out + used, room - used, *c == '\'' ? "'\\''" : "%c", *c);
    snprintf(out + used, room - used, "'");
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

static bool is_idx_name(const char *name)
{
    return strstr(name, "idx") != NULL || strstr(name, "ubyte") != NULL;
}

/* Names of a folder; hidden ones do not count. */
typedef struct Content {
    bool readable;
    int files;
    bool has_train;          /* the images to train on, under one of their names  */
    char like[NAME_MAX + 1]; /* a name that looks like one of an IDX file   */
} Content;

static Content list_folder(const char *dir)
{
    Content c = { 0 };
    IdxNames train;
    DIR *folder = opendir(dir);
    if (!folder)
        return c;
    c.readable = true;
    for (const struct dirent *f = readdir(folder); f; f = readdir(folder)) {
        if (f->d_name[0] == '.')
            continue;
        c.files++;
        const bool first = !*c.like || strcmp(f->d_name, c.like) < 0;
        if (is_idx_name(f->d_name) && first)
            snprintf(c.like, sizeof c.like, "%s", f->d_name);
    }
    closedir(folder);
    c.has_train = idx_names_find(&train, dir, "", false, NULL) != GT_OK || train.part;
    return c;
}

static Status nothing_there(const char *dir, const char *name, Error *e)
{
    char word[4 * 256];
    quote(word, sizeof word, dir);
    return fail(e, GT_EDATA,
                "%s/%s: no such file (nor .gz); to fetch it: scripts/get-data.sh %s %s", dir, name,
                name_to_fetch(dir), word);
}

/* Whether the path is that of a file with data, not of a folder. */
static bool means_file(const char *path)
{
    static const char *const ends[] = { ".npy", ".npz", ".csv", ".tsv", ".txt", ".zip", ".gz" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (text_has_suffix(path, ends[i]))
            return true;
    return false;
}

static Status something_else(const char *dir, const char *name, Error *e)
{
    Recognized r;
    source_recognize(dir, &r);
    if (r.name && strcmp(r.name, "idx") != 0)
        return fail(e, GT_EDATA, "%s: %s: data.kind \"%s\" reads it, \"idx\" expects %s (or .gz)",
                    dir, r.what, r.name, name);
    return fail(e, GT_EDATA, "%s: %s: expected a folder with %s (or .gz)", dir, r.what, name);
}

Status idx_missing(const char *dir, bool test, Error *e)
{
    const char *name = test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte";
    struct stat st;
    if (stat(dir, &st) != 0 && means_file(dir))
        return fail(e, GT_EDATA, "%s: no such file", dir);
    if (stat(dir, &st) != 0)
        return nothing_there(dir, name, e);
    const Content c = list_folder(dir);
    if (c.readable && c.files == 0)
        return nothing_there(dir, name, e);
    if (test && c.has_train)
        return fail(e, GT_EDATA,
                    "%s/%s: no such file (nor .gz): evaluation needs images kept apart from "
                    "training; add that file, or train with data.kind \"npy\" or \"images\", which "
                    "keep a share for it (data.split)",
                    dir, name);
    if (*c.like)
        return fail(e, GT_EDATA, "%s: found %s, expected %s, plain or .gz", dir, c.like, name);
    return something_else(dir, name, e);
}
