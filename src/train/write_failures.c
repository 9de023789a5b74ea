/* Output that cannot be written, such as on a full disk, does not end a training: it is tried again
 * at the next interval. Each kind is reported when it begins to fail, and at the end of the run. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "train_parts.h"

static WriteFailure *find(Run *r, const char *what)
{
    for (int i = 0; i < r->n_failures; i++)
        if (strcmp(r->failure[i].what, what) == 0)
            return &r->failure[i];
    return NULL;
}

/* Messages differ by the number in their path; the cause stands behind the last colon. */
static bool is_same_cause(const Error *a, const Error *b)
{
    const char *x = strrchr(a->text[0], ':'), *y = strrchr(b->text[0], ':');
    return strcmp(x ? x : a->text[0], y ? y : b->text[0]) == 0;
}

void run_write_failed(Run *r, const char *what, const Error *why)
{
    WriteFailure *f = find(r, what);
    if (!f) {
        assert(r->n_failures < WRITE_FAILURES);
        f = &r->failure[r->n_failures++];
        *f = (WriteFailure){ .what = what, .first = r->gan.step };
    }
    const bool known = f->failing && is_same_cause(&f->why, why);
    f->last = r->gan.step;
    f->times++;
    f->failing = true;
    f->why = *why;
    if (known)
        return;
    progress_end_line(&r->progress);
    log_warning(r->log, "%s: %s; training continues", what, why->text[0]);
}

void run_output_recovered(Run *r, const char *what)
{
    WriteFailure *f = find(r, what);
    if (f && f->failing)
        log_info(r->log, "%s: works again at step %" PRIu64, what, r->gan.step);
    if (f)
        f->failing = false;
}

/* ---- at the end ------------------------------------------------------------------------------ */

static void list_failures(const Run *r, Error *e)
{
    for (int i = 0; i < r->n_failures; i++) {
        const WriteFailure *f = &r->failure[i];
        if (f->times == 1)
            also_fail(e, f->why.code, "%s at step %" PRIu64 ": %.400s", f->what, f->last,
                      f->why.text[0]);
        else
            also_fail(e, f->why.code,
                      "%s %d times, at steps %" PRIu64 " to %" PRIu64 ", the last time: %.380s",
                      f->what, f->times, f->first, f->last, f->why.text[0]);
    }
}

/* Pictures and rows can be made again from a saved state. */
static void add_last_saved(const Run *r, Error *e)
{
    char path[FOLDER_FILE];
    const uint64_t step = r->gan.step;
    folder_checkpoint(&r->folder, r->saved, path);
    if (r->saved == UINT64_MAX || !file_exists(path))
        also_fail(e, GT_EOUTPUT, "no state is saved: steps 1 to %" PRIu64 " are lost", step);
    else if (r->saved == step)
        also_fail(e, GT_EOUTPUT, "the state of the last step, %" PRIu64 ", is saved: %s", step,
                  path);
    else
        also_fail(e, GT_EOUTPUT,
                  "the state of the last step is not saved: steps %" PRIu64 " to %" PRIu64
                  " are lost; --resume continues from step %" PRIu64,
                  r->saved + 1, step, r->saved);
}

Status run_report_failures(const Run *r, Error *e)
{
    if (r->n_failures == 0)
        return e->code;
    list_failures(r, e);
    add_last_saved(r, e);
    return e->code;
}

void run_warn_failures(const Run *r)
{
    Error all = { 0 };
    list_failures(r, &all);
    for (int i = 0; i < all.lines; i++)
        log_warning(r->log, "%s", all.text[i]);
}

Status run_check_folder(Run *r, Error *e)
{
    const uint64_t step = r->gan.step;
    if (folder_in_place(&r->folder))
        return GT_OK;
    progress_end_line(&r->progress);
    if (r->saved == UINT64_MAX)
        return fail(e, GT_EOUTPUT,
                    "%s: the run folder was moved or removed: training stopped at step %" PRIu64
                    "; no state was saved",
                    r->folder.path, step);
    return fail(e, GT_EOUTPUT,
                "%s: the run folder was moved or removed: training stopped at step %" PRIu64
                "; its newest checkpoint is of step %" PRIu64
                ": if it was moved, resume with --out NEW_PATH --resume",
                r->folder.path, step, r->saved);
}
