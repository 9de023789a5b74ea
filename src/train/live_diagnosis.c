/* A cause must hold for several rows before it is reported: a generator at its beginning looks like
 * a broken one. In the first tenth of a run only severe causes are reported. */
#include "gantrain/train/run.h"

#include <inttypes.h>
#include <string.h>

#include "train_parts.h"

static const double SEVERE = 0.9;
enum { MIN_ROWS = 8, MIN_HELD = 5 };

/* Marks a cause as reported; false: it was, or the list is full. */
static bool mark_reported(LiveDiagnosis *d, const char *cause)
{
    int i = 0;
    while (i < LIVE_CAUSES - 1 && d->reported[i] && strcmp(d->reported[i], cause) != 0)
        i++;
    if (d->reported[i] || i == LIVE_CAUSES - 1)
        return false;
    d->reported[i] = cause;
    return true;
}

Status live_diagnosis_add(LiveDiagnosis *d, const char *row, size_t n, const Config *c,
                          bool *report, Finding *f, Error *e)
{
    *report = false;
    TRY(history_append(&d->recent, row, n, LIVE_ROWS, e));
    diagnose(&d->recent, c, f, 1);
    d->held = d->cause && strcmp(d->cause, f->cause) == 0 ? d->held + 1 : 1;
    d->cause = f->cause;
    *report = f->severity > (d->severe_only ? SEVERE : 0) && d->recent.rows >= MIN_ROWS &&
              d->held >= MIN_HELD && mark_reported(d, f->cause);
    return GT_OK;
}

void live_diagnosis_close(LiveDiagnosis *d)
{
    history_free(&d->recent);
}

Status run_diagnose_live(Run *r, Error *e)
{
    Text row = { 0 }, line = { 0 };
    Finding found;
    bool report = false;
    if (r->log->quiet)
        return GT_OK;
    r->live_diagnosis.severe_only = r->gan.step < r->steps / 10;
    metrics_row(r, &row);
    const Status s = row.failed ? fail(e, GT_ERESOURCE, "no memory for a row")
                                : live_diagnosis_add(&r->live_diagnosis, row.at, row.used,
                                                     &r->config, &report, &found, e);
    if (report) {
        finding_text(&found, &line);
        progress_end_line(&r->progress);
        log_info(r->log, "diagnosis at step %" PRIu64 ": %s", r->gan.step, line.at ? line.at : "");
    }
    text_free(&row);
    text_free(&line);
    return s;
}

void run_diagnose(Run *r)
{
    char path[FOLDER_FILE];
    Finding found[FINDINGS];
    History h;
    Error e = { 0 };
    folder_file(&r->folder, "metrics.jsonl", path);
    if (r->log->quiet || history_read(&h, path, &e) != GT_OK)
        return; /* an unreadable file was reported as a write failure */
    const int n = diagnose(&h, &r->config, found, FINDINGS);
    for (int i = 0; i < n; i++) {
        Text line = { 0 };
        finding_text(&found[i], &line);
        log_info(r->log, "diagnosis: %s", line.at ? line.at : "");
        text_free(&line);
    }
    history_free(&h);
}
