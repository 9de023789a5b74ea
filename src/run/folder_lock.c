/* Whose the run folder is, and where it is.
 *
 * flock on the folder itself: the kernel gives it back when the process ends, however it ends, and tells in
 * /proc/locks who has it. The descriptor also finds the folder again when somebody moves it. */
#include "gantrain/run/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"

/* ---- the lock --------------------------------------------------------------------------------------- */

/* The process in a line of /proc/locks that locks this file, or 0. */
static long holder_in(const char *line, const struct stat *st)
{
    char kind[16];
    long process;
    unsigned major_number, minor_number;
    uint64_t inode;
    if (sscanf(line, "%*d: %15s %*s %*s %ld %x:%x:%" SCNu64, kind, &process, &major_number,
               &minor_number, &inode) != 5)
        return 0;
    return strcmp(kind, "FLOCK") == 0 && inode == st->st_ino && major_number == major(st->st_dev) &&
                   minor_number == minor(st->st_dev)
               ? process
               : 0;
}

/* The process that has the lock of an open file, or 0 when this machine cannot tell. */
static long holder_of(int fd)
{
    enum { LIMIT = 1 << 20 };
    Bytes locks = { 0 };
    struct stat st;
    long process = 0;
    if (fstat(fd, &st) != 0 || file_read(&locks, "/proc/locks", LIMIT, GT_EOUTPUT, NULL) != GT_OK)
        return 0;
    const char *line = (const char *)locks.at;
    while (line && process <= 0) {
        process = holder_in(line, &st);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    bytes_free(&locks);
    return process > 0 ? process : 0;
}

static Status busy_folder(int fd, const char *path, const char *busy, Error *e)
{
    char host[HOST_NAME_MAX + 1] = "";
    const long process = holder_of(fd);
    if (process == 0 || gethostname(host, sizeof host - 1) != 0)
        return fail(e, GT_EBUSY,
                    "%s: %s (it cannot be seen from here: just ending, on another machine, or in a "
                    "container)",
                    path, busy);
    return fail(e, GT_EBUSY, "%s: %s (process %ld on %s)", path, busy, process, host);
}

/* What file systems without locks say. */
static bool has_no_locks(int error)
{
    return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS;
}

/* 0, or the errno. */
static int lock_now(int fd)
{
    for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

/* `why`: the errno of a folder that could be opened but not locked. */
static Status take_lock(int *lock, int *why, const char *path, const char *busy, Error *e)
{
    do
        *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (*lock < 0 && errno == EINTR);
    *why = 0;
    if (*lock < 0) {
        const int error = errno;
        return fail(e, status_of_errno(error, GT_EOUTPUT), "%s: cannot open the folder: %s", path,
                    strerror(error));
    }
    *why = lock_now(*lock);
    if (*why == 0)
        return GT_OK;
    if (*why == EWOULDBLOCK)
        return busy_folder(*lock, path, busy, e);
    return fail(e, GT_EOUTPUT, "%s: cannot lock the folder: %s", path, strerror(*why));
}

static void let_go(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}

Status folder_lock(int *lock, const char *path, const char *busy, Error *e)
{
    int why;
    const Status s = take_lock(lock, &why, path, busy, e);
    if (s != GT_OK)
        let_go(lock);
    return s;
}

Status folder_take(RunFolder *f, bool no_lock, Error *e)
{
    static const char busy[] =
        "another gantrain is training in this folder; wait for it or use --out";
    int why;
    Status s = take_lock(&f->lock, &why, f->path, busy, e);
    f->unlocked = no_lock && has_no_locks(why);
    if (f->unlocked) {
        *e = (Error){ 0 };
        return GT_OK;
    }
    if (has_no_locks(why))
        s = fail(e, GT_EOUTPUT,
                 "%s: cannot lock the folder: %s: this file system has no locks; --no-lock trains "
                 "without, then see to it that no other gantrain does in this folder",
                 f->path, strerror(why));
    if (s != GT_OK)
        let_go(&f->lock);
    return s;
}

/* ---- the place -------------------------------------------------------------------------------------- */

/* Whether that file is at `path`; what cannot be asked for is not said to be another one. */
static bool may_be_at(const struct stat *a, const char *path)
{
    struct stat b;
    if (stat(path, &b) != 0)
        return errno != ENOENT && errno != ENOTDIR;
    return a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

FolderPlace folder_follow(RunFolder *f)
{
    char link[64], path[FOLDER_PATH];
    struct stat ours;
    if (f->lock < 0 || fstat(f->lock, &ours) != 0 || may_be_at(&ours, f->path))
        return FOLDER_HERE;
    snprintf(link, sizeof link, "/proc/self/fd/%d", f->lock);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    if (n <= 0 || !may_be_at(&ours, path))
        return FOLDER_GONE;
    memcpy(f->path, path, (size_t)n + 1);
    return FOLDER_MOVED;
}

bool folder_repair(RunFolder *f)
{
    const FolderPlace place = folder_follow(f);
    if (place == FOLDER_MOVED)
        return true;
    if (place == FOLDER_GONE || f->lock < 0)
        return false;
    const bool samples = mkdirat(f->lock, "samples", 0777) == 0;
    const bool checkpoints = mkdirat(f->lock, "checkpoints", 0777) == 0;
    return (samples || checkpoints) && durable_sync(f->path, NULL) == GT_OK;
}
