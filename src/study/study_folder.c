/* The folder of a study:
 *
 *   study.json                the study; training it again does the same
 *   CELL/config.json          the config of a cell, with the first seed
 *   CELL/SEED/                a run folder as any other, with
 *   CELL/SEED/outcome.json    how it ended, once it has: such a run is not begun again
 *   CELL/SEED/train.log       what its processes said
 *   study.csv, report.html    the results */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/json.h"
#include "gantrain/study/study_work.h"

enum { LIMIT = 1 << 20 };

static const char *const state_name[] = {
    [RUN_MISSING] = "missing",   [RUN_GOING] = "going",   [RUN_DONE] = "done",
    [RUN_DIVERGED] = "diverged", [RUN_FAILED] = "failed",
};

const char *study_state_name(RunState state)
{
    return state_name[state];
}

/* ---- paths ------------------------------------------------------------------------------------------ */

void study_cell_file(const StudyWork *w, const StudyCell *c, const char *name,
                     char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%.3800s/%s%s%s", w->folder, c->name, *name ? "/" : "", name);
}

void study_run_file(const StudyWork *w, const StudyRun *r, const char *name, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%.3800s/%s/%" PRId64 "%s%s", w->folder, r->cell->name, r->seed,
             *name ? "/" : "", name);
}

int study_folder(const Study *s, const StudyRequest *q, char *out)
{
    return snprintf(out, FOLDER_PATH, "%s%s", q->out ? q->out : "studies/", q->out ? "" : s->name);
}

/* ---- what is done already --------------------------------------------------------------------------- */

static Status compare(const char *path, const Text *expected, bool *same, Error *e)
{
    Bytes file = { 0 };
    TRY(file_read(&file, path, LIMIT, GT_EOUTPUT, e));
    *same = file.size == expected->used && memcmp(file.at, expected->at, file.size) == 0;
    bytes_free(&file);
    return GT_OK;
}

/* A damaged file is none: the run is taken up again, and finds that it is complete. */
static Status outcome(const char *path, RunState *state, Error *e)
{
    Json json;
    Error why = { 0 };
    *state = RUN_MISSING;
    if (!file_is_there(path))
        return GT_OK;
    const Status s = json_read(&json, path, 0, &why);
    if (s != GT_OK)
        return s == GT_ERESOURCE ? fail(e, s, "%s", why.text[0]) : GT_OK;
    const Value *v = value_member(json.root, "status");
    for (int i = RUN_DONE; i <= RUN_DIVERGED && v && v->kind == VALUE_STRING; i++)
        if (strcmp(v->text, state_name[i]) == 0)
            *state = (RunState)i;
    json_free(&json);
    return GT_OK;
}

Status study_keep(const StudyWork *w, const StudyRun *r, Error *e)
{
    char path[FOLDER_FILE], text[64];
    const int n = snprintf(text, sizeof text, "{ \"status\": \"%s\" }\n", state_name[r->state]);
    study_run_file(w, r, "outcome.json", path);
    return durable_write(path, text, (size_t)n, e);
}

static bool holds(const char *path, const Text *expected)
{
    bool same;
    return compare(path, expected, &same, NULL) == GT_OK && same;
}

/* A run of ours goes on, one with other settings is refused or removed. */
static Status look_at(StudyWork *w, StudyRun *r, Error *e)
{
    char config[FOLDER_FILE], how[FOLDER_FILE], folder[FOLDER_FILE];
    Text expected = { 0 };
    study_run_file(w, r, "config.json", config);
    study_run_file(w, r, "outcome.json", how);
    study_run_file(w, r, "", folder);
    if (!file_is_there(config))
        return GT_OK;
    Status s = study_config_text(w->s, r->cell, r->seed, &expected, e);
    if (s == GT_OK)
        s = compare(config, &expected, &r->begun,
                    e); /* what cannot be read is not other settings */
    if (s == GT_OK && r->begun)
        s = outcome(how, &r->state, e);
    else if (s == GT_OK && w->q->overwrite)
        r->anew = true;
    else if (s == GT_OK)
        s = also_fail(e, GT_EOUTPUT,
                      "%s: was trained with other settings: use another --out, or --overwrite to "
                      "train it anew",
                      folder);
    text_free(&expected);
    return s;
}

static Status look_at_all(StudyWork *w, Error *e)
{
    for (int i = 0; i < w->runs; i++)
        look_at(w, &w->run[i], e);
    return e->code;
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static Status write_study(const StudyWork *w, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    snprintf(path, sizeof path, "%s/study.json", w->folder);
    Status s = study_text(w->s, &text, e);
    if (s == GT_OK && !holds(path, &text))
        s = durable_write(path, text.at, text.used, e);
    text_free(&text);
    return s;
}

static Status write_cell(const StudyWork *w, const StudyCell *c, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    study_cell_file(w, c, "", path);
    Status s = folder_make(path, e);
    study_cell_file(w, c, "config.json", path);
    if (s == GT_OK)
        s = study_config_text(w->s, c, w->s->seed[0], &text, e);
    if (s == GT_OK && !holds(path, &text))
        s = durable_write(path, text.at, text.used, e);
    text_free(&text);
    return s;
}

static Status make_runs(StudyWork *w, Error *e)
{
    const Study *s = w->s;
    w->runs = s->cells * s->seeds;
    w->run = calloc((size_t)w->runs, sizeof *w->run);
    if (!w->run)
        return fail(e, GT_ERESOURCE, "no memory for %d runs", w->runs);
    for (int i = 0; i < w->runs; i++) {
        w->run[i].cell = &s->cell[i / s->seeds];
        w->run[i].seed = s->seed[i % s->seeds];
    }
    return GT_OK;
}

static Status take_folder(StudyWork *w, Error *e)
{
    RunFolder here;
    if (folder_set(&here, w->folder) && folder_has_run(&here))
        return fail(e, GT_EOUTPUT, "%s: holds a run, not a study: use another --out", w->folder);
    TRY(folder_make(w->folder, e));
    TRY(folder_lock(&w->lock, w->folder,
                    "another gantrain study works in this folder; wait for it or use --out", NULL,
                    e));
    durable_sweep(w->folder);
    return GT_OK;
}

Status study_open(StudyWork *w, Error *e)
{
    w->lock = -1;
    if (study_folder(w->s, w->q, w->folder) > 3800)
        return fail(e, GT_EOUTPUT, "%.80s...: the path of the study's folder is too long",
                    w->folder);
    TRY(make_runs(w, e));
    TRY(take_folder(w, e));
    TRY(look_at_all(w, e));
    TRY(write_study(w, e));
    for (int i = 0; i < w->s->cells; i++)
        TRY(write_cell(w, &w->s->cell[i], e));
    return GT_OK;
}

void study_release(StudyWork *w)
{
    if (w->lock >= 0)
        close(w->lock);
    free(w->run);
    w->run = NULL;
    w->lock = -1;
}
