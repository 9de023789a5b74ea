/* The lock of a folder: flock on the folder itself, which the kernel releases however the process
 * ends. /proc/locks names the process that holds it. */
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

/* The process whose lock on this file a line of /proc/locks reports; 0: the line is about another
 * lock. */
static long parse_holder(const char *line, const struct stat *st)
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

/* The process that holds the lock of an open file; 0: unknown on this machine. */
static long find_holder(int fd)
{
    enum { LIMIT = 1 << 20 };
    Bytes locks = { 0 };
    struct stat st;
    long process = 0;
    if (fstat(fd, &st) != 0 || file_read(&locks, "/proc/locks", LIMIT, GT_EOUTPUT, NULL) != GT_OK)
        return 0;
    const char *line = (const char *)locks.at;
    while (line && process <= 0) { /* -1: a process of another container */
        process = parse_holder(line, &st);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    bytes_free(&locks);
    return process > 0 ? process : 0;
}

static Status fail_busy(int fd, const char *path, const char *busy, Error *e)
{
    char host[HOST_NAME_MAX + 1] = "";
    const long process = find_holder(fd);
    if (process == 0 || gethostname(host, sizeof host - 1) != 0)
        return fail(e, GT_EBUSY,
                    "%s: %s (the process is not visible from here: just ending, on another "
                    "machine, or in a container)",
                    path, busy);
    return fail(e, GT_EBUSY, "%s: %s (process %ld on %s)", path, busy, process, host);
}

/* Whether flock failed because the file system supports no locks. */
static bool is_unsupported(int error)
{
    return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS;
}

/* 0, or the errno. */
static int try_lock(int fd)
{
    for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

Status folder_lock(int *lock, const char *path, const char *busy, bool *unlocked, Error *e)
{
    do
        *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (*lock < 0 && errno == EINTR);
    if (*lock < 0) {
        const int error = errno;
        return fail(e, status_of_errno(error, GT_EOUTPUT), "%s: cannot open the folder: %s", path,
                    strerror(error));
    }
    const int error = try_lock(*lock);
    if (unlocked)
        *unlocked = is_unsupported(error);
    if (error == 0 || (unlocked && *unlocked))
        return GT_OK;
    const Status s =
        error == EWOULDBLOCK
            ? fail_busy(*lock, path, busy, e)
            : fail(e, GT_EOUTPUT, "%s: cannot lock the folder: %s%s", path, strerror(error),
                   is_unsupported(error)
                       ? ": this file system has no locks; use another folder, or train with "
                         "--no-lock and start only one gantrain in it"
                       : "");
    close(*lock);
    *lock = -1;
    return s;
}
