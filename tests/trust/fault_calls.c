/* Wrappers of all fallible calls except memory allocation. */
#define _GNU_SOURCE
#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEXT(name) (*next ? (void)0 : (void)(*(void **)next = dlsym(RTLD_NEXT, name)))

/* A function that returns `failure` if the call must fail, else calls the original. */
#define WRAP(type, name, family, failure, parameters, arguments)                                   \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*call) parameters;                                                             \
        type(**next) parameters = &call;                                                           \
        NEXT(#name);                                                                               \
        return fails(FAMILY_##family) ? (failure) : call arguments;                                \
    }

/* The same for read and write, whose byte count may also be reduced to 1. */
#define WRAP_BYTES(name, family, buffer, tail_parameters, tail_arguments)                          \
    ssize_t name(int fd, buffer at, size_t size tail_parameters)                                   \
    {                                                                                              \
        static ssize_t (*call)(int, buffer, size_t tail_parameters);                               \
        ssize_t (**next)(int, buffer, size_t tail_parameters) = &call;                             \
        NEXT(#name);                                                                               \
        const int error = count_call(FAMILY_##family);                                             \
        if (error == SHORT)                                                                        \
            return call(fd, at, size > 1 ? 1 : size tail_arguments);                               \
        if (error == 0)                                                                            \
            return call(fd, at, size tail_arguments);                                              \
        if (fd == STDERR_FILENO)                                                                   \
            count_stderr_failure();                                                                \
        errno = error;                                                                             \
        return -1;                                                                                 \
    }

#define NO_PARAMETER
#define OFFSET , off_t offset
#define OFFSET_ARGUMENT , offset
WRAP_BYTES(read, read, void *, NO_PARAMETER, NO_PARAMETER)
WRAP_BYTES(write, write, const void *, NO_PARAMETER, NO_PARAMETER)
WRAP_BYTES(pread, read, void *, OFFSET, OFFSET_ARGUMENT)
WRAP_BYTES(pread64, read, void *, OFFSET, OFFSET_ARGUMENT)
WRAP_BYTES(pwrite, write, const void *, OFFSET, OFFSET_ARGUMENT)
WRAP_BYTES(pwrite64, write, const void *, OFFSET, OFFSET_ARGUMENT)

WRAP(int, fsync, fsync, -1, (int fd), (fd))
WRAP(int, fdatasync, fsync, -1, (int fd), (fd))
WRAP(int, rename, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, renameat, rename, -1, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, renameat2, rename, -1, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(int, unlink, unlink, -1, (const char *path), (path))
WRAP(int, unlinkat, unlink, -1, (int folder, const char *path, int flags), (folder, path, flags))
WRAP(int, rmdir, unlink, -1, (const char *path), (path))
WRAP(int, mkdir, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, mkdir, -1, (int folder, const char *path, mode_t mode), (folder, path, mode))
WRAP(int, ftruncate, truncate, -1, (int fd, off_t size), (fd, size))
WRAP(int, ftruncate64, truncate, -1, (int fd, off_t size), (fd, size))
WRAP(int, fallocate, truncate, -1, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
WRAP(int, fallocate64, truncate, -1, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
WRAP(int, posix_fallocate, truncate, errno, (int fd, off_t at, off_t n), (fd, at, n))
WRAP(int, posix_fallocate64, truncate, errno, (int fd, off_t at, off_t n), (fd, at, n))
WRAP(int, flock, flock, -1, (int fd, int how), (fd, how))
WRAP(int, stat, stat, -1, (const char *path, struct stat *st), (path, st))
WRAP(int, lstat, stat, -1, (const char *path, struct stat *st), (path, st))
WRAP(int, fstat, stat, -1, (int fd, struct stat *st), (fd, st))
WRAP(int, fstatat, stat, -1, (int folder, const char *path, struct stat *st, int flags),
     (folder, path, st, flags))
WRAP(int, access, stat, -1, (const char *path, int how), (path, how))
WRAP(int, faccessat, stat, -1, (int folder, const char *path, int how, int flags),
     (folder, path, how, flags))
WRAP(DIR *, opendir, list, NULL, (const char *path), (path))
WRAP(DIR *, fdopendir, list, NULL, (int fd), (fd))
WRAP(struct dirent *, readdir, list, NULL, (DIR * dir), (dir))
WRAP(void *, mmap, map, MAP_FAILED, (void *at, size_t n, int how, int flags, int fd, off_t from),
     (at, n, how, flags, fd, from))
WRAP(int, madvise, map, -1, (void *at, size_t n, int advice), (at, n, advice))
WRAP(int, pthread_create, thread, errno,
     (pthread_t * thread, const pthread_attr_t *how, void *(*body)(void *), void *args),
     (thread, how, body, args))
WRAP(pid_t, fork, process, -1, (void), ())
WRAP(int, isatty, terminal, 0, (int fd), (fd))
WRAP(FILE *, fopen, open, NULL, (const char *path, const char *how), (path, how))

int getrlimit(__rlimit_resource_t what, struct rlimit *limit)
{
    return fails(FAMILY_limit) ? -1 : (int)syscall(SYS_prlimit64, 0, what, NULL, limit);
}

/* Calls in constructors of the library are not counted: libgfortran, a dependency of OpenBLAS,
 * exits if its first allocation fails. */
void *dlopen(const char *name, int flags)
{
    static void *(*call)(const char *, int);
    void *(**next)(const char *, int) = &call;
    NEXT("dlopen");
    if (fails(FAMILY_load))
        return NULL;
    const bool before = pause_counting();
    void *library = call(name, flags);
    resume_counting(before);
    return library;
}

/* As on Linux, the descriptor is closed even if close fails. */
int close(int fd)
{
    const bool failed = fails(FAMILY_close);
    const int error = errno, result = (int)syscall(SYS_close, fd);
    if (failed)
        errno = error;
    return failed ? -1 : result;
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails(FAMILY_open) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return openat(AT_FDCWD, path, flags, mode);
}
