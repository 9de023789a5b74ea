/* Interface between fault.c, which decides whether a call fails, and the wrappers of the calls. */
#ifndef GANTRAIN_TESTS_FAULT_H
#define GANTRAIN_TESTS_FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* name, default error */
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

enum {
    SHORT = -1, /* read or write one byte */
    FRAMES = 12 /* of a backtrace */
};

/* Counts a call. Returns 0, or the error to fail with, or SHORT. */
int count_call(Family family);

/* The same for calls that cannot be short. Returns whether the call must fail; sets errno then. */
bool fails(Family family);

/* Whether main runs, this is its thread, and calls are counted. pause_counting returns the
 * previous state. */
bool is_counting(void);
bool pause_counting(void);
void resume_counting(bool before);

/* Whether FAULT_TRACE is set. */
bool is_tracing(void);

/* Prints a line to a descriptor without counted calls. */
void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Counts a failed write to stderr: the program could not print its error. */
void count_stderr_failure(void);

/* Number and bytes of the blocks that main allocated and did not free; with FAULT_TRACE also prints
 * their backtraces. */
void leaked_memory(long *blocks, long *bytes);

#endif
