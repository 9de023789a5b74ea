/* Preloaded by check_signals.py: signals at chosen calls, and calls that are interrupted.
 *
 *   RAISE="CALL PATTERN NTH SIGNAL COUNT"   at the NTH CALL (open, read, write, fsync, rename, unlink, mkdir)
 *                                       on a path that holds PATTERN (NTH 0: at every one): COUNT times SIGNAL, before the call
 *   RAISED=FILE      is made when that has happened
 *   STORM=FILE       SIGALRM a thousand times a second, without SA_RESTART; how many came is written to FILE
 *   EINTR=N          every N-th open, read, write, fsync, flock and nanosleep fails with EINTR at first
 *   JUMP=1           the wall clock jumps to and fro by decades */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char call[16], pattern[128];
static int nth, number, count, every, always, done;
static volatile int alarms;
static const char *storm;

static void on_alarm(int n)
{
    (void)n;
    alarms++;
}

__attribute__((constructor)) static void begin(void)
{
    const char *raise_at = getenv("RAISE"), *interrupt = getenv("EINTR");
    if (raise_at)
        sscanf(raise_at, "%15s %127s %d %d %d", call, pattern, &nth, &number, &count);
    always = nth == 0;
    every = interrupt ? atoi(interrupt) : 0;
    storm = getenv("STORM");
    if (storm) {
        const struct sigaction now = { .sa_handler = on_alarm };
        const struct itimerval beat = { { 0, 1000 }, { 0, 1000 } };
        sigaction(SIGALRM, &now, NULL);
        setitimer(ITIMER_REAL, &beat, NULL);
    }
}

__attribute__((destructor)) static void end(void)
{
    const struct itimerval none = { { 0, 0 }, { 0, 0 } };
    if (!storm)
        return;
    setitimer(ITIMER_REAL, &none, NULL);
    FILE *f = fopen(storm, "w");
    if (f) {
        fprintf(f, "%d\n", alarms);
        fclose(f);
    }
}

static void tell(void)
{
    const char *path = getenv("RAISED");
    if (path)
        syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0666));
}

static void at(const char *name, const char *path)
{
    if (done || strcmp(name, call) != 0 || !strstr(path, pattern) || (nth > 0 && --nth > 0))
        return;
    done = !always;
    tell();
    for (int i = 0; i < count; i++)
        kill(getpid(), number);
}

static const char *path_of(int fd)
{
    static char path[4096];
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return path;
}

/* Whether this call is one that is interrupted. */
static int interrupted(void)
{
    static int calls;
    if (!every || ++calls % every != 0)
        return 0;
    errno = EINTR;
    return 1;
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const int mode = flags & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    at("open", path);
    return interrupted() ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const int mode = flags & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    at("open", path);
    return interrupted() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t read(int fd, void *to, size_t n)
{
    if (!done && strcmp(call, "read") == 0)
        at("read", path_of(fd));
    return interrupted() ? -1 : syscall(SYS_read, fd, to, n);
}

ssize_t write(int fd, const void *from, size_t n)
{
    if (!done && strcmp(call, "write") == 0)
        at("write", path_of(fd));
    return interrupted() ? -1 : syscall(SYS_write, fd, from, n);
}

int fsync(int fd)
{
    if (!done && strcmp(call, "fsync") == 0)
        at("fsync", path_of(fd));
    return interrupted() ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
    at("rename", new);
    return (int)syscall(SYS_renameat, from, old, to, new);
}

int unlink(const char *path)
{
    at("unlink", path);
    return (int)syscall(SYS_unlink, path);
}

int mkdir(const char *path, mode_t mode)
{
    at("mkdir", path);
    return (int)syscall(SYS_mkdir, path, mode);
}

int flock(int fd, int how)
{
    return interrupted() ? -1 : (int)syscall(SYS_flock, fd, how);
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    return interrupted() ? -1 : (int)syscall(SYS_nanosleep, time, left);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int calls;
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME && getenv("JUMP"))
        now->tv_sec = ++calls % 3 == 0 ? 0 : calls % 3 == 1 ? 4102444800 : 2147483647 + calls;
    return result;
}
