/* The top of the page: whose report it is, where the run stands in a few large numbers, what is missing. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/html.h"

enum { TILES_OF_SCORES = 8 };

/* ---- the large numbers ------------------------------------------------------------------------------- */

static void add_tile(Text *out, const char *value, const char *what, const char *more)
{
    text_add(out, "<div class=\"tile\"><dt>");
    html_add(out, what);
    if (*more)
        text_add(out, " <small>%s</small>", more);
    text_add(out, "</dt><dd>%s</dd></div>\n", value);
}

/* A count, and of how many. */
static void add_count(Text *out, double n, const char *what, double of)
{
    char value[NUMBER_TEXT], all[NUMBER_TEXT], more[NUMBER_TEXT + 8] = "";
    if (isnan(n))
        return;
    number_text(n, value);
    number_text(of, all);
    if (of > 0)
        snprintf(more, sizeof more, "of %s", all);
    add_tile(out, value, what, more);
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

static void add_rate(Text *out, const ReportRun *r)
{
    char value[NUMBER_TEXT], what[32];
    const double rate = report_last(r, "examples_per_s", NULL);
    if (isnan(rate))
        return;
    number_text(rate >= 100 ? round(rate) : rate, value);
    snprintf(what, sizeof what, "%s a second", report_samples(r));
    add_tile(out, value, what, "");
}

/* What is read from across the room; the table has the rest. */
static double three_digits(double v)
{
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%.3g", v);
    return strtod(text, NULL);
}

static void add_scores(Text *out, const Report *p, const ReportRun *r)
{
    char value[NUMBER_TEXT], at[NUMBER_TEXT], more[NUMBER_TEXT + 16];
    const double *epoch = history_column(&r->history, "epoch");
    for (int i = 0, told = 0; i < p->n_columns && told < TILES_OF_SCORES; i++) {
        const char *name = p->column[i].name;
        int row;
        const double v = report_last(r, name, &row);
        if (!p->column[i].score || row < 0)
            continue;
        report_value_text(name, three_digits(v), value);
        number_text(epoch ? epoch[row] : (double)NAN, at);
        snprintf(more, sizeof more, "at epoch %s", at);
        add_tile(out, value, report_words(name).title, epoch ? more : "");
        told++;
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
    add_rate(out, r);
    add_scores(out, p, r);
    text_add(out, "</dl>\n");
}

/* ---- the title -------------------------------------------------------------------------------------- */

static void add_kind(Text *out, const ReportRun *r, const char *path, const char *before)
{
    const Value *v = report_value(&r->config, path);
    const Value *kind = v && v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    if (!kind || kind->kind != VALUE_STRING || strcmp(kind->text, "none") == 0)
        return;
    text_add(out, "%s", before);
    html_add(out, kind->text);
}

/* "non_saturating, r1, learning idx data/mnist" */
static void add_recipe(Text *out, const ReportRun *r)
{
    const Value *dir = report_value(&r->config, "data.dir");
    add_kind(out, r, "objective", "");
    add_kind(out, r, "penalty", " with ");
    if (dir && dir->kind == VALUE_STRING) {
        text_add(out, " on ");
        html_add(out, dir->text);
    } else
        add_kind(out, r, "data", " on ");
}

static void add_run_title(Text *out, const Report *p)
{
    text_add(out, "<h1>");
    html_add(out, p->run[0].label);
    text_add(out, "</h1>\n<p class=\"recipe\">");
    add_recipe(out, &p->run[0]);
    text_add(out, "</p>\n");
}

static void add_title_of_runs(Text *out, const Report *p)
{
    text_add(out, "<h1>%d runs side by side</h1>\n<ul class=\"runs\">", p->n);
    for (int i = 0; i < p->n; i++) {
        text_add(out, "<li><i class=\"key c%d\"></i><b>", i);
        html_add(out, p->run[i].label);
        text_add(out, "</b> ");
        add_recipe(out, &p->run[i]);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
}

static void add_missing(Text *out, const Report *p)
{
    size_t all = 0;
    for (int i = 0; i < p->n; i++)
        all += p->run[i].missing.used;
    if (all == 0)
        return;
    text_add(out, "<aside class=\"missing\"><h2>What is missing</h2><p>");
    for (int i = 0; i < p->n; i++)
        if (p->run[i].missing.at)
            html_add(out, p->run[i].missing.at);
    text_add(out, "</p></aside>\n");
}

void report_add_header(Text *out, const Report *p)
{
    text_add(out, "<header><p class=\"kind\">gantrain report</p>\n");
    if (p->n > 1)
        add_title_of_runs(out, p);
    else
        add_run_title(out, p);
    text_add(out, "</header>\n");
    add_missing(out, p);
    if (p->n == 1)
        add_tiles(out, p, &p->run[0]);
}
