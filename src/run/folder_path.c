/* Places that are no run folder: the root, the folder of the data, a folder of checkpoints. A run there would mix
 * its files with others' for good. Places are compared by inode, since a path can be written in many ways. */
#include <stdio.h>
#include <sys/stat.h>

#include "gantrain/run/folder.h"

static bool same_place(const struct stat *a, const char *path)
{
    struct stat b;
    return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Whether `path` is the checkpoints or samples of a run. A name that is cut is too long for the system, too. */
static bool is_inside_run(const struct stat *a, const char *path)
{
    static const char *const parts[] = { "checkpoints", "samples" };
    char beside[FOLDER_FILE];
    struct stat config;
    bool inside = false;
    snprintf(beside, sizeof beside, "%s/../config.json", path);
    if (stat(beside, &config) != 0)
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(beside, sizeof beside, "%s/../%s", path, parts[i]);
        inside |= same_place(a, beside);
    }
    return inside;
}

Status folder_check_path(const char *path, const char *data, Status code, Error *e)
{
    struct stat st;
    const char *what = NULL;
    if (stat(path, &st) != 0)
        return GT_OK; /* it is still to be made */
    if (same_place(&st, "/"))
        what = "the root of the file system";
    else if (same_place(&st, data))
        what = "the folder of the data";
    else if (is_inside_run(&st, path))
        what = "a part of another run";
    return what ? fail(e, code, "%s: is %s: expected a folder of its own for the run (--out)", path,
                       what)
                : GT_OK;
}
