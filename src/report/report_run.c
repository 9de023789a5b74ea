/* Reading a run folder part by part: what is missing or damaged is noted, not fatal. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"

/* ---- parts ------------------------------------------------------------------------------------------ */

/* Lack of memory ends a report; damage is noted. */
static Status note_failure(ReportRun *r, Status s, const Error *why, Error *e)
{
    if (s == GT_ERESOURCE) {
        *e = *why;
        return s;
    }
    text_add(&r->missing, "%s\n", why->text[0]);
    return GT_OK;
}

/* The path of a file of the run; whether it is missing, which is noted. */
static bool is_missing(ReportRun *r, const char *name, const char *without, char path[FOLDER_FILE])
{
    folder_file(&r->folder, name, path);
    if (file_is_there(path))
        return false;
    text_add(&r->missing, "%s: missing; the report is without %s\n", path, without);
    return true;
}

static Status read_tree(ReportRun *r, const char *name, Json *tree, const char *without, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    if (is_missing(r, name, without, path))
        return GT_OK;
    const Status s = json_read(tree, path, 0, &why);
    return s == GT_OK ? GT_OK : note_failure(r, s, &why, e);
}

static Status read_history(ReportRun *r, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    if (is_missing(r, "metrics.jsonl", "curves", path))
        return GT_OK;
    const Status s = history_read_lenient(&r->history, path, &r->missing, &why);
    return s == GT_OK ? GT_OK : note_failure(r, s, &why, e);
}

static Status list_pictures(ReportRun *r, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    folder_file(&r->folder, "samples", path);
    if (file_is_there(path)) {
        const Status s = folder_samples(&r->folder, &r->epoch, &r->n_epochs, &why);
        if (s != GT_OK)
            return note_failure(r, s, &why, e);
    }
    if (r->n_epochs == 0)
        text_add(&r->missing, "%s: holds no picture epoch-*.png\n", path);
    for (int i = 0; i < r->n_epochs / 2; i++) { /* they come newest first */
        const uint64_t swap = r->epoch[i];
        r->epoch[i] = r->epoch[r->n_epochs - 1 - i];
        r->epoch[r->n_epochs - 1 - i] = swap;
    }
    return GT_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

Status report_run_open(ReportRun *r, const char *folder, Error *e)
{
    *r = (ReportRun){ .folder = { .lock = -1 } };
    TRY(folder_find(&r->folder, folder, e));
    TRY(list_pictures(r, e));
    TRY(read_tree(r, "config.json", &r->config, "settings", e));
    TRY(read_tree(r, "environment.json", &r->environment, "the environment", e));
    TRY(read_history(r, e));
    const Value *name = report_value(&r->config, "name");
    const bool named = name && name->kind == VALUE_STRING && *name->text;
    r->label = named ? name->text : report_run_base(r);
    return r->missing.failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}

void report_run_close(ReportRun *r)
{
    json_free(&r->config);
    json_free(&r->environment);
    history_free(&r->history);
    free(r->epoch);
    text_free(&r->missing);
    *r = (ReportRun){ .folder = { .lock = -1 } };
}

const char *report_run_base(const ReportRun *r)
{
    const char *slash = strrchr(r->folder.path, '/');
    return slash && slash[1] ? slash + 1 : r->folder.path;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

double report_last(const ReportRun *r, const char *column, int *row)
{
    const double *v = history_column(&r->history, column);
    int i = v ? r->history.rows - 1 : -1;
    while (i >= 0 && !isfinite(v[i]))
        i--;
    if (row)
        *row = i;
    return i >= 0 ? v[i] : (double)NAN;
}

const Value *report_value(const Json *tree, const char *path)
{
    char key[64];
    const Value *v = tree->root;
    while (v && *path) {
        const size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        v = v->kind == VALUE_OBJECT ? value_member(v, key) : NULL;
        path += path[n] ? n + 1 : n;
    }
    return v;
}

double report_number(const Json *tree, const char *path, double otherwise)
{
    const Value *v = report_value(tree, path);
    return v && v->kind == VALUE_NUMBER ? strtod(v->text, NULL) : otherwise;
}

const char *report_samples(const ReportRun *r)
{
    static const char *const known[] = { "images", "points" };
    const Value *v = report_value(&r->environment, "samples");
    for (int i = 0; i < 2; i++)
        if (v && v->kind == VALUE_STRING && strcmp(v->text, known[i]) == 0)
            return known[i];
    return "samples";
}
