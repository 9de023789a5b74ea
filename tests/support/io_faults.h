/* Fault injection by the method of SQLite's tests [1]: the n-th call fails, for n = 1, 2, ...
 * until the operation ends without reaching it, so that each of its calls has failed once.
 *
 * The linker redirects the calls of our code (--wrap, tests/CMakeLists.txt: every *_faults.c and
 * faults_*.c); zlib fails as a whole. Without an armed fault calls are unchanged. A
 * failing close closes, as in Linux.
 * [1] https://www.sqlite.org/testing.html, section 3 */
#ifndef GANTRAIN_TESTS_IO_FAULTS_H
#define GANTRAIN_TESTS_IO_FAULTS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/status.h"

#include <cmocka.h> /* after ours: it has a macro called fail */

/* Libraries; all other names are system calls. */
#define MEMORY "=memory" /* any allocation                                  */
#define ZLIB "=zlib"     /* inflating; the error is zlib's                  */

typedef struct Fault {
    const char *call; /* a system call, a library, or NULL: any system call               */
    int error;        /* errno; 0: a partial read or write instead                        */
    bool onwards;     /* the n-th and all later ones                                      */
    long nth;         /* from 1                                                           */
} Fault;

static struct {
    Fault now;
    long seen;
    bool armed;
} faults;

/* Redirects the opening of one file to another. */
static struct {
    const char *path, *by;
} replaced_file;

static inline void fault_arm(Fault f)
{
    faults.now = f;
    faults.seen = 0;
    faults.armed = true;
}

/* Whether the fault was reached. */
static inline bool fault_disarm(void)
{
    faults.armed = false;
    return faults.seen >= faults.now.nth;
}

static inline bool fault_due(const char *call)
{
    const char *wanted = faults.now.call;
    if (!faults.armed || (wanted ? strcmp(wanted, call) != 0 : *call == '='))
        return false;
    faults.seen++;
    if (faults.seen != faults.now.nth && !(faults.now.onwards && faults.seen > faults.now.nth))
        return false;
    if (faults.now.error)
        errno = faults.now.error;
    return true;
}

/* ---- the calls ------------------------------------------------------------------------------- */

/* X(type, result of a failure, name, parameters, arguments) */
#define FAULTY_CALLS(X)                                                                            \
    X(int, -1, ftruncate, (int fd, off_t n), (fd, n))                                              \
    X(int, -1, fstat, (int fd, struct stat *s), (fd, s))                                           \
    X(int, -1, fstatat, (int at, const char *p, struct stat *s, int f), (at, p, s, f))             \
    X(int, -1, stat, (const char *p, struct stat *s), (p, s))                                      \
    X(int, -1, mkdir, (const char *p, mode_t m), (p, m))                                           \
    X(ssize_t, -1, readlink, (const char *p, char *to, size_t n), (p, to, n))                      \
    X(int, -1, gethostname, (char *to, size_t n), (to, n))                                         \
    X(int, -1, mkdirat, (int at, const char *p, mode_t m), (at, p, m))                             \
    X(int, -1, renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))               \
    X(int, -1, unlink, (const char *p), (p))                                                       \
    X(int, -1, unlinkat, (int at, const char *p, int f), (at, p, f))                               \
    X(int, -1, flock, (int fd, int how), (fd, how))                                                \
    X(int, -1, access, (const char *p, int how), (p, how))                                         \
    X(int, -1, faccessat, (int at, const char *p, int how, int f), (at, p, how, f))                \
    X(DIR *, NULL, opendir, (const char *p), (p))                                                  \
    X(DIR *, NULL, fdopendir, (int fd), (fd))                                                      \
    X(struct dirent *, NULL, readdir, (DIR * d), (d))

/* Also allocations of zlib. */
#define FAULTY_ALLOCATIONS(X)                                                                      \
    X(void *, NULL, malloc, (size_t n), (n))                                                       \
    X(void *, NULL, calloc, (size_t n, size_t size), (n, size))                                    \
    X(void *, NULL, realloc, (void *p, size_t n), (p, n))                                          \
    X(void *, NULL, aligned_alloc, (size_t to, size_t n), (to, n))                                 \
    X(char *, NULL, strdup, (const char *s), (s))                                                  \
    X(int, Z_MEM_ERROR, compress2,                                                                 \
      (Bytef * to, uLongf * room, const Bytef *at, uLong n, int level), (to, room, at, n, level))

#define FAULTY_UNPACKING(X)                                                                        \
    X(int, faults.now.error, inflateInit2_,                                                        \
      (z_streamp z, int bits, const char *version, int size), (z, bits, version, size))            \
    X(int, faults.now.error, inflateReset, (z_streamp z), (z))                                     \
    X(int, faults.now.error, inflate, (z_streamp z, int flush), (z, flush))

/* Visible, because libraries refer to them, too. */
#define FAULTY(type, bad, name, call, parameters, arguments)                                       \
    type __real_##name parameters;                                                                 \
    __attribute__((visibility("default"))) type __wrap_##name parameters;                          \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fault_due(call) ? bad : __real_##name arguments;                                    \
    }
#define X(type, bad, name, parameters, arguments)                                                  \
    FAULTY(type, bad, name, #name, parameters, arguments)
FAULTY_CALLS(X)
#undef X
#define X(type, bad, name, parameters, arguments)                                                  \
    FAULTY(type, bad, name, MEMORY, parameters, arguments)
FAULTY_ALLOCATIONS(X)
#undef X
#define X(type, bad, name, parameters, arguments)                                                  \
    FAULTY(type, bad, name, ZLIB, parameters, arguments)
FAULTY_UNPACKING(X)
#undef X

/* Not executed: the tests see the page cache, and a disk would take minutes. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return fault_due("fsync") || fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    if (!fault_due("close"))
        return __real_close(fd);
    const int error = errno;
    (void)__real_close(fd);
    errno = error;
    return -1;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (replaced_file.path && strcmp(path, replaced_file.path) == 0)
        path = replaced_file.by;
    return fault_due("open") ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fault_due("openat") ? -1 : __real_openat(at, path, flags, mode);
}

/* Half of n, at least 1. */
static inline size_t fault_part(size_t n)
{
    return n > 1 ? n / 2 : n;
}

ssize_t __real_read(int fd, void *at, size_t n);
ssize_t __wrap_read(int fd, void *at, size_t n);
ssize_t __wrap_read(int fd, void *at, size_t n)
{
    if (!fault_due("read"))
        return __real_read(fd, at, n);
    return faults.now.error ? -1 : __real_read(fd, at, fault_part(n));
}

/* Counts as a read. */
ssize_t __real_pread(int fd, void *at, size_t n, off_t from);
ssize_t __wrap_pread(int fd, void *at, size_t n, off_t from);
ssize_t __wrap_pread(int fd, void *at, size_t n, off_t from)
{
    if (!fault_due("read"))
        return __real_pread(fd, at, n, from);
    return faults.now.error ? -1 : __real_pread(fd, at, fault_part(n), from);
}

ssize_t __real_write(int fd, const void *at, size_t n);
ssize_t __wrap_write(int fd, const void *at, size_t n);
ssize_t __wrap_write(int fd, const void *at, size_t n)
{
    if (!fault_due("write"))
        return __real_write(fd, at, n);
    return faults.now.error ? -1 : __real_write(fd, at, fault_part(n));
}

/* ---- each call in turn ----------------------------------------------------------------------- */

/* An operation under test. */
typedef struct Operation {
    void (*before)(void *me); /* may be NULL; no fault is armed here, nor in after */
    Status (*act)(void *me, Error *e);
    void (*after)(void *me, Status s, const Error *e);
} Operation;

static inline int lowest_descriptor(void)
{
    const int fd = dup(0);
    assert_true(fd >= 0);
    assert_int_equal(__real_close(fd), 0);
    return fd;
}

/* Runs the operation with the fault at its first call, its second, ..., until the fault is not
 * reached; then it must succeed. No descriptor may stay open, and a failure must have a message.
 * Returns how many calls failed. */
static inline int fault_each(const Operation *operation, Fault f, void *me)
{
    enum { MOST = 20000 };
    for (f.nth = 1; f.nth < MOST; f.nth++) {
        static Error e;
        memset(&e, 0, sizeof e);
        if (operation->before)
            operation->before(me);
        const int lowest = lowest_descriptor();
        fault_arm(f);
        const Status s = operation->act(me, &e);
        const bool reached = fault_disarm();
        assert_int_equal(lowest_descriptor(), lowest);
        if (s != GT_OK && (e.code != s || e.lines < 1 || !reached))
            fail_msg("call %ld failing (%s): status %d, \"%s\"", f.nth, strerror(f.error), (int)s,
                     e.text[0]);
        operation->after(me, s, &e);
        if (!reached)
            return (int)f.nth - 1;
    }
    fail_msg("a fault at every one of %d calls", MOST);
    return MOST;
}

#endif
