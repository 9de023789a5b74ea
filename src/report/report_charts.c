/* Which columns share a chart. Of one run, related columns do; of several, every column has its own
 * chart and every run its colour. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 2 };

/* CSS classes of the colours of a single run's charts. */
enum { BLUE, ORANGE, GREEN, PINK, VIOLET };

typedef struct Line {
    const char *column;
    int colour;
} Line;

/* A chart of the training, by step. */
typedef struct Panel {
    const char *title, *about;
    Line line[LINES];
    bool optional; /* omitted when 0 in every row: not in use                             */
    bool sparse;   /* 0 in steps that do not compute it, where penalty.every is above 1   */
    double reference;
    const char *reference_name; /* of a horizontal line, or NULL */
} Panel;

static const Panel panels[] = {
    { "Losses",
      "What each player minimizes. Neither has to fall: each depends on the other player.",
      { { "d_loss", BLUE }, { "g_loss", ORANGE } },
      .reference_name = NULL },
    { "Accuracy of D",
      "Near 50 % on both, D cannot distinguish generated from real samples.",
      { { "d_accuracy_real", GREEN }, { "d_accuracy_fake", PINK } },
      .reference = 0.5,
      .reference_name = "chance" },
    { "Output of D",
      "Mean probability, according to D, that a sample is real.",
      { { "d_real", GREEN }, { "d_fake", PINK } },
      .reference = 0.5,
      .reference_name = "undecided" },
    { "Gradient norms",
      "Norm of each player’s gradient. Near 0 the player no longer learns.",
      { { "d_grad_norm", BLUE }, { "g_grad_norm", ORANGE } },
      .reference_name = NULL },
    { "Update ratios",
      "Norm of an update over norm of the weights.",
      { { "d_update_ratio", BLUE }, { "g_update_ratio", ORANGE } },
      .reference = 1e-3,
      .reference_name = "usual" },
    { "Spread of the samples",
      "Spread of generated samples over spread of real ones; near 0 all samples are the same.",
      { { "sample_spread", BLUE } },
      .reference = 1,
      .reference_name = "as real" },
    { "Gradient penalty",
      "Value of the penalty, where the step computed it; not part of the loss above.",
      { { "penalty", BLUE } },
      .optional = true,
      .sparse = true },
    { "Input gradient of D",
      "Mean norm of D’s gradient with respect to the samples, at the points of the penalty.",
      { { "slope", BLUE } },
      .optional = true,
      .sparse = true },
    { "Saturated logits",
      "Share of D’s logits beyond ±4.6: 99 % confidence, hardly any gradient left.",
      { { "d_saturation", BLUE } },
      .optional = true },
};

enum { PANELS = sizeof panels / sizeof *panels };

typedef struct ChartBuilder {
    Chart chart;
    double *data[CHART_SERIES]; /* x, then y of a series; owned */
    bool failed;                /* no memory                    */
} ChartBuilder;

/* Which rows a series has: all, those with a value, or those of steps that computed the penalty. */
typedef enum Rows { ROWS_ALL, ROWS_WITH_VALUE, ROWS_WITH_PENALTY } Rows;

static void add_series(ChartBuilder *b, const ReportRun *r, Rows rows, const char *column,
                       const char *name, int colour)
{
    Chart *c = &b->chart;
    const int all = r->history.rows;
    const double *x = history_column(&r->history, c->x_name);
    const double *y = history_column(&r->history, column);
    if (!x || !y || c->n == CHART_SERIES)
        return;
    double *xs = malloc(((size_t)all + 1) * 2 * sizeof *xs);
    double *ys = xs ? xs + all : NULL, latest = 0;
    const bool sparse =
        rows == ROWS_WITH_PENALTY && report_number(&r->config, "penalty.every", 1) > 1;
    b->data[c->n] = xs;
    b->failed = b->failed || !xs;
    int n = 0;
    for (int i = 0; xs && i < all; i++) {
        const bool empty = !isfinite(y[i]) || (sparse && y[i] == 0);
        if (!isfinite(x[i]) || (empty && (sparse || rows == ROWS_WITH_VALUE)))
            continue;
        latest = fmax(latest, x[i]); /* an edited history may go back; x may not */
        xs[n] = latest;
        ys[n++] = y[i];
    }
    c->series[c->n++] = (Series){ name, xs, ys, n, colour };
}

/* A column of every run, a single run in `colour`. */
static void add_column(ChartBuilder *b, const Report *p, Rows rows, const char *column, int colour)
{
    for (int r = 0; r < p->n; r++)
        add_series(b, &p->run[r], rows, column,
                   p->n > 1 ? p->run[r].label : report_column_info(column).title,
                   p->n > 1 ? r : colour);
}

static void finish(ChartBuilder *b, Text *out)
{
    if (b->failed)
        out->failed = true;
    else
        chart_add(out, &b->chart);
    for (int i = 0; i < b->chart.n; i++)
        free(b->data[i]);
}

static bool is_always_zero(const Report *p, const char *column)
{
    for (int r = 0; r < p->n; r++) {
        const double *v = history_column(&p->run[r].history, column);
        for (int i = 0; v && i < p->run[r].history.rows; i++)
            if (v[i] != 0 && isfinite(v[i]))
                return false;
    }
    return true;
}

/* A chart of the lines [from, to) of a panel. */
static void add_panel(Text *out, const Report *p, const Panel *panel, int from, int to)
{
    char title[128];
    const Line *line = &panel->line[from];
    const ColumnInfo info = report_column_info(line->column);
    const bool alone = to - from == 1 && panel->line[1].column;
    snprintf(title, sizeof title, "%s%s%s", panel->title, alone ? ": " : "",
             alone ? info.title : "");
    ChartBuilder b = { .chart = { .title = title,
                                  .about = panel->about,
                                  .x_name = "step",
                                  .scale = info.scale,
                                  .reference = panel->reference,
                                  .reference_name = panel->reference_name } };
    for (; line < panel->line + to && line->column; line++)
        add_column(&b, p, panel->sparse ? ROWS_WITH_PENALTY : ROWS_ALL, line->column, line->colour);
    finish(&b, out);
}

/* Of one run all lines share a chart; of several each has its own: "Losses: Discriminator". */
static void add_panel_charts(Text *out, const Report *p, const Panel *panel)
{
    if (p->n == 1)
        add_panel(out, p, panel, 0, LINES);
    else
        for (int i = 0; i < LINES && panel->line[i].column; i++)
            add_panel(out, p, panel, i, i + 1);
}

/* A score by epoch, or a column without a panel by step. */
static void add_other(Text *out, const Report *p, const char *column, bool score)
{
    char about[256];
    const ColumnInfo info = report_column_info(column);
    const bool ranked = info.better != NEITHER;
    const double reached = score ? report_real(p, column) : (double)NAN;
    snprintf(about, sizeof about, "%s%s%s%s", info.about ? info.about : "",
             info.about && ranked ? "; " : "", ranked ? direction_name(info.better) : "",
             ranked ? " is better" : "");
    ChartBuilder b = { .chart = { .title = info.title,
                                  .about = *about ? about : NULL,
                                  .x_name = score ? "epoch" : "step",
                                  .scale = info.scale,
                                  .reference = reached,
                                  .reference_name = isnan(reached) ? NULL : "real",
                                  .shows_reference = true } };
    add_column(&b, p, score ? ROWS_WITH_VALUE : ROWS_ALL, column, VIOLET);
    finish(&b, out);
}

static void add_speed(Text *out, const Report *p)
{
    char title[64];
    snprintf(title, sizeof title, "Speed: %s per second", report_sample_noun(&p->run[0]));
    ChartBuilder b = { .chart = { .title = title,
                                  .about = "Mean since the process started; a resumed run starts "
                                           "a new mean.",
                                  .x_name = "step" } };
    add_column(&b, p, ROWS_ALL, "examples_per_s", GREEN);
    finish(&b, out);
}

static bool has_panel(const char *column)
{
    for (int i = 0; i < PANELS; i++)
        for (int j = 0; j < LINES && panels[i].line[j].column; j++)
            if (strcmp(panels[i].line[j].column, column) == 0)
                return true;
    return false;
}

void report_add_charts(Text *out, const Report *p)
{
    Text scores = { 0 }, training = { 0 };
    for (int i = 0; i < p->n_columns; i++)
        if (p->column[i].score)
            add_other(&scores, p, p->column[i].name, true);
    for (const Panel *panel = panels; panel < panels + PANELS; panel++)
        if (!panel->optional || !is_always_zero(p, panel->line[0].column))
            add_panel_charts(&training, p, panel);
    for (int i = 0; i < p->n_columns; i++)
        if (!p->column[i].score && !has_panel(p->column[i].name) &&
            !report_column_info(p->column[i].name).table_only)
            add_other(&training, p, p->column[i].name, false);
    add_speed(&training, p);
    report_add_part(out, "<section id=\"scores\"><h2>Scores</h2>\n<div class=\"charts\">\n",
                    &scores, "</div></section>\n");
    report_add_part(out, "<section id=\"training\"><h2>Training</h2>\n<div class=\"charts\">\n",
                    &training, "</div></section>\n");
}
