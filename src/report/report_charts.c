/* Which columns are drawn together, and how. Of one run, what belongs together shares a chart; of several,
 * every column has a chart of its own and every run its colour. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/html.h"

enum { LINES = 2 };

/* The colours of one run's charts, as the page's style numbers them. */
enum { BLUE, ORANGE, GREEN, PINK, VIOLET };

typedef struct Line {
    const char *column;
    int colour;
} Line;

/* One chart of the training itself, over the steps. */
typedef struct Panel {
    const char *title, *about;
    Line line[LINES];
    bool idle; /* left out when it is 0 in every row: not in use                          */
    bool lazy; /* 0 where the step did not compute it, if the penalty is not of every step */
    double reference;
    const char *reference_name; /* of a line across, or NULL                                  */
} Panel;

static const Panel panels[] = {
    { "Losses",
      "What each player minimises. Neither has to fall: each is measured by the other.",
      { { "d_loss", BLUE }, { "g_loss", ORANGE } },
      .reference_name = NULL },
    { "How often D is right",
      "Near 50 % on both, D cannot tell generated from real.",
      { { "d_accuracy_real", GREEN }, { "d_accuracy_fake", PINK } },
      .reference = 0.5,
      .reference_name = "guessing" },
    { "What D believes",
      "Mean of D’s probability that a sample is real.",
      { { "d_real", GREEN }, { "d_fake", PINK } },
      .reference = 0.5,
      .reference_name = "undecided" },
    { "Gradient norms",
      "Length of each player’s gradient. Toward 0 nothing is learnt any more.",
      { { "d_grad_norm", BLUE }, { "g_grad_norm", ORANGE } },
      .reference_name = NULL },
    { "Update ratios",
      "Length of an update over length of the weights.",
      { { "d_update_ratio", BLUE }, { "g_update_ratio", ORANGE } },
      .reference = 1e-3,
      .reference_name = "usual" },
    { "Spread of the samples",
      "How far generated samples lie apart, over how far real ones do; toward 0 all are the same.",
      { { "sample_spread", BLUE } },
      .reference = 1,
      .reference_name = "as the data" },
    { "Gradient penalty",
      "Where the step took it; not part of the loss above.",
      { { "penalty", BLUE } },
      .idle = true,
      .lazy = true },
    { "Slope of D",
      "Mean length of D’s gradient with respect to the samples, where the penalty looked.",
      { { "slope", BLUE } },
      .idle = true,
      .lazy = true },
    { "Saturated logits",
      "Share of D’s logits beyond ±4.6: sure to 99 %, and hardly a gradient left.",
      { { "d_saturation", BLUE } },
      .idle = true },
};

enum { N_PANELS = sizeof panels / sizeof *panels };

/* ---- from a history to series ------------------------------------------------------------------------ */

/* The arrays that series point into. */
typedef struct Store {
    double *at[4 * CHART_SERIES]; /* owned */
    int n;
} Store;

static double *store_take(Store *s, int n)
{
    double *at = malloc(((size_t)n + 1) * sizeof *at);
    if (at)
        s->at[s->n++] = at;
    return at;
}

static void store_free(Store *s)
{
    for (int i = 0; i < s->n; i++)
        free(s->at[i]);
    s->n = 0;
}

/* What a row without a value means: it is missing, nothing was measured there, or likewise with 0. */
typedef enum Rows { ROWS_ALL, ROWS_MEASURED, ROWS_NOT_ZERO } Rows;

static bool takes(Rows rows, double y)
{
    return rows == ROWS_ALL || (isfinite(y) && (rows == ROWS_MEASURED || y != 0));
}

/* One column over another as a curve. False: no memory. */
static bool add_series(Chart *c, Store *store, const ReportRun *r, Rows rows, const char *over,
                       const char *column, const char *name, int colour)
{
    const int all = r->history.rows;
    const double *x = history_column(&r->history, over), *y = history_column(&r->history, column);
    if (!x || !y || c->n == CHART_SERIES)
        return true;
    double *xs = store_take(store, all), *ys = store_take(store, all), reached = 0;
    if (!xs || !ys)
        return false;
    int n = 0;
    for (int i = 0; i < all; i++) {
        if (!isfinite(x[i]) || !takes(rows, y[i]))
            continue;
        reached = fmax(reached, x[i]); /* a history may have been edited: never back */
        xs[n] = reached;
        ys[n++] = y[i];
    }
    c->series[c->n++] = (Series){ name, xs, ys, n, colour };
    return true;
}

static Rows rows_of(const Panel *panel, const ReportRun *r)
{
    return panel->lazy && report_number(&r->config, "penalty.every", 1) > 1 ? ROWS_NOT_ZERO
                                                                            : ROWS_ALL;
}

/* ---- charts ----------------------------------------------------------------------------------------- */

static bool always_zero(const Report *p, const char *column)
{
    for (int r = 0; r < p->n; r++) {
        const double *v = history_column(&p->run[r].history, column);
        for (int i = 0; v && i < p->run[r].history.rows; i++)
            if (v[i] != 0 && isfinite(v[i]))
                return false;
    }
    return true;
}

static void finish(Text *out, const Chart *c, Store *store, bool good)
{
    if (good)
        chart_add(out, c);
    else
        out->failed = true;
    store_free(store);
}

static Chart chart_of(const Panel *panel, const char *title, const char *column)
{
    return (Chart){ .title = title,
                    .about = panel->about,
                    .x_name = "step",
                    .scale = report_words(column).scale,
                    .reference = panel->reference,
                    .reference_name = panel->reference_name };
}

static void add_panel(Text *out, const ReportRun *r, const Panel *panel)
{
    Store store = { .n = 0 };
    Chart c = chart_of(panel, panel->title, panel->line[0].column);
    bool good = true;
    for (int i = 0; i < LINES && panel->line[i].column && good; i++)
        good = add_series(&c, &store, r, rows_of(panel, r), "step", panel->line[i].column,
                          report_words(panel->line[i].column).title, panel->line[i].colour);
    finish(out, &c, &store, good);
}

/* A panel of several runs: a chart for each of its columns, "Losses: Discriminator". */
static void add_panel_of_runs(Text *out, const Report *p, const Panel *panel)
{
    char title[128];
    const bool pair = panel->line[1].column != NULL;
    for (int i = 0; i < LINES && panel->line[i].column; i++) {
        const char *column = panel->line[i].column;
        Store store = { .n = 0 };
        bool good = true;
        snprintf(title, sizeof title, "%s%s%s", panel->title, pair ? ": " : "",
                 pair ? report_words(column).title : "");
        Chart c = chart_of(panel, title, column);
        for (int r = 0; r < p->n && good; r++)
            good = add_series(&c, &store, &p->run[r], rows_of(panel, &p->run[r]), "step", column,
                              p->run[r].label, r);
        finish(out, &c, &store, good);
    }
}

/* A chart of one column: of each run in its colour, of a single run in `colour`. */
static void add_column(Text *out, const Report *p, Chart *c, Rows rows, const char *column,
                       int colour)
{
    Store store = { .n = 0 };
    bool good = true;
    for (int r = 0; r < p->n && good; r++)
        good = add_series(c, &store, &p->run[r], rows, c->x_name, column,
                          p->n > 1 ? p->run[r].label : report_words(column).title,
                          p->n > 1 ? r : colour);
    finish(out, c, &store, good);
}

/* "what it is; lower is better" */
static void write_about(const ColumnWords *w, char out[256])
{
    const bool told = w->better != NEITHER;
    snprintf(out, 256, "%s%s%s%s", w->about ? w->about : "", w->about && told ? "; " : "",
             told ? direction_name(w->better) : "", told ? " is better" : "");
}

/* A score over the epochs, or what no panel shows over the steps. */
static void add_other(Text *out, const Report *p, const char *column, bool score)
{
    char about[256];
    const ColumnWords w = report_words(column);
    write_about(&w, about);
    Chart c = { .title = w.title,
                .about = *about ? about : NULL,
                .x_name = score ? "epoch" : "step",
                .scale = w.scale };
    add_column(out, p, &c, score ? ROWS_MEASURED : ROWS_ALL, column, VIOLET);
}

static void add_speed(Text *out, const Report *p)
{
    char title[64];
    snprintf(title, sizeof title, "Speed: %s a second", report_samples(&p->run[0]));
    Chart c = { .title = title,
                .about = "Mean since the process began; one that resumed counts anew.",
                .x_name = "step" };
    add_column(out, p, &c, ROWS_ALL, "examples_per_s", GREEN);
}

static bool in_a_panel(const char *column)
{
    for (int i = 0; i < N_PANELS; i++)
        for (int j = 0; j < LINES && panels[i].line[j].column; j++)
            if (strcmp(panels[i].line[j].column, column) == 0)
                return true;
    return false;
}

/* ---- sections --------------------------------------------------------------------------------------- */

/* What was added since `before` gets a heading; nothing gets none. */
static void close_section(Text *out, Text *charts, const char *id, const char *title)
{
    if (charts->used > 0) {
        text_add(out, "<section id=\"%s\"><h2>%s</h2>\n<div class=\"charts\">\n", id, title);
        text_add_bytes(out, charts->at, charts->used);
        text_add(out, "</div></section>\n");
    }
    out->failed = out->failed || charts->failed;
    text_free(charts);
}

void report_add_charts(Text *out, const Report *p)
{
    Text scores = { 0 }, training = { 0 };
    for (int i = 0; i < p->n_columns; i++)
        if (p->column[i].score)
            add_other(&scores, p, p->column[i].name, true);
    for (int i = 0; i < N_PANELS; i++) {
        if (panels[i].idle && always_zero(p, panels[i].line[0].column))
            continue;
        if (p->n > 1)
            add_panel_of_runs(&training, p, &panels[i]);
        else
            add_panel(&training, &p->run[0], &panels[i]);
    }
    for (int i = 0; i < p->n_columns; i++)
        if (!p->column[i].score && !in_a_panel(p->column[i].name) &&
            !report_words(p->column[i].name).table_only)
            add_other(&training, p, p->column[i].name, false);
    add_speed(&training, p);
    close_section(out, &scores, "scores", "Scores");
    close_section(out, &training, "training", "Training");
}
