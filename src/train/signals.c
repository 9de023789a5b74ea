/* The handler only notes what was asked for, in the one mutable state of this floor: a handler can reach
 * nothing else. The loop of a run looks at the notes between steps.
 *
 * A request to stop is answered once. Who insists, INT, TERM or HUP after one of these, ends the process
 * at once; what a batch system or the kernel sends on top of its own warning (USR1 again, XCPU every
 * second, TERM after either) does not, since the checkpoint is being written. */
#include "gantrain/train/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "gantrain/io/temp_file.h"

typedef enum Request {
    STOP, /* by a person or a system that waits: a second one insists */
    WARN, /* stop, for the end is near: never insists                 */
    SAVE,
    LOOK,
} Request;

static const struct {
    int number;
    Request request;
    Status end; /* of a run that stops for it               */
    bool may_be_ignored;
} rows[] = {
    { SIGINT, STOP, GT_EINTERRUPT, true }, /* Ctrl-C */
    { SIGHUP, STOP, GT_EHANGUP, true },    /* the terminal is gone */
    { SIGTERM, STOP, GT_ETERMINATE, false }, { SIGXCPU, WARN, GT_ETERMINATE, false },
    { SIGUSR1, SAVE, GT_EREQUEUE, false },   { SIGUSR2, LOOK, GT_OK, false },
};
enum { ROWS = sizeof rows / sizeof *rows, NOBODY = -1 };

static volatile sig_atomic_t watching, usr1_stops;
static volatile sig_atomic_t asked = NOBODY; /* the row that asked first to stop */
static volatile sig_atomic_t waits;          /* somebody asked with a STOP       */
static volatile sig_atomic_t save, look;

/* ---- in the handler ----------------------------------------------------------------------------- */

/* By the signal itself, so that a shell sees a script's Ctrl-C; process 1 of a container survives that. */
static _Noreturn void end_by(int number)
{
    sigset_t this;
    unfinished_remove();
    (void)signal(number, SIG_DFL);
    sigemptyset(&this);
    sigaddset(&this, number);
    sigprocmask(SIG_UNBLOCK, &this, NULL);
    (void)raise(number);
    _exit(128 + number);
}

/* With some words, on a line of their own also behind what a terminal shows of the progress. */
static _Noreturn void end_with(int code, const char *words, size_t n)
{
    struct termios terminal;
    unfinished_remove();
    if ((tcgetattr(STDERR_FILENO, &terminal) == 0 && write(STDERR_FILENO, "\n", 1) < 0) ||
        write(STDERR_FILENO, words, n) < 0) {
        /* nobody is listening */
    }
    _exit(code);
}

static _Noreturn void end_for_time(void)
{
    static const char words[] =
        "gantrain: error: the processor time is used up: raise the limit (ulimit -t)\n";
    end_with(GT_ERESOURCE, words, sizeof words - 1);
}

static _Noreturn void end_at_once(int number)
{
    static const char words[] =
        "gantrain: warning: a second signal: stopped at once, without a checkpoint of the last "
        "steps; --resume goes on from the newest there is\n";
    end_with(128 + number, words, sizeof words - 1);
}

static void ask(int row)
{
    const bool insisted = waits && rows[row].request == STOP;
    if (insisted)
        end_at_once(rows[row].number);
    waits = waits || rows[row].request == STOP;
    if (asked == NOBODY)
        asked = row;
}

static void on_signal(int number)
{
    int row = 0;
    while (rows[row].number != number)
        row++;
    const Request request = rows[row].request;
    if (request == LOOK)
        look = 1;
    else if (request == SAVE && !usr1_stops)
        save = 1;
    else if (watching)
        ask(row);
    else if (number == SIGXCPU)
        end_for_time();
    else
        end_by(number);
}

/* ---- from outside --------------------------------------------------------------------------------- */

static bool is_ignored(int number)
{
    struct sigaction then;
    return sigaction(number, NULL, &then) == 0 && then.sa_handler == SIG_IGN;
}

static sigset_t all_of_them(void)
{
    sigset_t all;
    sigemptyset(&all);
    for (int i = 0; i < ROWS; i++)
        sigaddset(&all, rows[i].number);
    return all;
}

/* Handlers do not interrupt each other: all of them are blocked while one runs. */
static void take(void)
{
    const struct sigaction now = { .sa_handler = on_signal,
                                   .sa_mask = all_of_them(),
                                   .sa_flags = SA_RESTART };
    for (int i = 0; i < ROWS; i++)
        if (!rows[i].may_be_ignored || !is_ignored(rows[i].number))
            sigaction(rows[i].number, &now, NULL);
}

void signals_block(void)
{
    const sigset_t all = all_of_them();
    sigprocmask(SIG_BLOCK, &all, NULL);
}

void signals_unblock(void)
{
    const sigset_t all = all_of_them();
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

void signals_install(void)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN }, usual = { .sa_handler = SIG_DFL };
    take();
    signals_unblock();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    sigaction(SIGCHLD, &usual, NULL); /* ignored, it would hide how the processes of a study end */
}

/* `ulimit -t` sets both limits, and the hard one is SIGKILL. */
static void warn_of_time(void)
{
    enum { AHEAD = 2 }; /* seconds of processor time, of all threads together */
    struct rlimit time;
    if (getrlimit(RLIMIT_CPU, &time) != 0 || time.rlim_cur == RLIM_INFINITY ||
        time.rlim_cur < time.rlim_max || time.rlim_cur <= 1)
        return;
    time.rlim_cur = time.rlim_cur > 2 * AHEAD ? time.rlim_cur - AHEAD : (time.rlim_cur + 1) / 2;
    (void)setrlimit(RLIMIT_CPU, &time); /* without it the run ends as by kill -9 */
}

void signals_defer(void)
{
    warn_of_time();
    watching = 1;
}

void signals_usr1_means_stop(void)
{
    int row = 0;
    while (rows[row].number != SIGUSR1)
        row++;
    usr1_stops = 1;
    if (save && asked == NOBODY)
        asked = row;
}

Status signals_stop_status(void)
{
    return asked == NOBODY ? GT_OK : rows[asked].end;
}

static bool take_note(volatile sig_atomic_t *note)
{
    const bool there = *note != 0;
    *note = 0;
    return there;
}

Requests signals_take_requests(void)
{
    return (Requests){ signals_stop_status(), take_note(&save), take_note(&look) };
}
