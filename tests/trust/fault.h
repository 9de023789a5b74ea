/* What the parts of the library share: fault.c decides, the others are in the way of calls. */
#ifndef GANTRAIN_TESTS_FAULT_H
#define GANTRAIN_TESTS_FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

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

enum {
    SHORT = -1, /* read or write one byte */
    FRAMES = 12 /* of a way that is traced */
};

/* Counts a call. Returns 0, or the error it shall fail with, or SHORT. */
int counted(Family family);

/* The same for calls that cannot be short: sets errno. */
bool fails(Family family);

/* Whether main runs, this is its thread, and calls are counted. pause_watching returns what was before. */
bool is_watching(void);
bool pause_watching(void);
void go_on_watching(bool before);

/* Whether FAULT_TRACE is set. */
bool is_tracing(void);

/* A line to a descriptor, without any call that is counted. */
void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A write to stderr failed: nobody can be told of the fault. */
void count_deaf(void);

/* Blocks that main took and nobody has freed, with their bytes; traced when wanted. */
void memory_left(long *blocks, long *bytes);

#endif
