/* The loop of a study: as many processes as were asked for, the next run when one ends, one seed of every cell
 * before the next seed, so that an early look sees all cells. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/signals.h"
#include "gantrain/study/study_work.h"

enum { TICK_MS = 20, TAIL = 4096 };
static const double patience = 60; /* seconds for a process of an earlier study to save and stop */

/* ---- what went wrong ------------------------------------------------------------------------------ */

/* The last line of a log, without its newline. */
static void last_line(const char *path, char out[TAIL])
{
    *out = '\0';
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const off_t size = lseek(fd, 0, SEEK_END), from = size > TAIL - 1 ? size - (TAIL - 1) : 0;
    const ssize_t n = pread(fd, out, TAIL - 1, from);
    close(fd);
    out[n > 0 ? n : 0] = '\0';
    for (char *end = out + strlen(out); end > out && end[-1] == '\n';)
        *--end = '\0';
    const char *line = strrchr(out, '\n');
    if (line)
        memmove(out, line + 1, strlen(line + 1) + 1);
}

static void tell_failure(StudyWork *w, const StudyRun *r, Status how, Error *e)
{
    char log[FOLDER_FILE], line[TAIL];
    study_run_file(w, r, "train.log", log);
    last_line(log, line);
    study_progress_break(w);
    log_warning(&w->log, "%s, seed %" PRId64 ": exit %d: %.400s", r->cell->name, r->seed, (int)how,
                line);
    also_fail(e, how, "%s, seed %" PRId64 ": exit %d; its log: %s", r->cell->name, r->seed,
              (int)how, log);
}

/* ---- runs that end ---------------------------------------------------------------------------------- */

static void end_run(StudyWork *w, StudyRun *r, Status how, Error *e)
{
    Error failure = { 0 };
    const uint64_t step = study_step(w, r);
    w->going--;
    w->trained += step > r->first ? step - r->first : 0;
    r->anew = false;
    r->state = how == GT_OK            ? RUN_DONE
               : how == GT_EDIVERGED   ? RUN_DIVERGED
               : how == GT_EREQUEUE    ? RUN_MISSING /* it goes on when there is a free place */
               : signals_stop_status() ? RUN_MISSING
                                       : RUN_FAILED;
    if (r->state == RUN_DONE || r->state == RUN_DIVERGED) {
        if (study_keep(w, r, &failure) != GT_OK)
            also_fail(e, failure.code, "%s", failure.text[0]);
    } else if (r->state == RUN_FAILED) {
        tell_failure(w, r, how, e);
    }
    study_progress_run(w, r);
}

static void reap(StudyWork *w, Error *e)
{
    Status how;
    for (int i = 0; i < w->runs && w->going > 0; i++)
        if (w->run[i].state == RUN_GOING && study_reap(&w->run[i], &how))
            end_run(w, &w->run[i], how, e);
}

/* ---- runs that begin ---------------------------------------------------------------------------------- */

/* Whether a process of an earlier study, or somebody else, is in the folder. */
static bool is_taken(const StudyWork *w, const StudyRun *r)
{
    char folder[FOLDER_FILE];
    int lock;
    study_run_file(w, r, "", folder);
    if (!file_is_there(folder))
        return false;
    const Status s = folder_lock(&lock, folder, "", NULL, &(Error){ 0 });
    if (s == GT_OK)
        close(lock);
    return s == GT_EBUSY;
}

/* Seed by seed: run number n of that order. */
static StudyRun *nth(const StudyWork *w, int n)
{
    const int seeds = w->s->seeds, cells = w->s->cells;
    return &w->run[n % cells * seeds + n / cells];
}

/* The next run that can begin, or NULL; `left`: there are some that cannot yet. */
static StudyRun *next(const StudyWork *w, bool *left)
{
    *left = false;
    for (int n = 0; n < w->runs; n++) {
        StudyRun *r = nth(w, n);
        if (r->state != RUN_MISSING)
            continue;
        if (!is_taken(w, r))
            return r;
        *left = true;
    }
    return NULL;
}

static void fail_rest(StudyWork *w, Error *e)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == RUN_MISSING) {
            w->run[i].state = RUN_FAILED;
            also_fail(e, GT_EBUSY,
                      "%s, seed %" PRId64 ": another process is training in its folder",
                      w->run[i].cell->name, w->run[i].seed);
        }
}

/* Fill the free places; false: nothing is left to do. */
static bool begin(StudyWork *w, double *idle, Error *e)
{
    bool left = true;
    Error failure = { 0 };
    while (w->going < w->q->jobs) {
        StudyRun *r = next(w, &left);
        if (!r)
            break;
        if (study_start(w, r, &failure) != GT_OK) {
            r->state = RUN_FAILED;
            also_fail(e, failure.code, "%s", failure.text[0]);
            continue;
        }
        w->going++;
    }
    const double now = progress_now();
    if (w->going > 0 || !left)
        *idle = now;
    if (now - *idle > patience)
        fail_rest(w, e);
    return w->going > 0 || left;
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

static void tick(StudyWork *w)
{
    const struct timespec pause = { 0, TICK_MS * 1000000L };
    nanosleep(&pause, NULL);
    study_progress_tick(w);
}

/* What stops a run wherever it stands, and whatever its config says of SIGUSR1. */
static int signal_of(Status asked)
{
    return asked == GT_EREQUEUE ? SIGTERM : (int)asked - 128;
}

static void tell_all(const StudyWork *w, int number)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == RUN_GOING)
            kill(w->run[i].process, number);
}

/* Every run saves, or says in its log where it stands. */
static void pass_requests(StudyWork *w)
{
    const Requests asked = signals_take_requests();
    if (asked.save)
        tell_all(w, SIGUSR1);
    if (asked.snapshot) {
        study_progress_say(w);
        tell_all(w, SIGUSR2);
    }
}

/* Pass the signal on, once, and wait until everybody has saved. */
static Status stop(StudyWork *w, Status asked, Error *e)
{
    int done = 0, begun = 0;
    study_progress_break(w);
    tell_all(w, signal_of(asked));
    for (reap(w, e); w->going > 0; reap(w, e))
        tick(w);
    for (int i = 0; i < w->runs; i++) {
        done += w->run[i].state == RUN_DONE || w->run[i].state == RUN_DIVERGED;
        begun += w->run[i].state == RUN_MISSING && w->run[i].begun;
    }
    return fail(e, asked, "stopped with %d of %d runs done and %d begun; the same command goes on",
                done, w->runs, begun);
}

Status study_train(StudyWork *w, Error *e)
{
    double idle = progress_now();
    study_progress_begin(w);
    while (signals_stop_status() == GT_OK && begin(w, &idle, e)) {
        pass_requests(w);
        tick(w);
        reap(w, e);
    }
    if (signals_stop_status() != GT_OK)
        return stop(w, signals_stop_status(), e);
    study_progress_break(w);
    return e->code;
}
