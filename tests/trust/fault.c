/* A library for LD_PRELOAD that makes chosen calls of a program fail.
 *
 * Every fallible call that the program and its libraries make by way of the dynamic linker while main
 * runs is counted, a family of calls at a time; call N of a family fails once, or all from N on. The
 * method is that of the torture tests of curl and of SQLite. What glibc calls inside itself (stdio's
 * write) is not seen here: check_syscalls.py has another engine for that.
 *
 *   FAULT=FAMILY:N[+][:ERROR][,...]   e.g. malloc:217, write:12+:ENOSPC; ERROR is a name of `errors`, or
 *                                     short (read and write then move one byte); + with EINTR fails
 *                                     every second call, or whoever tries again would do so for ever
 *   FAULT_COUNT=FILE   how often each family was called, failed, and what was left at the end of main
 *   FAULT_TRACE=1      the way to every call that fails and to every block that is left
 *
 * Only the thread of main counts, so that numbers repeat; calls of others are told as "others". Programs
 * that this one starts are left alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* name, what its calls fail with unless told */
#define FAMILY_LIST(X)                                                                             \
    X(malloc, ENOMEM)                                                                              \
    X(open, EIO)                                                                                   \
    X(read, EIO)                                                                                   \
    X(write, EIO)                                                                                  \
    X(fsync, EIO)                                                                                  \
    X(close, EIO)                                                                                  \
    X(rename, EIO)                                                                                 \
    X(unlink, EIO)                                                                                 \
    X(mkdir, EIO)                                                                                  \
    X(truncate, EIO)                                                                               \
    X(flock, EIO)                                                                                  \
    X(stat, EIO)                                                                                   \
    X(list, EIO)                                                                                   \
    X(map, ENOMEM)                                                                                 \
    X(thread, EAGAIN)                                                                              \
    X(process, EAGAIN)                                                                             \
    X(load, ENOMEM)                                                                                \
    X(limit, EIO)                                                                                  \
    X(terminal, ENOTTY)

typedef enum Family {
#define X(name, error) FAMILY_##name,
    FAMILY_LIST(X)
#undef X
        FAMILIES
} Family;

static const struct {
    const char *name;
    int error;
} families[] = {
#define X(name, error) { #name, error },
    FAMILY_LIST(X)
#undef X
};

enum { SHORT = -1, FAULTS = 4, BLOCKS = 1 << 16, FRAMES = 12, DESCRIPTORS = 256 };

static const struct {
    const char *name;
    int error;
} errors[] = {
    { "ENOMEM", ENOMEM },         { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT },
    { "EACCES", EACCES },         { "EROFS", EROFS },   { "EMFILE", EMFILE }, { "EINTR", EINTR },
    { "EOPNOTSUPP", EOPNOTSUPP }, { "EINVAL", EINVAL }, { "EAGAIN", EAGAIN }, { "short", SHORT },
};

typedef struct Fault {
    Family family;
    long at;
    bool on; /* from there on */
    int error;
} Fault;

static Fault fault[FAULTS];
static int faults;
static long count[FAMILIES];
static long hits, deaf; /* deaf: of them, writes to stderr */
static _Atomic long others;
static bool watching, tracing;
static pid_t watched;
static bool open_before[DESCRIPTORS];
static __thread bool is_main __attribute__((tls_model("initial-exec")));

/* glibc's own names: looking them up by dlsym could need memory */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *at);

/* ---- talking, without any call that is counted ------------------------------------------------ */

static void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(int fd, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    (void)!syscall(SYS_write, fd, line, n < (int)sizeof line ? n : (int)sizeof line - 1);
}

static void give_up(const char *what)
{
    say(2, "fault: cannot understand FAULT: %s\n", what);
    _exit(99);
}

/* ---- whether a call fails --------------------------------------------------------------------- */

static bool hit(const Fault *f, long n)
{
    if (n < f->at || (n > f->at && !f->on))
        return false;
    return !(f->on && f->error == EINTR && (n - f->at) % 2 == 1);
}

/* Counts a call. Returns 0, or the error it shall fail with (SHORT: move one byte). */
static int counted(Family family)
{
    if (!watching)
        return 0;
    if (!is_main) {
        atomic_fetch_add(&others, 1);
        return 0;
    }
    const long n = ++count[family];
    for (int i = 0; i < faults; i++) {
        if (fault[i].family != family || !hit(&fault[i], n))
            continue;
        hits++;
        if (tracing) {
            void *frame[FRAMES];
            watching = false;
            say(2, "fault: %s:%ld fails\n", families[family].name, n);
            backtrace_symbols_fd(frame, backtrace(frame, FRAMES), 2);
            watching = true;
        }
        return fault[i].error;
    }
    return 0;
}

static bool fails(Family family)
{
    const int error = counted(family);
    if (error == 0)
        return false;
    errno = error == SHORT ? EIO : error;
    return true;
}

/* ---- memory, and what of it is left ----------------------------------------------------------- */

typedef struct Block {
    void *at; /* NULL: never used; GONE: freed */
    size_t size;
    int frames;
    void *frame[FRAMES];
} Block;

#define GONE ((void *)1)

static Block blocks[BLOCKS];
static atomic_flag blocks_busy = ATOMIC_FLAG_INIT;

static size_t slot_of(const void *at)
{
    return (size_t)(((uintptr_t)at >> 4) * 0x9E3779B97F4A7C15u >> 48) % BLOCKS;
}

static void lock_blocks(void)
{
    while (atomic_flag_test_and_set(&blocks_busy))
        continue;
}

static void remember(void *at, size_t size)
{
    if (!at || !watching || !is_main)
        return;
    lock_blocks();
    size_t i = slot_of(at), tries = 0;
    while (blocks[i].at && blocks[i].at != GONE && tries++ < BLOCKS)
        i = (i + 1) % BLOCKS;
    blocks[i] = (Block){ .at = at, .size = size };
    atomic_flag_clear(&blocks_busy);
    if (tracing) {
        watching = false;
        blocks[i].frames = backtrace(blocks[i].frame, FRAMES);
        watching = true;
    }
}

static void forget(const void *at)
{
    if (!at || watched == 0)
        return;
    lock_blocks();
    size_t i = slot_of(at);
    for (size_t tries = 0; blocks[i].at && tries < BLOCKS; tries++, i = (i + 1) % BLOCKS)
        if (blocks[i].at == at) {
            blocks[i].at = GONE;
            break;
        }
    atomic_flag_clear(&blocks_busy);
}

static void *taken(void *at, size_t size)
{
    remember(at, size);
    return at;
}

void *malloc(size_t size)
{
    return fails(FAMILY_malloc) ? NULL : taken(__libc_malloc(size), size);
}

void *calloc(size_t n, size_t size)
{
    return fails(FAMILY_malloc) ? NULL : taken(__libc_calloc(n, size), n * size);
}

void *realloc(void *at, size_t size)
{
    if (fails(FAMILY_malloc))
        return NULL;
    void *grown = __libc_realloc(at, size);
    if (grown)
        forget(at);
    return taken(grown, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails(FAMILY_malloc) ? NULL : taken(__libc_memalign(alignment, size), size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *at = memalign(alignment, size);
    if (at)
        *out = at;
    return at ? 0 : ENOMEM;
}

void free(void *at)
{
    forget(at);
    __libc_free(at);
}

/* ---- all the others --------------------------------------------------------------------------- */

#define NEXT(name) (*next ? (void)0 : (void)(*(void **)next = dlsym(RTLD_NEXT, name)))

/* A function that fails with `otherwise` when its turn comes, else calls the one of the system. */
#define WRAP(type, name, family, otherwise, parameters, arguments)                                 \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*call) parameters;                                                             \
        type(**next) parameters = &call;                                                           \
        NEXT(#name);                                                                               \
        return fails(FAMILY_##family) ? (otherwise) : call arguments;                              \
    }

/* The same for read and its like: the count of bytes may also become 1. */
#define WRAP_BYTES(name, family, buffer, tail_parameters, tail_arguments)                          \
    ssize_t name(int fd, buffer at, size_t size tail_parameters)                                   \
    {                                                                                              \
        static ssize_t (*call)(int, buffer, size_t tail_parameters);                               \
        ssize_t (**next)(int, buffer, size_t tail_parameters) = &call;                             \
        NEXT(#name);                                                                               \
        const int error = counted(FAMILY_##family);                                                \
        if (error == SHORT)                                                                        \
            return call(fd, at, size > 1 ? 1 : size tail_arguments);                               \
        if (error == 0)                                                                            \
            return call(fd, at, size tail_arguments);                                              \
        deaf += fd == STDERR_FILENO;                                                               \
        errno = error;                                                                             \
        return -1;                                                                                 \
    }

#define NOTHING
#define OFFSET , off_t offset
#define ITS_OFFSET , offset
WRAP_BYTES(read, read, void *, NOTHING, NOTHING)
WRAP_BYTES(write, write, const void *, NOTHING, NOTHING)
WRAP_BYTES(pread, read, void *, OFFSET, ITS_OFFSET)
WRAP_BYTES(pread64, read, void *, OFFSET, ITS_OFFSET)
WRAP_BYTES(pwrite, write, const void *, OFFSET, ITS_OFFSET)
WRAP_BYTES(pwrite64, write, const void *, OFFSET, ITS_OFFSET)

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

/* What a library does while it is loaded is its own affair: libgfortran, which comes with OpenBLAS, ends the
 * process when its first allocation fails. */
void *dlopen(const char *name, int flags)
{
    static void *(*call)(const char *, int);
    void *(**next)(const char *, int) = &call;
    NEXT("dlopen");
    if (fails(FAMILY_load))
        return NULL;
    const bool before = watching;
    watching = false;
    void *library = call(name, flags);
    watching = before;
    return library;
}

/* As Linux does it, the descriptor is gone whatever close says. */
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

/* ---- beginning and end ------------------------------------------------------------------------ */

static Family family_of(const char *word, size_t n)
{
    for (int i = 0; i < FAMILIES; i++)
        if (strlen(families[i].name) == n && memcmp(families[i].name, word, n) == 0)
            return (Family)i;
    give_up(word);
    return FAMILIES;
}

static int error_of(const char *word)
{
    const size_t n = strcspn(word, ",");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strlen(errors[i].name) == n && memcmp(errors[i].name, word, n) == 0)
            return errors[i].error;
    give_up(word);
    return 0;
}

static void read_faults(const char *at)
{
    while (at && *at) {
        const size_t n = strcspn(at, ":");
        char *end = NULL;
        if (faults == FAULTS || at[n] != ':')
            give_up(at);
        Fault *f = &fault[faults++];
        f->family = family_of(at, n);
        f->error = families[f->family].error;
        f->at = strtol(at + n + 1, &end, 10);
        f->on = *end == '+';
        end += f->on;
        if (*end == ':')
            f->error = error_of(end + 1);
        at = strchr(end, ',');
        at += at != NULL;
    }
}

static bool is_open(int fd)
{
    return syscall(SYS_fcntl, fd, F_GETFD) >= 0;
}

static void report_left(int out)
{
    long n = 0, bytes = 0, descriptors = 0;
    for (int i = 0; i < BLOCKS; i++) {
        if (!blocks[i].at || blocks[i].at == GONE)
            continue;
        n++;
        bytes += (long)blocks[i].size;
        if (tracing) {
            say(2, "fault: %zu bytes are left\n", blocks[i].size);
            backtrace_symbols_fd(blocks[i].frame, blocks[i].frames, 2);
        }
    }
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        descriptors += fd != out && is_open(fd) && !open_before[fd];
    say(out, "blocks %ld\nbytes %ld\ndescriptors %ld\n", n, bytes, descriptors);
}

static void report(const char *path)
{
    const int out = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out < 0)
        return;
    for (int i = 0; i < FAMILIES; i++)
        say(out, "%s %ld\n", families[i].name, count[i]);
    say(out, "failed %ld\ndeaf %ld\nothers %ld\n", hits, deaf, atomic_load(&others));
    report_left(out);
    (void)syscall(SYS_close, out);
}

static int (*main_of_program)(int, char **, char **);

static int watched_main(int argc, char **argv, char **environment)
{
    char file[4096] = "";
    void *frame[FRAMES];
    const char *path = getenv("FAULT_COUNT");
    if (path)
        (void)snprintf(file, sizeof file, "%s", path);
    tracing = getenv("FAULT_TRACE") != NULL;
    read_faults(getenv("FAULT"));
    unsetenv("LD_PRELOAD");         /* programs that this one starts are left alone */
    (void)backtrace(frame, FRAMES); /* its first call loads a library */
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        open_before[fd] = is_open(fd);
    watched = getpid();
    is_main = true;
    watching = true;
    const int code = main_of_program(argc, argv, environment);
    watching = false;
    if (*file && getpid() == watched)
        report(file);
    return code;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*at_exit)(void), void *stack)
{
    static int (*call)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                       void (*)(void), void *);
    int (**next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                 void (*)(void), void *) = &call;
    NEXT("__libc_start_main");
    main_of_program = main;
    return call(watched_main, argc, argv, init, fini, at_exit, stack);
}
