/* Progress of a study on stderr. The time left is estimated from the steps that are left and the
 * speed of this process's children so far. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gantrain/train/progress.h"
#include "study_parts.h"

enum { SUMMARY = 96, LINE = 512 };

void study_progress_start(StudyWork *w)
{
    w->live = !w->q->quiet && !w->q->no_progress && log_can_overwrite();
    w->start_time = progress_now();
    w->steps_done = 0;
}

/* "3/8 runs  ETA 1m20s" */
static void summarize(const StudyWork *w, char out[SUMMARY])
{
    char eta[PROGRESS_DURATION] = "?";
    int ended = 0;
    uint64_t left = 0, done = w->steps_done;
    for (int i = 0; i < w->runs; i++) {
        const StudyRun *r = &w->run[i];
        if (r->state >= RUN_DONE) {
            ended++;
            continue;
        }
        const uint64_t logged = r->state == RUN_RUNNING ? study_logged_step(w, r) : 0;
        const uint64_t step = logged > r->cell->steps ? r->cell->steps : logged;
        left += r->cell->steps - step;
        done += step > r->first_step ? step - r->first_step : 0;
    }
    if (done > 0)
        progress_duration((double)left * (progress_now() - w->start_time) / (double)done, eta);
    snprintf(out, SUMMARY, "%d/%d runs  ETA %s", ended, w->runs, eta);
}

void study_progress_print(StudyWork *w)
{
    char summary[SUMMARY];
    summarize(w, summary);
    study_progress_end_line(w);
    log_write(summary);
    log_write("\n");
}

void study_progress_update(StudyWork *w)
{
    char summary[SUMMARY], line[LINE];
    const double now = progress_now();
    if (!w->live || now - w->draw_time < 0.5)
        return;
    summarize(w, summary);
    size_t n = (size_t)snprintf(line, sizeof line, "\r%s", summary);
    for (int i = 0; i < w->runs && n < 70; i++)
        if (w->run[i].state == RUN_RUNNING)
            n += (size_t)snprintf(line + n, sizeof line - n, "  %.40s/%" PRId64,
                                  w->run[i].cell->name, w->run[i].seed);
    snprintf(line + (n < 78 ? n : 78), 8, "\033[K");
    log_write(line);
    w->draw_time = now;
    w->line_open = true;
}

/* The step from which a stopped run will continue; 0: no checkpoint. */
static uint64_t saved_step(const StudyWork *w, const StudyRun *r)
{
    char path[FOLDER_FILE];
    RunFolder folder;
    uint64_t *steps = NULL, newest = 0;
    int n = 0;
    study_run_file(w, r, "", path);
    if (folder_set(&folder, path) && folder_checkpoints(&folder, &steps, &n, NULL) == GT_OK &&
        n > 0)
        newest = steps[0];
    free(steps);
    return newest;
}

void study_progress_run(StudyWork *w, const StudyRun *r)
{
    char summary[SUMMARY], how[64];
    if (w->live || w->q->quiet)
        return;
    const uint64_t step = r->state == RUN_PENDING ? saved_step(w, r) : 0;
    if (step > 0)
        snprintf(how, sizeof how, "stopped at step %" PRIu64 " of %" PRIu64, step, r->cell->steps);
    else
        snprintf(how, sizeof how, "%s",
                 r->state == RUN_PENDING ? "started" : study_state_name[r->state]);
    summarize(w, summary);
    log_info(&w->log, "%s  %s, seed %" PRId64 ": %s", summary, r->cell->name, r->seed, how);
}

void study_progress_end_line(StudyWork *w)
{
    if (w->line_open)
        log_write("\r\033[K");
    w->line_open = false;
}
