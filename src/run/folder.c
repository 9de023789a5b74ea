/* The files of a run folder. Only files with exactly the names that a run gives are listed, and
 * ever removed. */
#include "gantrain/run/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"

/* Files that carry a number: <folder>/<prefix><at least `digits` digits><suffix>. */
typedef struct Series {
    const char *folder, *prefix;
    int digits;
    const char *suffix;
} Series;

static const Series checkpoints = { "checkpoints", "ckpt-", 8, ".safetensors" };
static const Series samples = { "samples", "epoch-", 4, ".png" };

static void numbered_file(const RunFolder *f, const Series *s, uint64_t n, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s/%s/%s%0*" PRIu64 "%s", f->path, s->folder, s->prefix, s->digits,
             n, s->suffix);
}

void folder_file(const RunFolder *f, const char *name, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s/%s", f->path, name);
}

void folder_checkpoint(const RunFolder *f, uint64_t step, char out[FOLDER_FILE])
{
    numbered_file(f, &checkpoints, step, out);
}

void folder_sample(const RunFolder *f, uint64_t epoch, char out[FOLDER_FILE])
{
    numbered_file(f, &samples, epoch, out);
}

static Status fail_errno(const char *path, const char *what, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, GT_EOUTPUT), "%s: %s%s", path, what, strerror(error));
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The folder itself and those in it. */
static const char *const parts[] = { "", "/samples", "/checkpoints" };
enum { PARTS = sizeof parts / sizeof *parts };

static void part_path(const RunFolder *f, int i, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%s%s", f->path, parts[i]);
}

bool folder_set(RunFolder *f, const char *path)
{
    f->lock = -1;
    f->unlocked = false;
    const int n = snprintf(f->path, sizeof f->path, "%s", path);
    return n < (int)sizeof f->path;
}

Status folder_open(RunFolder *f, const char *path, bool no_lock, Error *e)
{
    static const char busy[] =
        "another gantrain is training in this folder; wait for it or use --out";
    char part[FOLDER_FILE];
    if (!folder_set(f, path))
        return fail(e, GT_EOUTPUT, "%.80s...: the path of the run folder is too long", path);
    TRY(durable_mkdir(path, e));
    Status s = folder_lock(&f->lock, f->path, busy, no_lock ? &f->unlocked : NULL, e);
    for (int i = 1; s == GT_OK && i < PARTS; i++) {
        part_path(f, i, part);
        s = durable_mkdir(part, e);
    }
    for (int i = 0; s == GT_OK && i < PARTS; i++) {
        part_path(f, i, part);
        durable_sweep(part);
    }
    if (s != GT_OK)
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

Status folder_check_writable(const RunFolder *f, Error *e)
{
    char path[FOLDER_FILE];
    for (int i = 0; i < PARTS; i++) {
        part_path(f, i, path);
        TRY(durable_probe(path, e));
    }
    folder_file(f, "metrics.jsonl", path);
    if (access(path, W_OK) != 0 && errno != ENOENT)
        return fail(e, GT_EOUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    return GT_OK;
}

/* ---- listing --------------------------------------------------------------------------------- */

/* The number in a name of the series. False: another name, even one that only has a digit too
 * many. */
static bool parse_number(const char *name, const Series *s, uint64_t *n)
{
    const size_t before = strlen(s->prefix), min_digits = (size_t)s->digits;
    if (strncmp(name, s->prefix, before) != 0)
        return false;
    const size_t digits = strspn(name + before, "0123456789");
    if (digits < min_digits || digits > 18 || (digits > min_digits && name[before] == '0') ||
        strcmp(name + before + digits, s->suffix) != 0)
        return false;
    *n = strtoull(name + before, NULL, 10);
    return true;
}

/* No two names have the same number. */
static int newest_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : -1;
}

typedef struct Numbers {
    uint64_t *at; /* [n] owned */
    int n, size;
} Numbers;

static bool append(Numbers *all, uint64_t number)
{
    if (all->n == all->size) {
        const int size = all->size ? 2 * all->size : 16;
        uint64_t *more = realloc(all->at, (size_t)size * sizeof *more);
        if (!more)
            return false;
        all->at = more;
        all->size = size;
    }
    all->at[all->n++] = number;
    return true;
}

/* A file that vanishes meanwhile is skipped. Every other failure is an error: a checkpoint that the
 * list lacks would be trained again. */
static Status read_numbers(DIR *dir, const char *path, const Series *s, Numbers *all, Error *e)
{
    for (;;) {
        uint64_t number;
        struct stat st;
        errno = 0; /* only errno distinguishes a failure from the end */
        const struct dirent *d = readdir(dir);
        if (!d)
            return errno ? fail_errno(path, "cannot be listed: ", e) : GT_OK;
        if (!parse_number(d->d_name, s, &number))
            continue;
        const bool there = fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && errno != ENOENT)
            return fail_errno(path, "cannot be listed: ", e);
        if (there && S_ISREG(st.st_mode) && !append(all, number))
            return fail(e, GT_ERESOURCE, "%s: no memory to list it", path);
    }
}

/* Numbers of the regular files of a series, newest first. */
static Status list(const RunFolder *f, const Series *s, uint64_t **found, int *n, Error *e)
{
    char path[FOLDER_FILE];
    Numbers all = { 0 };
    folder_file(f, s->folder, path);
    DIR *dir;
    do
        dir = opendir(path);
    while (!dir && errno == EINTR);
    if (!dir)
        return fail_errno(path, "cannot be listed: ", e);
    const Status status = read_numbers(dir, path, s, &all, e);
    closedir(dir);
    if (status != GT_OK) {
        free(all.at);
        return status;
    }
    if (all.n > 0)
        qsort(all.at, (size_t)all.n, sizeof *all.at, newest_first);
    *found = all.at;
    *n = all.n;
    return GT_OK;
}

Status folder_checkpoints(const RunFolder *f, uint64_t **steps, int *n, Error *e)
{
    return list(f, &checkpoints, steps, n, e);
}

Status folder_samples(const RunFolder *f, uint64_t **epochs, int *n, Error *e)
{
    return list(f, &samples, epochs, n, e);
}

static bool is_there(const RunFolder *f, const char *name)
{
    char path[FOLDER_FILE];
    folder_file(f, name, path);
    return file_exists(path);
}

bool folder_has_run(const RunFolder *f)
{
    return is_there(f, "config.json") || is_there(f, "metrics.jsonl");
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool has_samples(const RunFolder *f)
{
    uint64_t *epochs = NULL;
    int n = 0;
    Error ignored = { 0 };
    if (folder_samples(f, &epochs, &n, &ignored) != GT_OK)
        return false;
    free(epochs);
    return n > 0;
}

static Status fail_no_run(const RunFolder *f, Error *e)
{
    if (is_there(f, "study.json"))
        return fail(e, GT_EDATA,
                    "%s: holds a study: its runs are in CELL/SEED below, such as %.80s/CELL/1",
                    f->path, f->path);
    return fail(e, GT_EDATA,
                "%s: holds no run: expected config.json, metrics.jsonl or samples/epoch-*.png",
                f->path);
}

Status folder_find(RunFolder *f, const char *path, Error *e)
{
    struct stat st;
    if (!folder_set(f, path))
        return fail(e, GT_EDATA, "%.80s...: the path of the run folder is too long", path);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        f->path[n - 1] = '\0';
    const int why = stat(f->path, &st) == 0 ? 0 : errno;
    if (why != 0 && why != ENOENT && why != ENOTDIR)
        return fail(e, status_of_errno(why, GT_EDATA), "%s: %s", f->path, strerror(why));
    if (why != 0)
        return fail(e, GT_EDATA,
                    "%s: no such folder: expected the folder of a run, such as runs/mnist",
                    f->path);
    if (!S_ISDIR(st.st_mode))
        return fail(e, GT_EDATA, "%s: is a file: expected the folder of a run, such as runs/mnist",
                    f->path);
    return folder_has_run(f) || has_samples(f) ? GT_OK : fail_no_run(f, e);
}

bool folder_step_of(const char *checkpoint, uint64_t *step)
{
    const char *slash = strrchr(checkpoint, '/');
    return parse_number(slash ? slash + 1 : checkpoint, &checkpoints, step);
}

/* ---- removing -------------------------------------------------------------------------------- */

/* Removes the files with the numbers from `oldest` on and syncs the folder: a checkpoint that came
 * back after a loss of power would be taken for one of the resumed run. */
static Status remove_files(const RunFolder *f, const Series *s, uint64_t oldest, Error *e)
{
    char path[FOLDER_FILE];
    uint64_t *numbers = NULL;
    int n = 0;
    Status status = list(f, s, &numbers, &n, e);
    for (int i = 0; status == GT_OK && i < n; i++) {
        if (numbers[i] < oldest)
            continue;
        numbered_file(f, s, numbers[i], path);
        status = durable_remove(path, e);
    }
    free(numbers);
    folder_file(f, s->folder, path);
    return status == GT_OK && n > 0 ? durable_sync(path, e) : status;
}

Status folder_truncate(const RunFolder *f, uint64_t step, uint64_t epoch, Error *e)
{
    char snapshot[FOLDER_FILE];
    folder_file(f, FOLDER_SNAPSHOT, snapshot);
    TRY(durable_remove(snapshot, e));
    TRY(remove_files(f, &samples, epoch + 1, e));
    return remove_files(f, &checkpoints, step + 1, e);
}

/* config.json goes last, once the other removals are synced: until then the folder counts as
 * used. */
Status folder_clear(const RunFolder *f, Error *e)
{
    static const char *const files[] = { "report.html",   "environment.json", FOLDER_BEST,
                                         FOLDER_SNAPSHOT, FOLDER_CONFUSION,   "metrics.jsonl" };
    char path[FOLDER_FILE];
    TRY(remove_files(f, &checkpoints, 0, e));
    TRY(remove_files(f, &samples, 0, e));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        folder_file(f, files[i], path);
        TRY(durable_remove(path, e));
    }
    TRY(durable_sync(f->path, e));
    folder_file(f, "config.json", path);
    return durable_remove(path, e);
}
