/* Places that are no run folder: the root, the folder of the data, a folder of checkpoints. A run there would mix
 * its files with others' for good. Places are compared by inode, since a path can be written in many ways. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/run/folder.h"

static bool same_place(const struct stat *a, const char *path)
{
    struct stat b;
    return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* The last name of a path, without the slashes behind it. */
static bool is_named(const char *path, const char *name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    const size_t n = strlen(name);
    return end >= n && strncmp(path + end - n, name, n) == 0 &&
           (end == n || path[end - n - 1] == '/');
}

/* Whether `path` is the checkpoints or samples of a run. */
static bool is_inside_run(const char *path)
{
    char config[FOLDER_FILE];
    struct stat st;
    if (!is_named(path, "checkpoints") && !is_named(path, "samples"))
        return false;
    const int n = snprintf(config, sizeof config, "%s/../config.json", path);
    return n < (int)sizeof config && stat(config, &st) == 0;
}

Status folder_place(const char *path, const char *data, Status code, Error *e)
{
    struct stat st;
    const char *what = NULL;
    if (stat(path, &st) != 0)
        return GT_OK; /* it is still to be made */
    if (same_place(&st, "/"))
        what = "the root of the file system";
    else if (same_place(&st, data))
        what = "the folder of the data";
    else if (is_inside_run(path))
        what = "a part of another run";
    return what ? fail(e, code, "%s: is %s: expected a folder of its own for the run (--out)", path,
                       what)
                : GT_OK;
}
