/* A study from its file to its results. */
#include "gantrain/study/study.h"

#include <stdio.h>
#include <stdlib.h>

#include "gantrain/io/durable.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/run.h"
#include "gantrain/train/signals.h"
#include "study_parts.h"

static Status prepare_classifier(StudyWork *w, const StudyCell *cell, Run *r, Error *e)
{
    TaskProgress progress = task_progress_start(w->q->quiet, !w->q->no_progress);
    TRY(study_config(w->s, cell, w->s->seed[0], &r->config, e));
    if (!r->config.evaluate.classifier)
        return GT_OK;
    run_show_reading(r, w->q->quiet, !w->q->no_progress);
    TRY(run_open(r, e));
    return training_scores_prepare(&r->evaluation, &r->gan, &r->config, progress_classifier,
                                   &progress, e);
}

/* Trains the classifiers that score images and are not in the cache yet: processes that start side
 * by side would each train them. */
static Status prepare_classifiers(StudyWork *w, Error *e)
{
    Run *r = calloc(1, sizeof *r);
    Status s = r ? GT_OK : fail(e, GT_ERESOURCE, "no memory for a run");
    for (int i = 0; s == GT_OK && i < w->s->cells; i++) {
        if (study_count(w, i, RUN_PENDING) == 0)
            continue;
        *r = (Run){ .log = &w->log, .folder.lock = -1 };
        s = prepare_classifier(w, &w->s->cell[i], r, e);
        run_close(r);
    }
    free(r);
    return s;
}

static void log_summary(const StudyWork *w)
{
    int done, started;
    char also[32] = "";
    study_count_all(w, &done, &started);
    if (started > 0)
        snprintf(also, sizeof also, ", %d started", started);
    log_info(&w->log, "%s: %d cells x %d seeds, %d of %d runs done%s, %d at a time, into %s",
             w->s->name, w->s->cells, w->s->seeds, done, w->runs, also, w->q->jobs, w->folder);
    char note[STUDY_NOTE];
    study_loss_note(w->s, note);
    if (*note)
        log_warning(&w->log, "%s", note);
    const int others = study_count_other_runs(w);
    if (others > 0)
        log_info(&w->log, "note: %s also holds %d %s with other seeds or points: not counted",
                 w->folder, others, others == 1 ? "run" : "runs");
}

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
    TRY(study_read_results(w, e));
    study_csv(w, &csv);
    study_table(w, w->q->markdown, results);
    text_add(results, "\n");
    Status s = write_result(w, "study.csv", &csv, results, e);
    if (s == GT_OK)
        s = study_page(w, &page, e);
    if (s == GT_OK)
        s = write_result(w, "report.html", &page, results, e);
    text_free(&csv);
    text_free(&page);
    return s;
}

/* Results are written even if some runs failed. */
static Status train_and_compare(StudyWork *w, Text *results, Error *e)
{
    Error failure = { 0 };
    TRY(study_open_folder(w, e));
    log_summary(w);
    TRY(prepare_classifiers(w, e));
    study_train(w, e);
    if (signals_stop_status() != GT_OK) /* this process was stopped, not only a run of it */
        return e->code;
    if (write_results(w, results, &failure) != GT_OK)
        also_fail(e, failure.code, "%s", failure.text[0]);
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
        status = train_and_compare(&w, results, e);
    study_close_folder(&w);
    study_close(s);
    free(s);
    return status;
}
