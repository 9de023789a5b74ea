/* What a run says about output that failed, and about a folder that is not where it was. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/train/run.h"

/* A full disk must not end a training: say it, remember it, go on. */
void run_write_failed(Run *r, const char *what, const Error *e)
{
    if (!write_failures_add(&r->late, what, r->gan.step, e))
        return;
    progress_end_line(&r->progress);
    log_warning(r->log, "%s: %s; training goes on", what, e->text[0]);
}

void run_output_recovered(Run *r, const char *what)
{
    if (write_failures_clear(&r->late, what))
        log_info(r->log, "%s: works again at step %" PRIu64, what, r->gan.step);
}

/* What a failure costs is the state; pictures and rows can be made from it. */
static void tell_state(const Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const uint64_t step = r->gan.step;
    folder_checkpoint(&r->folder, r->saved, path);
    const bool there = r->saved != UINT64_MAX && file_is_there(path);
    if (r->gone)
        also_fail(e, GT_EOUTPUT,
                  "%s: the run folder was removed while training: steps 1 to %" PRIu64 " are lost",
                  r->folder.path, step);
    else if (there && r->saved == step)
        also_fail(e, GT_EOUTPUT, "the state of the last step, %" PRIu64 ", is saved: %s", step,
                  path);
    else if (there)
        also_fail(e, GT_EOUTPUT,
                  "the state of the last step is not saved: steps %" PRIu64 " to %" PRIu64
                  " are lost; --resume goes on from step %" PRIu64,
                  r->saved + 1, step, r->saved);
    else
        also_fail(e, GT_EOUTPUT, "no state is saved: steps 1 to %" PRIu64 " are lost", step);
}

Status run_report_failures(const Run *r, Error *e)
{
    if (r->late.n == 0 && !r->gone)
        return e->code;
    if (!r->gone) /* else nothing is there at all */
        write_failures_report(&r->late, e);
    tell_state(r, e);
    return e->code;
}

void run_warn_failures(const Run *r)
{
    Error all = { 0 };
    if (!r->gone)
        write_failures_report(&r->late, &all);
    for (int i = 0; i < all.lines; i++)
        log_warning(r->log, "%s", all.text[i]);
}

static void say_gone(Run *r)
{
    progress_end_line(&r->progress);
    log_warning(r->log,
                "%s: the run folder was removed: steps 1 to %" PRIu64
                " are at risk; training goes on, but nothing can be written",
                r->folder.path, r->gan.step);
}

static void say_moved(Run *r, const char *before)
{
    progress_end_line(&r->progress);
    log_warning(r->log, "%s: the run folder was moved: going on in %s", before, r->folder.path);
}

bool run_mend(Run *r)
{
    char before[FOLDER_PATH];
    snprintf(before, sizeof before, "%s", r->folder.path);
    const bool mended = folder_repair(&r->folder);
    if (strcmp(before, r->folder.path) != 0)
        say_moved(r, before);
    return mended;
}

bool run_follow(Run *r)
{
    char before[FOLDER_PATH];
    snprintf(before, sizeof before, "%s", r->folder.path);
    const FolderPlace place = folder_follow(&r->folder);
    if (place == FOLDER_GONE && !r->gone)
        say_gone(r);
    if (place == FOLDER_MOVED)
        say_moved(r, before);
    r->gone = place == FOLDER_GONE;
    return !r->gone;
}
