/* The names of pictures in a folder and its subfolders, or in an archive. */
#include "picture_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"

enum { NAME_BYTES = 4096 };

/* ---- names ----------------------------------------------------------------------------------- */

static bool ends_in(const char *name, const char *const *ends)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *ends; ends++)
        if (strcasecmp(dot, *ends) == 0)
            return true;
    return false;
}

static bool is_picture(const char *name)
{
    static const char *const ends[] = { ".png", ".jpg", ".jpeg", NULL };
    return ends_in(name, ends);
}

/* Formats that the user may expect to be read. */
static bool is_other_picture(const char *name)
{
    static const char *const ends[] = { ".gif",  ".webp", ".bmp",  ".tif", ".tiff", ".heic",
                                        ".avif", ".jp2",  ".jfif", ".ppm", ".pgm",  NULL };
    return ends_in(name, ends);
}

/* Hidden names also cover "." and "..". */
static bool is_ignored(const char *name)
{
    return *name == '.' || strncmp(name, "__MACOSX", 8) == 0;
}

static Status add_file(PictureList *l, size_t at, Error *e)
{
    if (l->n == l->room) {
        const int room = l->room ? 2 * l->room : 256;
        PictureFile *file =
            l->n < INT_MAX / 4 ? realloc(l->file, (size_t)room * sizeof *file) : NULL;
        if (!file)
            return fail(e, GT_ERESOURCE, "%s: no memory for the names of %d pictures", l->path,
                        l->n);
        l->file = file;
        l->room = room;
    }
    l->file[l->n++] = (PictureFile){ .at = at };
    return GT_OK;
}

static void count_other(PictureList *l, const char *name)
{
    if (is_other_picture(name) && l->other++ == 0)
        snprintf(l->first_other, sizeof l->first_other, "%s", name);
}

/* ---- a folder -------------------------------------------------------------------------------- */

typedef struct Walk {
    PictureList *list;
    Text names;            /* of all pictures, each with its NUL */
    char path[NAME_BYTES]; /* below the folder of the list, "" or "a/b/" */
} Walk;

static Status fail_folder(const Walk *w, const char *what, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, GT_EDATA), "%s%s%s: %s: %s", w->list->path,
                *w->path ? "/" : "", w->path, what, strerror(error));
}

/* The type of a link is that of its target in the first level, where whole classes may be links. */
static bool is_folder(const struct dirent *entry, int fd, bool follow)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return fstatat(fd, entry->d_name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

static Status add_picture(Walk *w, const char *name, Error *e)
{
    const size_t at = w->names.used;
    text_add_bytes(&w->names, w->path, strlen(w->path));
    text_add_bytes(&w->names, name, strlen(name) + 1);
    return w->names.failed ? fail(e, GT_ERESOURCE, "%s: no memory for the names", w->list->path)
                           : add_file(w->list, at, e);
}

/* Adds the pictures of an open folder, and its folders to `below`, each with its NUL. */
static Status read_names(Walk *w, DIR *dir, int depth, Text *below, Error *e)
{
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(dir)); errno = 0) {
        const char *name = entry->d_name;
        if (is_ignored(name))
            continue;
        if (is_picture(name))
            TRY(add_picture(w, name, e));
        else if (depth < PICTURE_DEPTH && is_folder(entry, dirfd(dir), depth == 0))
            text_add_bytes(below, name, strlen(name) + 1);
        else
            count_other(w->list, name);
    }
    return errno == 0 ? GT_OK : fail_folder(w, "cannot be read", e);
}

static Status walk(Walk *w, int depth, Error *e);

static Status walk_below(Walk *w, const Text *below, int depth, Error *e)
{
    const size_t n = strlen(w->path);
    for (size_t i = 0; i < below->used; i += strlen(below->at + i) + 1) {
        const char *name = below->at + i;
        if (n + strlen(name) + 2 > NAME_BYTES)
            return fail(e, GT_EDATA, "%s/%s%s: the path is too long", w->list->path, w->path, name);
        sprintf(w->path + n, "%s/", name);
        TRY(walk(w, depth + 1, e));
        w->path[n] = '\0';
    }
    return GT_OK;
}

/* Adds what lies in w->path. Pictures in the folder itself make its subfolders irrelevant. */
static Status walk(Walk *w, int depth, Error *e)
{
    Text below = { 0 };
    const int fd =
        openat(w->list->folder, *w->path ? w->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        const Status s = fail_folder(w, "cannot be opened", e);
        if (fd >= 0)
            (void)close(fd);
        return s;
    }
    const int before = w->list->n;
    Status s = read_names(w, dir, depth, &below, e);
    (void)closedir(dir);
    if (s == GT_OK && below.failed)
        s = fail(e, GT_ERESOURCE, "%s: no memory for the names", w->list->path);
    if (s == GT_OK && (depth > 0 || w->list->n == before))
        s = walk_below(w, &below, depth, e);
    else if (s == GT_OK && below.used > 0) {
        w->list->beside++;
        snprintf(w->list->first_beside, sizeof w->list->first_beside, "%s/", below.at);
    }
    text_free(&below);
    return s;
}

static Status collect_folder(PictureList *l, Error *e)
{
    Walk w = { .list = l };
    const Status s = walk(&w, 0, e);
    l->names = w.names.at;
    for (int i = 0; s == GT_OK && i < l->n; i++)
        l->file[i].name = l->names + l->file[i].at;
    return s;
}

/* ---- an archive ------------------------------------------------------------------------------ */

/* Whether any folder of the name, or the name itself, is ignored. */
static bool is_ignored_path(const char *name)
{
    while (name) {
        if (is_ignored(name))
            return true;
        name = strchr(name, '/');
        name += name != NULL;
    }
    return false;
}

static Status collect_archive(PictureList *l, Error *e)
{
    TRY(zip_open(&l->zip, l->path, GT_EDATA, e));
    l->zipped = true;
    for (int i = 0; i < l->zip.n; i++) {
        const char *name = l->zip.entry[i].name;
        if (is_ignored_path(name) || !*name || name[strlen(name) - 1] == '/')
            continue;
        if (!is_picture(name)) {
            count_other(l, name);
            continue;
        }
        TRY(add_file(l, (size_t)i, e));
        l->file[l->n - 1].name = name + strspn(name, "/");
    }
    return GT_OK;
}

Status picture_names_collect(PictureList *l, Error *e)
{
    struct stat st;
    if (!*l->path)
        return fail(e, GT_ECONFIG, "data.dir: expected a folder or a .zip file, got \"\"");
    if (strlen(l->path) > NAME_BYTES)
        return fail(e, GT_EDATA, "%s: the path is too long", l->path);
    if (stat(l->path, &st) == 0 && !S_ISDIR(st.st_mode))
        return collect_archive(l, e);
    l->folder = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return l->folder < 0 ? fail_folder(&(Walk){ .list = l }, "cannot be opened", e)
                         : collect_folder(l, e);
}
