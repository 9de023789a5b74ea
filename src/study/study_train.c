/* The scheduler of a study: --jobs processes at a time; when one ends, the next run starts. One
 * seed of every cell comes before the next seed, so that an early look sees all cells. */
#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/signals.h"
#include "study_parts.h"

enum { TICK_MS = 20 };
static const double busy_patience =
    60; /* seconds for a process of an earlier study to save and stop */

static void report_failure(StudyWork *w, const StudyRun *r, Status how, Error *e)
{
    char log[FOLDER_FILE], line[STUDY_LINE];
    study_run_file(w, r, "train.log", log);
    study_last_line(log, line);
    study_progress_end_line(w);
    log_warning(&w->log, "%s, seed %" PRId64 ": exit %d: %.400s", r->cell->name, r->seed, (int)how,
                line);
    also_fail(e, how, "%s, seed %" PRId64 ": exit %d; its log: %s", r->cell->name, r->seed,
              (int)how, log);
}

/* A run that was stopped, or asks to be requeued, is pending again. */
static RunState state_after(Status how)
{
    return how == GT_OK                                           ? RUN_DONE
           : how == GT_EDIVERGED                                  ? RUN_DIVERGED
           : how == GT_EREQUEUE || signals_stop_status() != GT_OK ? RUN_PENDING
                                                                  : RUN_FAILED;
}

static void end_run(StudyWork *w, StudyRun *r, Status how, Error *e)
{
    Error failure = { 0 };
    const uint64_t step = study_logged_step(w, r);
    w->running--;
    w->steps_done += step > r->first_step ? step - r->first_step : 0;
    r->restart = false;
    r->state = state_after(how);
    if (r->state == RUN_FAILED)
        report_failure(w, r, how, e);
    else if (r->state != RUN_PENDING && study_write_outcome(w, r, &failure) != GT_OK)
        also_fail(e, failure.code, "%s", failure.text[0]);
    study_progress_run(w, r);
}

static void reap(StudyWork *w, Error *e)
{
    Status how;
    for (int i = 0; i < w->runs && w->running > 0; i++)
        if (w->run[i].state == RUN_RUNNING && study_reap(&w->run[i], &how))
            end_run(w, &w->run[i], how, e);
}

/* Whether another process, such as one of an earlier study, trains in the folder. */
static bool is_busy(const StudyWork *w, const StudyRun *r)
{
    char folder[FOLDER_FILE];
    int lock;
    study_run_file(w, r, "", folder);
    if (!file_exists(folder))
        return false;
    const Status s = folder_lock(&lock, folder, "", NULL, &(Error){ 0 });
    if (s == GT_OK)
        close(lock);
    return s == GT_EBUSY;
}

/* The next run that can start, or NULL. *left: runs are pending in busy folders. */
static StudyRun *next_run(const StudyWork *w, bool *left)
{
    const int seeds = w->s->seeds, cells = w->s->cells;
    *left = false;
    for (int n = 0; n < w->runs; n++) {
        StudyRun *r = &w->run[n % cells * seeds + n / cells];
        if (r->state != RUN_PENDING)
            continue;
        if (!is_busy(w, r))
            return r;
        *left = true;
    }
    return NULL;
}

static void fail_pending(StudyWork *w, Error *e)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == RUN_PENDING) {
            w->run[i].state = RUN_FAILED;
            also_fail(e, GT_EBUSY,
                      "%s, seed %" PRId64 ": another process is training in its folder",
                      w->run[i].cell->name, w->run[i].seed);
        }
}

/* Starts as many runs as --jobs allows. *idle: the time since which nothing runs but busy folders
 * are waited for. False: nothing is left to do. */
static bool start_runs(StudyWork *w, double *idle, Error *e)
{
    bool left = true;
    Error failure = { 0 };
    while (w->running < w->q->jobs) {
        StudyRun *r = next_run(w, &left);
        if (!r)
            break;
        if (study_start(w, r, &failure) != GT_OK) {
            r->state = RUN_FAILED;
            also_fail(e, failure.code, "%s", failure.text[0]);
            continue;
        }
        w->running++;
    }
    const double now = progress_now();
    if (w->running > 0 || !left)
        *idle = now;
    if (now - *idle > busy_patience)
        fail_pending(w, e);
    return w->running > 0 || left;
}

static void tick(StudyWork *w)
{
    const struct timespec pause = { 0, TICK_MS * 1000000L };
    nanosleep(&pause, NULL);
    study_progress_update(w);
}

static void signal_all(const StudyWork *w, int number)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == RUN_RUNNING)
            kill(w->run[i].process, number);
}

static void forward_requests(StudyWork *w)
{
    const Requests asked = signals_take_requests();
    if (asked.save)
        signal_all(w, SIGUSR1);
    if (asked.snapshot) {
        study_progress_print(w);
        signal_all(w, SIGUSR2);
    }
}

/* Forwards the signal once and waits until every run has saved. A stop by SIGUSR1 is forwarded as
 * SIGTERM: runs stop on that whatever their config says of SIGUSR1. */
static Status stop(StudyWork *w, Status asked, Error *e)
{
    int done, started;
    study_progress_end_line(w);
    signal_all(w, asked == GT_EREQUEUE ? SIGTERM : (int)asked - 128);
    for (reap(w, e); w->running > 0; reap(w, e))
        tick(w);
    study_count_all(w, &done, &started);
    return fail(e, asked,
                "stopped with %d of %d runs done and %d started; the same command continues", done,
                w->runs, started);
}

Status study_train(StudyWork *w, Error *e)
{
    double idle = progress_now();
    study_progress_start(w);
    while (signals_stop_status() == GT_OK && start_runs(w, &idle, e)) {
        forward_requests(w);
        tick(w);
        reap(w, e);
    }
    if (signals_stop_status() != GT_OK)
        return stop(w, signals_stop_status(), e);
    study_progress_end_line(w);
    return e->code;
}
