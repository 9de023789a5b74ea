/* One process a folder (flock on the folder itself), and only files with our own names are touched. */
#include "gantrain/run/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/io/durable.h"

void folder_file(const RunFolder *f, const char *name, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s/%s", f->path, name);
}

void folder_checkpoint(const RunFolder *f, uint64_t step, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s/checkpoints/ckpt-%08" PRIu64 ".safetensors", f->path, step);
}

void folder_sample(const RunFolder *f, uint64_t epoch, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s/samples/epoch-%04" PRIu64 ".png", f->path, epoch);
}

/* ---- opening --------------------------------------------------------------------------------------- */

static Status make_folders(const RunFolder *f, Error *e)
{
    char path[FOLDER_FILE];
    folder_file(f, "samples", path);
    TRY(folder_make(path, e));
    folder_file(f, "checkpoints", path);
    return folder_make(path, e);
}

static Status lock(RunFolder *f, Error *e)
{
    f->lock = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->lock < 0)
        return fail(e, GT_EOUTPUT, "%s: cannot open the run folder: %s", f->path, strerror(errno));
    if (flock(f->lock, LOCK_EX | LOCK_NB) == 0)
        return GT_OK;
    if (errno == EWOULDBLOCK)
        return fail(e, GT_EBUSY,
                    "%s: another gantrain is training in this folder; wait for it or use --out",
                    f->path);
    return fail(e, GT_EOUTPUT, "%s: cannot lock the run folder: %s", f->path, strerror(errno));
}

static void sweep(const RunFolder *f)
{
    char path[FOLDER_FILE];
    durable_sweep(f->path);
    folder_file(f, "samples", path);
    durable_sweep(path);
    folder_file(f, "checkpoints", path);
    durable_sweep(path);
}

Status folder_open(RunFolder *f, const char *path, Error *e)
{
    f->lock = -1;
    if (strlen(path) >= sizeof f->path)
        return fail(e, GT_EOUTPUT, "%.80s...: the path of the run folder is too long", path);
    snprintf(f->path, sizeof f->path, "%s", path);
    TRY(folder_make(path, e));
    Status s = lock(f, e);
    if (s == GT_OK)
        s = make_folders(f, e);
    if (s == GT_OK)
        sweep(f);
    else
        folder_close(f);
    return s;
}

void folder_close(RunFolder *f)
{
    if (f && *f->path && f->lock >= 0)
        close(f->lock);
    if (f)
        *f = (RunFolder){ .lock = -1 };
}

/* ---- listing --------------------------------------------------------------------------------------- */

/* The number in prefix<digits>suffix, or false. */
static bool numbered(const char *name, const char *prefix, const char *suffix, uint64_t *n)
{
    const size_t before = strlen(prefix);
    if (strncmp(name, prefix, before) != 0)
        return false;
    const size_t digits = strspn(name + before, "0123456789");
    if (digits < 4 || digits > 18 || strcmp(name + before + digits, suffix) != 0)
        return false;
    *n = strtoull(name + before, NULL, 10);
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Numbers of the regular files prefix<n>suffix in a folder of the run, newest first. */
static Status list(const RunFolder *f, const char *folder, const char *prefix, const char *suffix,
                   uint64_t **found, int *n, Error *e)
{
    char path[FOLDER_FILE];
    folder_file(f, folder, path);
    DIR *dir = opendir(path);
    if (!dir)
        return fail(e, GT_EOUTPUT, "%s: %s", path, strerror(errno));

    uint64_t number, *numbers = NULL;
    int used = 0, room = 0;
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        struct stat st;
        if (!numbered(d->d_name, prefix, suffix, &number) ||
            fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (used == room) {
            room = room ? 2 * room : 16;
            uint64_t *more = realloc(numbers, (size_t)room * sizeof *more);
            if (!more) {
                free(numbers);
                closedir(dir);
                return fail(e, GT_ERESOURCE, "%s: no memory to list it", path);
            }
            numbers = more;
        }
        numbers[used++] = number;
    }
    closedir(dir);
    if (used)
        qsort(numbers, (size_t)used, sizeof *numbers, newest_first);
    *found = numbers;
    *n = used;
    return GT_OK;
}

Status folder_checkpoints(const RunFolder *f, uint64_t **steps, int *n, Error *e)
{
    return list(f, "checkpoints", "ckpt-", ".safetensors", steps, n, e);
}

/* ---- removing -------------------------------------------------------------------------------------- */

static Status remove_file(const char *path, Error *e)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(e, GT_EOUTPUT, "%s: cannot remove it: %s", path, strerror(errno));
    return GT_OK;
}

Status folder_rotate(const RunFolder *f, int64_t keep, Error *e)
{
    char path[FOLDER_FILE];
    uint64_t *steps = NULL;
    int n = 0;
    Status s = folder_checkpoints(f, &steps, &n, e);
    for (int i = (int)(keep < n ? keep : n); s == GT_OK && i < n; i++) {
        folder_checkpoint(f, steps[i], path);
        s = remove_file(path, e);
    }
    free(steps);
    return s;
}

Status folder_clear(const RunFolder *f, Error *e)
{
    char path[FOLDER_FILE];
    uint64_t *epochs = NULL;
    int n = 0;
    Status s = folder_rotate(f, 0, e);
    if (s == GT_OK)
        s = list(f, "samples", "epoch-", ".png", &epochs, &n, e);
    for (int i = 0; s == GT_OK && i < n; i++) {
        folder_sample(f, epochs[i], path);
        s = remove_file(path, e);
    }
    free(epochs);
    for (int i = 0; s == GT_OK && i < 2; i++) {
        folder_file(f, i ? "config.json" : "metrics.jsonl", path);
        s = remove_file(path, e);
    }
    return s;
}
