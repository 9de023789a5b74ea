/* Preloaded by check_signals.py: raises signals at chosen calls, and interrupts calls.
 *
 *   RAISE="CALL PATTERN NTH SIGNAL COUNT"
 *                raises SIGNAL COUNT times before the NTH CALL (open, read, write, fsync, rename,
 *                unlink, mkdir) on a path that contains PATTERN; NTH 0: before every such call
 *   RAISED=FILE  a file that is created when the signal is raised
 *   STORM=FILE   SIGALRM a thousand times per second, without SA_RESTART; FILE gets their number
 *   EINTR=N      every N-th open, read, write, fsync, flock and nanosleep fails with EINTR
 *   JUMP=1       the wall clock jumps back and forth by decades */
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
    const char *when = getenv("RAISE"), *interrupt = getenv("EINTR");
    if (when)
        sscanf(when, "%15s %127s %d %d %d", call, pattern, &nth, &number, &count);
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

static void mark_raised(void)
{
    const char *path = getenv("RAISED");
    if (path)
        syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0666));
}

static void raise_at_call(const char *name, const char *path)
{
    if (done || strcmp(name, call) != 0 || !strstr(path, pattern) || (nth > 0 && --nth > 0))
        return;
    done = !always;
    mark_raised();
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

/* Whether this call is to be interrupted; sets errno. */
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
    raise_at_call("open", path);
    return interrupted() ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const int mode = flags & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    raise_at_call("open", path);
    return interrupted() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t read(int fd, void *to, size_t n)
{
    if (!done && strcmp(call, "read") == 0)
        raise_at_call("read", path_of(fd));
    return interrupted() ? -1 : syscall(SYS_read, fd, to, n);
}

ssize_t write(int fd, const void *from, size_t n)
{
    if (!done && strcmp(call, "write") == 0)
        raise_at_call("write", path_of(fd));
    return interrupted() ? -1 : syscall(SYS_write, fd, from, n);
}

int fsync(int fd)
{
    if (!done && strcmp(call, "fsync") == 0)
        raise_at_call("fsync", path_of(fd));
    return interrupted() ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
    raise_at_call("rename", new);
    return (int)syscall(SYS_renameat, from, old, to, new);
}

int unlink(const char *path)
{
    raise_at_call("unlink", path);
    return (int)syscall(SYS_unlink, path);
}

int mkdir(const char *path, mode_t mode)
{
    raise_at_call("mkdir", path);
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
