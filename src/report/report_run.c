/* Reads a run folder file by file: a missing or damaged file is noted, not fatal. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/io/html.h"

/* Returns only lack of memory; notes other failures. */
static Status note_failure(ReportRun *r, Status s, const Error *why, Error *e)
{
    if (s == GT_ERESOURCE)
        *e = *why;
    else if (s != GT_OK)
        text_add(&r->missing, "%s\n", why->text[0]);
    return s == GT_ERESOURCE ? s : GT_OK;
}

/* Sets the path of a file. Whether it is missing, which is noted unless it is still to come. */
static bool is_missing(ReportRun *r, const char *name, const char *content, bool expected,
                       char path[FOLDER_FILE])
{
    folder_file(&r->folder, name, path);
    if (file_exists(path))
        return false;
    if (!expected)
        text_add(&r->missing, "%s: missing; the report has no %s\n", path, content);
    return true;
}

static Status read_json(ReportRun *r, const char *name, Json *tree, const char *content, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    if (is_missing(r, name, content, false, path))
        return GT_OK;
    return note_failure(r, json_read(tree, path, 0, &why), &why, e);
}

static Status read_history(ReportRun *r, bool running, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    if (is_missing(r, "metrics.jsonl", "charts", running, path))
        return GT_OK;
    return note_failure(r, history_read_lenient(&r->history, path, &r->missing, &why), &why, e);
}

static Status list_pictures(ReportRun *r, bool running, Error *e)
{
    char path[FOLDER_FILE];
    Error why = { 0 };
    folder_file(&r->folder, "samples", path);
    if (file_exists(path)) {
        const Status s = folder_samples(&r->folder, &r->epoch, &r->n_epochs, &why);
        if (s != GT_OK)
            return note_failure(r, s, &why, e);
    }
    if (r->n_epochs == 0 && !running)
        text_add(&r->missing, "%s: contains no epoch-*.png\n", path);
    for (int i = 0; i < r->n_epochs / 2; i++) { /* folder_samples lists the newest first */
        const uint64_t swap = r->epoch[i];
        r->epoch[i] = r->epoch[r->n_epochs - 1 - i];
        r->epoch[r->n_epochs - 1 - i] = swap;
    }
    return GT_OK;
}

/* The last component of the folder's path. */
static const char *base_name(const ReportRun *r)
{
    const char *slash = strrchr(r->folder.path, '/');
    return slash && slash[1] ? slash + 1 : r->folder.path;
}

Status report_run_open(ReportRun *r, const char *folder, bool running, Error *e)
{
    *r = (ReportRun){ .folder = { .lock = -1 } };
    TRY(folder_find(&r->folder, folder, e));
    TRY(list_pictures(r, running, e));
    TRY(read_json(r, "config.json", &r->config, "settings", e));
    TRY(read_json(r, "environment.json", &r->environment, "environment", e));
    TRY(read_history(r, running, e));
    TRY(report_read_confusion(r, e));
    const Value *name = report_lookup(&r->config, "name");
    const bool named = name && name->kind == VALUE_STRING && *name->text;
    r->label = named ? name->text : base_name(r);
    return r->missing.failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}

void report_run_close(ReportRun *r)
{
    json_free(&r->config);
    json_free(&r->environment);
    json_free(&r->confusion);
    history_free(&r->history);
    free(r->epoch);
    text_free(&r->missing);
    *r = (ReportRun){ .folder = { .lock = -1 } };
}

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

BestRow report_best(const ReportRun *r, const char *column, Direction better)
{
    const double *v = history_column(&r->history, column);
    const double *epoch = history_column(&r->history, "epoch");
    BestRow best = { NAN, -1, NAN };
    for (int i = 0; v && better != NEITHER && i < r->history.rows; i++)
        if (isfinite(v[i]) && (best.row < 0 || score_better(v[i], best.value, better)))
            best = (BestRow){ v[i], i, epoch ? epoch[i] : (double)NAN };
    return best;
}

double report_real(const Report *p, const char *score)
{
    char path[64];
    double all = NAN;
    snprintf(path, sizeof path, "real_scores.%.50s", score);
    for (int i = 0; i < p->n; i++) {
        const double v = report_number(&p->run[i].environment, path, (double)NAN);
        if (isnan(v) || (i > 0 && (v < all || v > all)))
            return NAN;
        all = v;
    }
    return all;
}

const Value *report_lookup(const Json *tree, const char *path)
{
    return value_find(tree->root, path);
}

double report_number(const Json *tree, const char *path, double otherwise)
{
    const Value *v = report_lookup(tree, path);
    return v && v->kind == VALUE_NUMBER ? strtod(v->text, NULL) : otherwise;
}

const char *report_sample_noun(const ReportRun *r)
{
    static const char *const nouns[] = { "images", "points" };
    const Value *v = report_lookup(&r->environment, "samples");
    for (int i = 0; i < 2; i++)
        if (v && v->kind == VALUE_STRING && strcmp(v->text, nouns[i]) == 0)
            return nouns[i];
    return "samples";
}

void report_add_part(Text *out, const char *before, Text *part, const char *after)
{
    if (part->used > 0) {
        text_add(out, "%s", before);
        text_add_bytes(out, part->at, part->used);
        text_add(out, "%s", after);
    }
    out->failed = out->failed || part->failed;
    text_free(part);
}

void report_add_run_heading(Text *out, const Report *p, int r)
{
    text_add(out, "<h3><i class=\"key c%d\"></i>", r);
    html_add_between(out, "", p->run[r].label, "</h3>\n");
}
