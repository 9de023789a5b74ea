/* The top of the page: title, key figures of the run, missing files. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/html.h"

enum { SCORE_TILES = 8 };

static void add_tile(Text *out, const char *value, const char *name, const char *detail)
{
    html_add_between(out, "<div class=\"tile\"><dt>", name, "");
    if (*detail)
        text_add(out, " <small>%s</small>", detail);
    text_add(out, "</dt><dd>%s</dd></div>\n", value);
}

/* "steps of 1000"; the total is omitted when it is 0. */
static void add_count(Text *out, double n, const char *name, double total)
{
    char value[NUMBER_TEXT], all[NUMBER_TEXT], detail[NUMBER_TEXT + 8] = "";
    if (isnan(n))
        return;
    number_text(n, value);
    number_text(total, all);
    if (total > 0)
        snprintf(detail, sizeof detail, "of %s", all);
    add_tile(out, value, name, detail);
}

static void add_duration(Text *out, double seconds)
{
    char value[NUMBER_TEXT];
    const double minutes = floor(seconds / 60), hours = floor(seconds / 3600);
    if (!(seconds > 0))
        return;
    if (minutes < 10)
        snprintf(value, sizeof value, "%.0f s", seconds);
    else if (hours < 1)
        snprintf(value, sizeof value, "%.0f min", minutes);
    else
        snprintf(value, sizeof value, "%.0f h %02.0f", hours, minutes - 60 * hours);
    add_tile(out, value, "of training", "");
}

static void add_speed(Text *out, const ReportRun *r)
{
    char value[NUMBER_TEXT], name[32];
    const double speed = report_last(r, "examples_per_s", NULL);
    if (isnan(speed))
        return;
    number_text(speed >= 100 ? round(speed) : speed, value);
    snprintf(name, sizeof name, "%s per second", report_sample_noun(r));
    add_tile(out, value, name, "");
}

/* The table below has all digits. */
static double round_to_3_digits(double v)
{
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%.3g", v);
    return strtod(text, NULL);
}

/* "at epoch 90; best 0.409 at epoch 85"; "" if the history has no epochs. */
static void describe_epoch(const ReportRun *r, const ColumnInfo *info, int row,
                           char out[4 * NUMBER_TEXT])
{
    char at[NUMBER_TEXT], value[NUMBER_TEXT], best_at[NUMBER_TEXT];
    const double *epoch = history_column(&r->history, "epoch");
    const double v = history_column(&r->history, info->column)[row];
    const BestRow best = report_best(r, info->column, info->better);
    *out = '\0';
    if (!epoch)
        return;
    number_text(epoch[row], at);
    number_text(best.epoch, best_at);
    scaled_text(info->scale, round_to_3_digits(best.value), value);
    if (best.row < 0)
        snprintf(out, 4 * NUMBER_TEXT, "at epoch %s", at);
    else if (best.row == row || !score_better(best.value, v, info->better))
        snprintf(out, 4 * NUMBER_TEXT, "at epoch %s, the best", at);
    else
        snprintf(out, 4 * NUMBER_TEXT, "at epoch %s; best %s at epoch %s", at, value, best_at);
}

static void add_scores(Text *out, const Report *p, const ReportRun *r)
{
    char value[NUMBER_TEXT], detail[4 * NUMBER_TEXT];
    for (int i = 0, tiles = 0; i < p->n_columns && tiles < SCORE_TILES; i++) {
        const char *name = p->column[i].name;
        int row;
        const double v = report_last(r, name, &row);
        if (!p->column[i].score || row < 0)
            continue;
        const ColumnInfo info = report_column_info(name);
        scaled_text(info.scale, round_to_3_digits(v), value);
        describe_epoch(r, &info, row, detail);
        add_tile(out, value, info.title, detail);
        tiles++;
    }
}

static void add_tiles(Text *out, const Report *p, const ReportRun *r)
{
    text_add(out, "<dl class=\"tiles\">\n");
    add_count(out, report_last(r, "epoch", NULL), "epochs",
              report_number(&r->config, "train.epochs", 0));
    add_count(out, report_last(r, "step", NULL), "steps",
              report_number(&r->environment, "steps", 0));
    add_duration(out, history_seconds(&r->history));
    add_speed(out, r);
    add_scores(out, p, r);
    text_add(out, "</dl>\n");
}

static void add_kind(Text *out, const ReportRun *r, const char *path, const char *before)
{
    const Value *v = report_lookup(&r->config, path);
    const Value *kind = v && v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    if (kind && kind->kind == VALUE_STRING && strcmp(kind->text, "none") != 0)
        html_add_between(out, before, kind->text, "");
}

/* "non_saturating with r1 on data/mnist" */
static void add_recipe(Text *out, const ReportRun *r)
{
    const Value *dir = report_lookup(&r->config, "data.dir");
    add_kind(out, r, "objective", "");
    add_kind(out, r, "penalty", " with ");
    if (dir && dir->kind == VALUE_STRING)
        html_add_between(out, " on ", dir->text, "");
    else
        add_kind(out, r, "data", " on ");
}

static void add_title(Text *out, const Report *p)
{
    if (p->n == 1) {
        html_add_between(out, "<h1>", p->run[0].label, "</h1>\n<p class=\"recipe\">");
        add_recipe(out, &p->run[0]);
        text_add(out, "</p>\n");
        return;
    }
    text_add(out, "<h1>%d runs side by side</h1>\n<ul class=\"runs\">", p->n);
    for (int i = 0; i < p->n; i++) {
        text_add(out, "<li><i class=\"key c%d\"></i>", i);
        html_add_between(out, "<b>", p->run[i].label, "</b> ");
        add_recipe(out, &p->run[i]);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
}

static void add_missing(Text *out, const Report *p)
{
    Text lines = { 0 };
    for (int i = 0; i < p->n; i++)
        text_add_bytes(&lines, p->run[i].missing.at, p->run[i].missing.used);
    if (lines.used > 0)
        html_add_between(out, "<aside class=\"missing\"><h2>Missing or damaged files</h2><p>",
                         lines.at, "</p></aside>\n");
    out->failed = out->failed || lines.failed;
    text_free(&lines);
}

void report_add_header(Text *out, const Report *p)
{
    text_add(out, "<header><p class=\"kind\">gantrain report</p>\n");
    add_title(out, p);
    report_add_running(out, p);
    text_add(out, "</header>\n");
    add_missing(out, p);
    if (p->n == 1)
        add_tiles(out, p, &p->run[0]);
}
