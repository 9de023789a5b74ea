/* A library for LD_PRELOAD that makes chosen calls of a program fail.
 *
 * Counts every fallible call that the program and its libraries make through the dynamic linker
 * while main runs, by family; call N of a family fails once, or all from N on, as in the torture
 * tests of curl and SQLite. Calls inside glibc (stdio's write) are not intercepted: see
 * check_traced.py.
 *
 *   FAULT=FAMILY:N[+][:ERROR][,...]
 *                      e.g. malloc:217, write:12+:ENOSPC; ERROR is a name of `errors`, or short
 *                      (read and write transfer one byte); + with EINTR fails every second call,
 *                      because callers retry
 *   FAULT_COUNT=FILE   output: calls by family, failures, and resources that main leaked
 *   FAULT_TRACE=1      prints a backtrace of every failed call and of every leaked block
 *
 * Only calls of the main thread count, so that numbers are reproducible; those of other threads
 * are reported as "others". Child processes are not affected. */
#define _GNU_SOURCE
#include "fault.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    int error;
} families[] = {
#define X(name, error) { #name, error },
    FAMILY_LIST(X)
#undef X
};

enum { FAULTS = 4, DESCRIPTORS = 256 };

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
    bool on; /* all calls from there on */
    int error;
} Fault;

static Fault fault[FAULTS];
static int faults;
static long count[FAMILIES];
static long hits, stderr_failures; /* the latter: hits that were writes to stderr */
static _Atomic long others;
static bool counting, tracing;
static pid_t counted_process;
static bool open_before[DESCRIPTORS];
static __thread bool is_main __attribute__((tls_model("initial-exec")));

/* ---- output without counted calls ------------------------------------------------------------ */

void say(int fd, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    (void)!syscall(SYS_write, fd, line, n < (int)sizeof line ? n : (int)sizeof line - 1);
}

static void reject(const char *what)
{
    say(2, "fault: invalid FAULT: %s\n", what);
    _exit(99);
}

/* ---- whether a call fails -------------------------------------------------------------------- */

static bool hit(const Fault *f, long n)
{
    if (n < f->at || (n > f->at && !f->on))
        return false;
    return !(f->on && f->error == EINTR && (n - f->at) % 2 == 1);
}

int count_call(Family family)
{
    if (!counting)
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
            counting = false;
            say(2, "fault: %s:%ld fails\n", families[family].name, n);
            backtrace_symbols_fd(frame, backtrace(frame, FRAMES), 2);
            counting = true;
        }
        return fault[i].error;
    }
    return 0;
}

bool fails(Family family)
{
    const int error = count_call(family);
    if (error == 0)
        return false;
    errno = error == SHORT ? EIO : error;
    return true;
}

bool is_counting(void)
{
    return counting && is_main;
}

bool pause_counting(void)
{
    const bool before = counting;
    counting = false;
    return before;
}

void resume_counting(bool before)
{
    counting = before;
}

bool is_tracing(void)
{
    return tracing;
}

void count_stderr_failure(void)
{
    stderr_failures++;
}

/* ---- start and end of main ------------------------------------------------------------------- */

static Family family_of(const char *word, size_t n)
{
    for (int i = 0; i < FAMILIES; i++)
        if (strlen(families[i].name) == n && memcmp(families[i].name, word, n) == 0)
            return (Family)i;
    reject(word);
    return FAMILIES;
}

static int error_of(const char *word)
{
    const size_t n = strcspn(word, ",");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strlen(errors[i].name) == n && memcmp(errors[i].name, word, n) == 0)
            return errors[i].error;
    reject(word);
    return 0;
}

static void read_faults(const char *at)
{
    while (at && *at) {
        const size_t n = strcspn(at, ":");
        char *end = NULL;
        if (faults == FAULTS || at[n] != ':')
            reject(at);
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

static void report_leaks(int out)
{
    long blocks = 0, bytes = 0, descriptors = 0;
    leaked_memory(&blocks, &bytes);
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        descriptors += fd != out && is_open(fd) && !open_before[fd];
    say(out, "blocks %ld\nbytes %ld\ndescriptors %ld\n", blocks, bytes, descriptors);
}

static void report(const char *path)
{
    const int out = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out < 0)
        return;
    for (int i = 0; i < FAMILIES; i++)
        say(out, "%s %ld\n", families[i].name, count[i]);
    say(out, "failed %ld\nstderr_failures %ld\nothers %ld\n", hits, stderr_failures,
        atomic_load(&others));
    report_leaks(out);
    (void)syscall(SYS_close, out);
}

static int (*main_of_program)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment)
{
    char file[4096] = "";
    void *frame[FRAMES];
    const char *path = getenv("FAULT_COUNT");
    if (path)
        (void)snprintf(file, sizeof file, "%s", path);
    tracing = getenv("FAULT_TRACE") != NULL;
    read_faults(getenv("FAULT"));
    unsetenv("LD_PRELOAD");         /* do not affect child processes */
    (void)backtrace(frame, FRAMES); /* its first call loads a library */
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        open_before[fd] = is_open(fd);
    counted_process = getpid();
    is_main = true;
    counting = true;
    const int code = main_of_program(argc, argv, environment);
    counting = false;
    if (*file && getpid() == counted_process)
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
    *(void **)next = dlsym(RTLD_NEXT, "__libc_start_main");
    main_of_program = main;
    return call(counted_main, argc, argv, init, fini, at_exit, stack);
}
