/* What a person sees of a study. Time left is told from the steps that are left at the speed of this process's
 * children so far. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/train/progress.h"
#include "gantrain/study/study_work.h"

enum { TAIL = 8192, LINE = 512 };

/* The last whole line of the file begins {"step": N. */
uint64_t study_step(const StudyWork *w, const StudyRun *r)
{
    static const char key[] = "{\"step\": ";
    char path[FOLDER_FILE], text[TAIL + 1];
    study_run_file(w, r, "metrics.jsonl", path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const off_t size = lseek(fd, 0, SEEK_END);
    const ssize_t n = pread(fd, text, TAIL, size > TAIL ? size - TAIL : 0);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    char *end = strrchr(text, '\n');
    if (!end)
        return 0;
    *end = '\0';
    const char *line = strrchr(text, '\n');
    line = line ? line + 1 : text;
    return strncmp(line, key, sizeof key - 1) == 0 ? strtoull(line + sizeof key - 1, NULL, 10) : 0;
}

void study_progress_begin(StudyWork *w)
{
    w->live = !w->q->quiet && !w->q->no_progress && log_can_be_live();
    w->began = progress_now();
    w->trained = 0;
}

/* Runs that have ended, steps that are left, steps trained since the study began. */
static void count(const StudyWork *w, int *ended, uint64_t *left, uint64_t *trained)
{
    *ended = 0;
    *left = 0;
    *trained = w->trained;
    for (int i = 0; i < w->runs; i++) {
        const StudyRun *r = &w->run[i];
        if (r->state != RUN_MISSING && r->state != RUN_GOING) {
            (*ended)++;
            continue;
        }
        const uint64_t step = r->state == RUN_GOING ? study_step(w, r) : 0;
        const uint64_t here = step > r->cell->steps ? r->cell->steps : step;
        *left += r->cell->steps - here;
        *trained += here > r->first ? here - r->first : 0;
    }
}

static void describe(const StudyWork *w, char head[96])
{
    char eta[PROGRESS_DURATION] = "?";
    int ended;
    uint64_t left, trained;
    count(w, &ended, &left, &trained);
    if (trained > 0)
        progress_duration((double)left * (progress_now() - w->began) / (double)trained, eta);
    snprintf(head, 96, "%d/%d runs  ETA %s", ended, w->runs, eta);
}

void study_progress_say(StudyWork *w)
{
    char head[96];
    describe(w, head);
    study_progress_break(w);
    log_put(head);
    log_put("\n");
}

void study_progress_tick(StudyWork *w)
{
    char head[96], line[LINE];
    const double now = progress_now();
    if (!w->live || now - w->drawn < 0.5)
        return;
    describe(w, head);
    size_t n = (size_t)snprintf(line, sizeof line, "\r%s", head);
    for (int i = 0; i < w->runs && n < 70; i++)
        if (w->run[i].state == RUN_GOING)
            n += (size_t)snprintf(line + n, sizeof line - n, "  %.40s/%" PRId64,
                                  w->run[i].cell->name, w->run[i].seed);
    snprintf(line + (n < 78 ? n : 78), 8, "\033[K");
    log_put(line);
    w->drawn = now;
    w->line_open = true;
}

/* Where a run that was stopped goes on. */
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
    char head[96], how[64];
    const uint64_t step = r->state == RUN_MISSING ? saved_step(w, r) : 0;
    if (w->live || w->q->quiet)
        return;
    describe(w, head);
    if (step > 0)
        snprintf(how, sizeof how, "stopped at step %" PRIu64 " of %" PRIu64, step, r->cell->steps);
    else
        snprintf(how, sizeof how, "%s",
                 r->state == RUN_MISSING ? "begun" : study_state_name(r->state));
    log_info(&w->log, "%s  %s, seed %" PRId64 ": %s", head, r->cell->name, r->seed, how);
}

void study_progress_break(StudyWork *w)
{
    if (w->line_open)
        log_put("\r\033[K");
    w->line_open = false;
}
