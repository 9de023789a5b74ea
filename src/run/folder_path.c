/* Which folder a path names. Folders are compared by inode, because a path can be written in many
 * ways. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/run/folder.h"

static bool is_same_file(const struct stat *a, const char *path)
{
    struct stat b;
    return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Whether `path` is the checkpoints or samples folder of a run. */
static bool is_inside_run(const struct stat *a, const char *path)
{
    static const char *const parts[] = { "checkpoints", "samples" };
    char sibling[FOLDER_FILE]; /* a name that is cut here is too long for the system, too */
    struct stat config;
    bool inside = false;
    snprintf(sibling, sizeof sibling, "%s/../config.json", path);
    if (stat(sibling, &config) != 0)
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(sibling, sizeof sibling, "%s/../%s", path, parts[i]);
        inside |= is_same_file(a, sibling);
    }
    return inside;
}

Status folder_check_path(const char *path, const char *data, Status code, Error *e)
{
    struct stat st;
    const char *what = NULL;
    if (stat(path, &st) != 0)
        return GT_OK;
    if (is_same_file(&st, "/"))
        what = "the root of the file system";
    else if (is_same_file(&st, data))
        what = "the folder of the data";
    else if (is_inside_run(&st, path))
        what = "a part of another run";
    return what ? fail(e, code, "%s: is %s: expected a folder of its own for the run (--out)", path,
                       what)
                : GT_OK;
}

/* A failing stat() is no proof that the folder has gone, unless it says so. */
bool folder_in_place(const RunFolder *f)
{
    struct stat opened, now;
    if (fstat(f->lock, &opened) != 0)
        return true;
    if (stat(f->path, &now) != 0)
        return errno != ENOENT && errno != ENOTDIR;
    return opened.st_dev == now.st_dev && opened.st_ino == now.st_ino;
}

bool folder_contains(const RunFolder *f, const char *checkpoint)
{
    char ours[FOLDER_FILE], theirs[FOLDER_FILE];
    struct stat st;
    const char *slash = strrchr(checkpoint, '/');
    const int n = slash ? (int)(slash - checkpoint) + 1 : 0;
    folder_file(f, "checkpoints", ours);
    if (n >= FOLDER_FILE)
        return false;
    snprintf(theirs, sizeof theirs, "%.*s", n ? n : 1, n ? checkpoint : ".");
    return stat(ours, &st) == 0 && is_same_file(&st, theirs);
}

/* RFC 3986, section 2.3 */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~/", c));
}

bool folder_url(const RunFolder *f, const char *name, char out[FOLDER_URL])
{
    char file[FOLDER_FILE], whole[PATH_MAX];
    folder_file(f, name, file);
    if (!realpath(file, whole) || strlen(whole) >= FOLDER_FILE)
        return false;
    size_t used = (size_t)sprintf(out, "file://");
    for (const char *c = whole; *c; c++)
        if (is_unreserved(*c))
            used += (size_t)sprintf(out + used, "%c", *c);
        else
            used += (size_t)sprintf(out + used, "%%%02X", (unsigned char)*c);
    return true;
}

static bool newest_in(const RunFolder *f, char out[FOLDER_FILE])
{
    uint64_t *steps = NULL;
    int n = 0;
    Error ignored = { 0 };
    if (folder_checkpoints(f, &steps, &n, &ignored) == GT_OK && n > 0)
        folder_checkpoint(f, steps[0], out);
    free(steps);
    return n > 0;
}

bool folder_newest_checkpoint(const char *path, char out[FOLDER_FILE])
{
    static const char part[] = "/checkpoints";
    RunFolder f;
    if (!folder_set(&f, path))
        return false;
    for (size_t n = strlen(f.path); n > 1 && f.path[n - 1] == '/'; n--)
        f.path[n - 1] = '\0';
    if (newest_in(&f, out))
        return true;
    if (!text_has_suffix(f.path, part))
        return false;
    f.path[strlen(f.path) - strlen(part)] = '\0';
    return newest_in(&f, out);
}
