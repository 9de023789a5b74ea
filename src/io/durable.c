/* Raw system calls, because stdio would hide which one failed. Names are resolved against a
 * descriptor of the folder, so that a rename stays in the folder of the temporary file. */
#include "gantrain/io/durable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/io/temp_file.h"

enum { ATTEMPTS = 100, TEMP_DIGITS = 16, TEMP_TAIL = 200 };

static const char temp_prefix[] = ".tmp-";

static Status fail_call(const char *call, const char *path, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, GT_EOUTPUT), "%s: %s failed: %s", path, call,
                strerror(error));
}

/* ---- system calls, repeated after EINTR ------------------------------------------------------ */

static int open_at(int folder, const char *name, int flags)
{
    int fd;
    do
        fd = openat(folder, name, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static bool write_all(int fd, const unsigned char *at, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, at, size);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int sync_file(int fd)
{
    int result;
    do /* any other failure than EINTR is final */
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

static int truncate_file(int fd, off_t size)
{
    int result;
    do
        result = ftruncate(fd, size);
    while (result != 0 && errno == EINTR);
    return result;
}

/* Linux closes the descriptor even if it returns EINTR. */
static int close_file(int fd)
{
    const int result = close(fd);
    return result != 0 && errno == EINTR ? 0 : result;
}

/* Some file systems cannot sync folders or some kinds of files; nothing more can be done then. */
static int sync_folder(int folder)
{
    const int result = sync_file(folder);
    return result != 0 && (errno == EINVAL || errno == ENOTSUP) ? 0 : result;
}

/* ---- folder and name ------------------------------------------------------------------------- */

typedef struct Target {
    const char *path;
    const char *name; /* the part of the path after the last slash */
    int folder;       /* descriptor */
    char temp[TEMP_FILE_NAME];
} Target;

static Status target_open(Target *t, const char *path, Error *e)
{
    const char *slash = strrchr(path, '/');
    *t = (Target){ .path = path, .name = slash ? slash + 1 : path };
    const size_t length = (size_t)(t->name - path);
    char folder[PATH_MAX] = ".";
    if (length >= sizeof folder || t->name[0] == '\0') {
        errno = length >= sizeof folder ? ENAMETOOLONG : length > 0 ? EISDIR : ENOENT;
        return fail_call("open", path, e);
    }
    if (length > 0)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    t->folder = open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
    return t->folder < 0 ? fail_call("opening its folder", path, e) : GT_OK;
}

/* Probably unused; it need not be secret, because O_EXCL refuses an existing file. */
static uint64_t random_number(unsigned attempt)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t seed = (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
    return (seed ^ ((uint64_t)getpid() << 40)) * 0x9E3779B97F4A7C15u + attempt;
}

/* Creates a new file t->temp; returns its descriptor, or -1 with errno. */
static int temp_open(Target *t)
{
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        (void)snprintf(t->temp, sizeof t->temp, "%s%016llx-%.*s", temp_prefix,
                       (unsigned long long)random_number(attempt), TEMP_TAIL, t->name);
        temp_file_begin(t->folder, t->temp);
        const int fd = open_at(t->folder, t->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (fd >= 0)
            return fd;
        temp_file_end();
        if (errno != EEXIST)
            break;
    }
    return -1;
}

/* ---- whole files ----------------------------------------------------------------------------- */

/* Writes, syncs and closes `fd`; reports the first failure. */
static Status fill(int fd, const char *path, const Piece *piece, int n, Error *e)
{
    const char *call = NULL;
    for (int i = 0; i < n && !call; i++)
        if (!write_all(fd, piece[i].at, piece[i].size))
            call = "write";
    if (!call && sync_file(fd) != 0)
        call = "fsync";
    const int error = errno;
    if (close_file(fd) != 0 && !call)
        return fail_call("close", path, e);
    errno = error;
    return call ? fail_call(call, path, e) : GT_OK;
}

/* Refuses to replace a folder, and a device: root could replace /dev/null. */
static Status check_target(const Target *t, Error *e)
{
    struct stat st;
    if (fstatat(t->folder, t->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return GT_OK;
    if (S_ISDIR(st.st_mode))
        return fail(e, GT_EOUTPUT, "%s: is a folder: expected the path of a file", t->path);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        return fail(e, GT_EOUTPUT, "%s: is a device: choose another path", t->path);
    return GT_OK;
}

static Status write_to(Target *t, const Piece *piece, int n, Error *e)
{
    TRY(check_target(t, e));
    const int fd = temp_open(t);
    if (fd < 0)
        return fail_call("creating a temporary file beside it", t->path, e);
    Status status = fill(fd, t->path, piece, n, e);
    if (status == GT_OK && renameat(t->folder, t->temp, t->folder, t->name) != 0)
        status = fail_call("rename", t->path, e);
    if (status != GT_OK)
        (void)unlinkat(t->folder, t->temp, 0); /* else durable_sweep does it at the next start */
    temp_file_end();
    if (status != GT_OK)
        return status;
    return sync_folder(t->folder) == 0 ? GT_OK : fail_call("fsync of its folder", t->path, e);
}

Status durable_write_pieces(const char *path, const Piece *piece, int n, Error *e)
{
    Target target;
    TRY(target_open(&target, path, e));
    const Status status = write_to(&target, piece, n, e);
    (void)close(target.folder); /* read only: nothing can be lost */
    return status;
}

Status durable_probe(const char *folder, Error *e)
{
    Target t = { .path = folder, .name = "probe" };
    t.folder = open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
    if (t.folder < 0)
        return fail_call("opening it", folder, e);
    const int fd = temp_open(&t);
    Status status = GT_OK;
    if (fd < 0)
        status = fail_call("creating a file in it", folder, e);
    else if (!write_all(fd, (const unsigned char *)"x", 1)) /* quotas and limits count bytes */
        status = fail_call("writing a file in it", folder, e);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlinkat(t.folder, t.temp, 0);
        temp_file_end();
    }
    (void)close(t.folder);
    return status;
}

Status durable_write(const char *path, const void *bytes, size_t size, Error *e)
{
    const Piece whole = { bytes, size };
    return durable_write_pieces(path, &whole, 1, e);
}

/* Syncs the folder that contains the name `path`. */
static Status sync_parent(const char *path, Error *e)
{
    Target target;
    TRY(target_open(&target, path, e));
    const int result = sync_folder(target.folder);
    const Status status = result == 0 ? GT_OK : fail_call("fsync of its folder", path, e);
    (void)close(target.folder);
    return status;
}

/* ---- records --------------------------------------------------------------------------------- */

static Status append_record(int fd, const char *path, const void *bytes, size_t size, Error *e)
{
    struct stat before;
    if (fstat(fd, &before) != 0)
        return fail_call("fstat", path, e);
    if (!S_ISREG(before.st_mode))
        return fail(e, GT_EOUTPUT, "%s: not a regular file: remove it, or choose another path",
                    path);
    if (write_all(fd, bytes, size))
        return GT_OK;
    const Status status = fail_call("write", path, e);
    if (truncate_file(fd, before.st_size) != 0) /* the next record would be damaged, too */
        return fail_call("removing a partial record (ftruncate)", path, e);
    return status;
}

/* Opens the file, or creates it and syncs its name. */
static Status open_record(const char *path, int *fd, Error *e)
{
    /* O_NONBLOCK: does not wait for the reader of a FIFO */
    const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    *fd = open_at(AT_FDCWD, path, flags);
    if (*fd >= 0)
        return GT_OK;
    if (errno == ENOENT)
        *fd = open_at(AT_FDCWD, path, flags | O_CREAT);
    if (*fd < 0)
        return fail_call("open", path, e);
    const Status s = sync_parent(path, e);
    if (s != GT_OK)
        (void)close(*fd);
    return s;
}

Status durable_append(const char *path, const void *bytes, size_t size, Error *e)
{
    int fd;
    TRY(open_record(path, &fd, e));
    const Status status = append_record(fd, path, bytes, size, e);
    if (close_file(fd) != 0 && status == GT_OK)
        return fail_call("close", path, e);
    return status;
}

Status durable_sync(const char *path, Error *e)
{
    const int fd = open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? GT_OK : fail_call("open", path, e);
    const Status status = sync_folder(fd) == 0 ? GT_OK : fail_call("fsync", path, e);
    (void)close(fd); /* read only: nothing can be lost */
    return status;
}

Status durable_remove(const char *path, Error *e)
{
    return unlink(path) == 0 || errno == ENOENT ? GT_OK : fail_call("removing it", path, e);
}

/* ---- folders --------------------------------------------------------------------------------- */

static Status make_one(const char *path, Error *e)
{
    if (mkdir(path, 0777) == 0)
        return sync_parent(path, e);
    const int error = errno; /* EROFS and EACCES may also mean that the folder exists */
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return GT_OK;
    errno = error == EEXIST ? ENOTDIR : error;
    return fail_call("mkdir", path, e);
}

Status durable_mkdir(const char *path, Error *e)
{
    char part[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        errno = length == 0 ? ENOENT : ENAMETOOLONG;
        return fail_call("mkdir", path, e);
    }
    size_t n = 0;
    while (n < length) {
        while (path[n] == '/')
            n++;
        n += strcspn(path + n, "/");
        /* without a trailing slash, so that sync_parent finds the parent */
        (void)snprintf(part, sizeof part, "%.*s", (int)n, path);
        if (path[n - 1] != '/')
            TRY(make_one(part, e));
    }
    return GT_OK;
}

/* ---- files of killed processes --------------------------------------------------------------- */

static bool is_temp_name(const char *name)
{
    const size_t prefix = sizeof temp_prefix - 1;
    if (strncmp(name, temp_prefix, prefix) != 0)
        return false;
    name += prefix;
    return strspn(name, "0123456789abcdef") == TEMP_DIGITS && name[TEMP_DIGITS] == '-' &&
           name[TEMP_DIGITS + 1] != '\0';
}

void durable_sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (is_temp_name(entry->d_name))
            (void)unlinkat(dirfd(dir), entry->d_name, 0); /* not folders */
    (void)closedir(dir);
}
