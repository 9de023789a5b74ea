/* The handler only sets flags, the one mutable global state of this floor: a handler can reach
 * nothing else. The loop of a run reads them between steps.
 *
 * An INT, TERM or HUP at least a second after the first of these ends the process at once. An
 * earlier one may be the same request, sent twice: GNU timeout signals its child and then the
 * child's group. What a batch system or the kernel sends in addition to its own warning (USR1
 * again, XCPU every second, TERM after either) does not end it: the checkpoint is being written. */
#include "gantrain/train/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/io/temp_file.h"

typedef enum Request {
    STOP,      /* by a person or a system: a later one ends the process */
    STOP_SOON, /* a limit is near: a second one does not                 */
    SAVE,
    SNAPSHOT,
} Request;

static const struct {
    int number;
    Request request;
    Status status; /* of a run that stops for it */
    bool may_be_ignored;
} rows[] = {
    { SIGINT, STOP, GT_EINTERRUPT, true }, /* Ctrl-C */
    { SIGHUP, STOP, GT_EHANGUP, true },    /* the terminal was closed */
    { SIGTERM, STOP, GT_ETERMINATE, false }, { SIGXCPU, STOP_SOON, GT_ETERMINATE, false },
    { SIGUSR1, SAVE, GT_EREQUEUE, false },   { SIGUSR2, SNAPSHOT, GT_OK, false },
};
enum { ROWS = sizeof rows / sizeof *rows, NONE = -1, INSIST_MS = 1000 };

static volatile sig_atomic_t deferred, usr1_stops;
static volatile sig_atomic_t stop_row = NONE; /* the first row that asked to stop */
static volatile sig_atomic_t stop_requested;  /* a STOP came */
static _Atomic uint32_t stop_ms;              /* when, in milliseconds, modulo 2^32 */
static volatile sig_atomic_t save_requested, snapshot_requested;

static int find_row(int number)
{
    int row = 0;
    while (rows[row].number != number)
        row++;
    return row;
}

/* ---- in the handler -------------------------------------------------------------------------- */

/* Ends by the signal itself, so that a shell sees a script's Ctrl-C; process 1 of a container
 * survives that. */
static _Noreturn void end_by(int number)
{
    sigset_t this;
    temp_file_remove();
    (void)signal(number, SIG_DFL);
    sigemptyset(&this);
    sigaddset(&this, number);
    sigprocmask(SIG_UNBLOCK, &this, NULL);
    (void)raise(number);
    _exit(128 + number);
}

static bool on_terminal(void)
{
    struct termios terminal;
    return tcgetattr(STDERR_FILENO, &terminal) == 0;
}

/* On a terminal the message starts on a new line, after the live line. */
static void print(const char *message, size_t n)
{
    if ((on_terminal() && write(STDERR_FILENO, "\n", 1) < 0) ||
        write(STDERR_FILENO, message, n) < 0) {
        /* nothing else can be done in a handler */
    }
}

static _Noreturn void end_with(int code, const char *message, size_t n)
{
    temp_file_remove();
    print(message, n);
    _exit(code);
}

static _Noreturn void end_for_time(void)
{
    static const char message[] =
        "gantrain: error: the processor time is used up: raise the limit (ulimit -t)\n";
    end_with(GT_ERESOURCE, message, sizeof message - 1);
}

static _Noreturn void end_at_once(int number)
{
    static const char message[] =
        "gantrain: warning: second signal: stopped at once, without a checkpoint of the last "
        "steps; --resume continues from the newest one\n";
    end_with(128 + number, message, sizeof message - 1);
}

/* Only a person reads it: on a terminal. */
static void ask_for_patience(void)
{
    static const char message[] = "gantrain: finishing the step, then saving; send the signal "
                                  "again after a second to stop at once\n";
    const int error = errno; /* of the code that this interrupts */
    if (on_terminal())
        print(message, sizeof message - 1);
    errno = error;
}

static uint32_t now_ms(void)
{
    struct timespec t = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

/* A STOP after another one. */
static void request_again(int row)
{
    if (now_ms() - stop_ms >= INSIST_MS)
        end_at_once(rows[row].number);
    ask_for_patience();
}

static void request_stop(int row)
{
    if (rows[row].request == STOP && stop_requested) {
        request_again(row);
    } else if (rows[row].request == STOP) {
        stop_ms = now_ms();
        stop_requested = 1;
    }
    if (stop_row == NONE)
        stop_row = row;
}

static void on_signal(int number)
{
    const int row = find_row(number);
    const Request request = rows[row].request;
    if (request == SNAPSHOT)
        snapshot_requested = 1;
    else if (request == SAVE && !usr1_stops)
        save_requested = 1;
    else if (deferred)
        request_stop(row);
    else if (number == SIGXCPU)
        end_for_time();
    else
        end_by(number);
}

/* ---- outside the handler --------------------------------------------------------------------- */

static bool is_ignored(int number)
{
    struct sigaction then;
    return sigaction(number, NULL, &then) == 0 && then.sa_handler == SIG_IGN;
}

static sigset_t all_signals(void)
{
    sigset_t all;
    sigemptyset(&all);
    for (int i = 0; i < ROWS; i++)
        sigaddset(&all, rows[i].number);
    return all;
}

/* Handlers do not interrupt each other: all of them are blocked while one runs. */
static void install_handlers(void)
{
    const struct sigaction now = { .sa_handler = on_signal,
                                   .sa_mask = all_signals(),
                                   .sa_flags = SA_RESTART };
    for (int i = 0; i < ROWS; i++)
        if (!rows[i].may_be_ignored || !is_ignored(rows[i].number))
            sigaction(rows[i].number, &now, NULL);
}

void signals_block(void)
{
    const sigset_t all = all_signals();
    sigprocmask(SIG_BLOCK, &all, NULL);
}

void signals_unblock(void)
{
    const sigset_t all = all_signals();
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

void signals_install(void)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
    install_handlers();
    signals_unblock();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    sigaction(SIGCHLD, &standard, NULL); /* if ignored, a study could not wait for its processes */
}

/* `ulimit -t` sets both limits, and the hard one sends SIGKILL. */
static void lower_time_limit(void)
{
    enum { AHEAD = 2 }; /* seconds of processor time, over all threads */
    struct rlimit time;
    if (getrlimit(RLIMIT_CPU, &time) != 0 || time.rlim_cur == RLIM_INFINITY ||
        time.rlim_cur < time.rlim_max || time.rlim_cur <= 1)
        return;
    time.rlim_cur = time.rlim_cur > 2 * AHEAD ? time.rlim_cur - AHEAD : (time.rlim_cur + 1) / 2;
    (void)setrlimit(RLIMIT_CPU, &time); /* if it fails, the run ends as by kill -9 */
}

void signals_defer(void)
{
    lower_time_limit();
    deferred = 1;
}

void signals_usr1_means_stop(void)
{
    usr1_stops = 1;
    if (save_requested && stop_row == NONE)
        stop_row = find_row(SIGUSR1);
}

Status signals_stop_status(void)
{
    return stop_row == NONE ? GT_OK : rows[stop_row].status;
}

static bool take_flag(volatile sig_atomic_t *flag)
{
    const bool was_set = *flag != 0;
    *flag = 0;
    return was_set;
}

Requests signals_take_requests(void)
{
    return (Requests){ signals_stop_status(), take_flag(&save_requested),
                       take_flag(&snapshot_requested) };
}
