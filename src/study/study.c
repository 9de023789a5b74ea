/* A study from its file to its results. */
#include "gantrain/study/study.h"

#include <stdio.h>
#include <stdlib.h>

#include "gantrain/io/durable.h"
#include "gantrain/train/signals.h"
#include "gantrain/study/study_work.h"

static Status write_result(const StudyWork *w, const char *name, const Text *text, Text *results,
                           Error *e)
{
    char path[FOLDER_FILE];
    snprintf(path, sizeof path, "%s/%s", w->folder, name);
    if (text->failed)
        return fail(e, GT_ERESOURCE, "%s: no memory to write it", path);
    TRY(durable_write(path, text->at, text->used, e));
    text_add(results, "%s\n", path);
    return GT_OK;
}

static Status write_results(StudyWork *w, Text *results, Error *e)
{
    Text csv = { 0 }, page = { 0 };
    TRY(study_collect(w, e));
    study_csv(w, &csv);
    study_table(w, w->q->markdown, results);
    text_add(results, "\n");
    Status s = write_result(w, "study.csv", &csv, results, e);
    if (s == GT_OK)
        s = study_report(w, &page, e);
    if (s == GT_OK)
        s = write_result(w, "report.html", &page, results, e);
    text_free(&csv);
    text_free(&page);
    return s;
}

static void greet(const StudyWork *w)
{
    int done = 0, begun = 0;
    char also[32] = "";
    for (int i = 0; i < w->runs; i++) {
        done += w->run[i].state != RUN_MISSING;
        begun += w->run[i].state == RUN_MISSING && w->run[i].begun;
    }
    if (begun > 0)
        snprintf(also, sizeof also, ", %d begun", begun);
    log_info(&w->log, "%s: %d cells x %d seeds, %d of %d runs done%s, %d at a time, into %s",
             w->s->name, w->s->cells, w->s->seeds, done, w->runs, also, w->q->jobs, w->folder);
    const int others = study_count_others(w);
    if (others > 0)
        log_info(&w->log,
                 "note: %s holds %d other %s, of seeds or points that were not asked for now: not "
                 "counted",
                 w->folder, others, others == 1 ? "run" : "runs");
}

/* Runs that failed do not hide what the others gave. */
static Status work(StudyWork *w, Text *results, Error *e)
{
    Error wrong = { 0 };
    TRY(study_open(w, e));
    greet(w);
    TRY(study_prepare(w, e));
    study_train(w, e);
    if (signals_stop_status() != GT_OK) /* not a run that was ended by a signal of its own */
        return e->code;
    if (write_results(w, results, &wrong) != GT_OK)
        also_fail(e, wrong.code, "%s", wrong.text[0]);
    return e->code;
}

Status study(const StudyRequest *q, Text *results, Error *e)
{
    Study *s = calloc(1, sizeof *s);
    StudyWork w = { .s = s, .q = q, .log = { q->quiet }, .lock = -1 };
    if (!s)
        return fail(e, GT_ERESOURCE, "no memory for a study");
    if (!q->dry_run)
        signals_defer();

    Status status = study_read(s, q, e);
    if (status == GT_OK)
        status = study_check(s, e);
    if (status == GT_OK && q->dry_run)
        study_describe(s, q, results);
    else if (status == GT_OK)
        status = work(&w, results, e);
    study_release(&w);
    study_close(s);
    free(s);
    return status;
}
