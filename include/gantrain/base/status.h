/* Status codes and error messages.
 *
 * A function that can fail for causes outside the program (a file, a config, memory at start)
 * returns Status and takes `Error *e` last. Programming errors are assert()s. */
#ifndef GANTRAIN_BASE_STATUS_H
#define GANTRAIN_BASE_STATUS_H

/* name, process exit code, one line for --help */
#define GT_STATUS_LIST(X)                                                                          \
    X(OK, 0, "success: every promised file is written")                                            \
    X(EUSAGE, 2, "invalid command line, including --set")                                          \
    X(ECONFIG, 3, "invalid config file")                                                           \
    X(EDATA, 4, "input data missing or damaged")                                                   \
    X(ECHECKPOINT, 5, "checkpoint missing, damaged, or of another config")                         \
    X(EOUTPUT, 6, "output not written: disk full, permission, folder holds a run")                 \
    X(ERESOURCE, 7, "out of memory, threads or another system limit")                              \
    X(EDIVERGED, 8, "training diverged")                                                           \
    X(EBUSY, 9, "run folder in use by another process")                                            \
    X(EPEER, 10, "another rank or the MPI launcher failed")                                        \
    X(EINTERNAL, 70, "a bug; please report it")                                                    \
    X(EREQUEUE, 75, "stopped on request (SIGUSR1), to be requeued")                                \
    X(EHANGUP, 129, "stopped by SIGHUP; state saved, unless a later signal insisted")              \
    X(EINTERRUPT, 130, "stopped by SIGINT; state saved, likewise")                                 \
    X(ETERMINATE, 143, "stopped by SIGTERM; state saved, likewise")

typedef enum Status {
#define X(name, exit_code, text) GT_##name = (exit_code),
    GT_STATUS_LIST(X)
#undef X
} Status;

enum { GT_ERROR_LINES = 20, GT_ERROR_TEXT = 512 };

/* One line, or several when all mistakes of a config are reported together.
 * Filled by fail() and also_fail(); allocates nothing. Zero-initialize with {0}. */
typedef struct Error {
    Status code;                              /* of the first failure                       */
    int lines;                                /* lines used                                 */
    int dropped;                              /* lines beyond GT_ERROR_LINES                */
    char text[GT_ERROR_LINES][GT_ERROR_TEXT]; /* what, where, found, expected, what to do   */
} Error;

/* fail: replaces the contents of `e` by one formatted line. Returns `code`, so that callers can
 * write `return fail(e, GT_EDATA, "%s: ...", path);`. Control characters become \xNN. e may be
 * NULL. */
Status fail(Error *e, Status code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* also_fail: adds one line; the first code stays. Returns the code of `e`. e may be NULL. */
Status also_fail(Error *e, Status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* error_append: adds the lines of `more`; the first code stays. Returns the code of `e`. */
Status error_append(Error *e, const Error *more);

/* error_add_prefix: puts "where: " in front of every line of `e`. Returns the code of `e`. */
Status error_add_prefix(Error *e, const char *where);

/* The status of a failed system call: GT_ERESOURCE if memory, descriptors or processes ran out,
 * else `otherwise`. */
Status status_of_errno(int error, Status otherwise);

#define TRY(call)                                                                                  \
    do {                                                                                           \
        Status try_status_ = (call);                                                               \
        if (try_status_ != GT_OK)                                                                  \
            return try_status_;                                                                    \
    } while (0)

#endif
