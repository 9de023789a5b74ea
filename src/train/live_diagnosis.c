/* A diagnosis while a run goes on: a cause has to hold for several rows before it is told, for a
 * generator that was just born looks like a broken one. In the first tenth of a run only what leaves
 * little hope is told. */
#include "gantrain/train/live_diagnosis.h"

#include <inttypes.h>
#include <string.h>

#include "gantrain/train/run.h"

static const double SEVERE = 0.9;
enum { ROWS_BEFORE = 8, ROWS_HELD = 5 }; /* before anything is told; in which a cause must hold */

/* Marks it as told; false: it was so already. */
static bool is_new(LiveDiagnosis *w, const char *cause)
{
    int i = 0;
    while (i < WATCH_CAUSES - 1 && w->told[i] && strcmp(w->told[i], cause) != 0)
        i++;
    if (w->told[i] || i == WATCH_CAUSES - 1)
        return false;
    w->told[i] = cause;
    return true;
}

Status watch_row(LiveDiagnosis *w, const char *row, size_t n, const Config *c, bool *tell,
                 Finding *f, Error *e)
{
    *tell = false;
    TRY(history_append(&w->recent, row, n, WATCH_ROWS, e));
    diagnose(&w->recent, c, f, 1);
    w->held = w->cause && strcmp(w->cause, f->cause) == 0 ? w->held + 1 : 1;
    w->cause = f->cause;
    *tell = f->severity > (w->young ? SEVERE : 0) && w->recent.rows >= ROWS_BEFORE &&
            w->held >= ROWS_HELD && is_new(w, f->cause);
    return GT_OK;
}

void watch_close(LiveDiagnosis *w)
{
    history_free(&w->recent);
}

/* ---- of a run --------------------------------------------------------------------------------------- */

Status run_diagnose_live(Run *r, Error *e)
{
    Text row = { 0 }, words = { 0 };
    Finding found;
    bool tell = false;
    if (r->log->quiet)
        return GT_OK;
    r->watch.young = r->gan.step < r->steps / 10;
    metrics_row(r, &row);
    const Status s = row.failed
                         ? fail(e, GT_ERESOURCE, "no memory for a row")
                         : watch_row(&r->watch, row.at, row.used, &r->config, &tell, &found, e);
    if (tell) {
        finding_text(&found, &words);
        progress_end_line(&r->progress);
        log_info(r->log, "diagnosis at step %" PRIu64 ": %s", r->gan.step,
                 words.at ? words.at : "");
    }
    text_free(&row);
    text_free(&words);
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
        return; /* what cannot be read was told when it could not be written */
    const int n = diagnose(&h, &r->config, found, FINDINGS);
    for (int i = 0; i < n; i++) {
        Text words = { 0 };
        finding_text(&found[i], &words);
        log_info(r->log, "diagnosis: %s", words.at ? words.at : "");
        text_free(&words);
    }
    history_free(&h);
}
