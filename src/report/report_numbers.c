/* The values of the columns: of one run first, last, minimum and maximum; of several the last of
 * each, the best in bold. */
#include "report_parts.h"

#include <math.h>

#include "gantrain/io/html.h"

void report_open_table(Text *out, const char *label, const char *class)
{
    text_add(out,
             "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">"
             "<table class=\"%s\">\n",
             label, class);
}

void report_close_table(Text *out)
{
    text_add(out, "</tbody></table></div>\n");
}

void report_add_run_columns(Text *out, const Report *p, const char *first)
{
    text_add(out, "<thead><tr><th scope=\"col\">%s</th>", first);
    for (int r = 0; r < p->n; r++) {
        text_add(out, "<th scope=\"col\"><i class=\"key c%d\"></i>", r);
        html_add_between(out, "", p->run[r].label, "</th>");
    }
    text_add(out, "</tr></thead>\n");
}

static void add_cell(Text *out, const char *column, double v, bool best)
{
    char text[NUMBER_TEXT];
    scaled_text(report_column_info(column).scale, v, text);
    text_add(out, best ? "<td><b>%s</b></td>" : "<td>%s</td>", text);
}

static void add_row_head(Text *out, const char *column)
{
    html_add_between(out, "<tr><th scope=\"row\"><code>", column, "</code></th>");
}

typedef struct Extent {
    double first, min, max;
} Extent;

static Extent extent_of(const double *v, int n)
{
    Extent x = { NAN, NAN, NAN };
    for (int i = 0; i < n; i++) {
        if (!isfinite(v[i]))
            continue;
        x.first = isnan(x.first) ? v[i] : x.first;
        x.min = fmin(x.min, v[i]); /* fmin(NaN, v) is v */
        x.max = fmax(x.max, v[i]);
    }
    return x;
}

static void add_one_run(Text *out, const Report *p)
{
    const ReportRun *r = &p->run[0];
    text_add(out, "<h2>Numbers</h2>\n<details><summary>All columns</summary>\n");
    report_open_table(out, "Numbers", "numbers");
    text_add(out, "<thead><tr><th scope=\"col\">column of metrics.jsonl</th>"
                  "<th scope=\"col\">first</th><th scope=\"col\">last</th>"
                  "<th scope=\"col\">min</th><th scope=\"col\">max</th></tr></thead><tbody>\n");
    for (int i = 0; i < p->n_columns; i++) {
        const char *name = p->column[i].name;
        const Extent x = extent_of(history_column(&r->history, name), r->history.rows);
        add_row_head(out, name);
        add_cell(out, name, x.first, false);
        add_cell(out, name, report_last(r, name, NULL), false);
        add_cell(out, name, x.min, false);
        add_cell(out, name, x.max, false);
        text_add(out, "</tr>\n");
    }
    report_close_table(out);
    text_add(out, "</details>\n");
}

/* The best of the last values of a column; NaN where neither direction is better. */
static double best_of(const Report *p, const char *column)
{
    const Direction better = report_column_info(column).better;
    double best = NAN;
    for (int r = 0; r < p->n && better != NEITHER; r++) {
        const double v = report_last(&p->run[r], column, NULL);
        best = better == HIGHER ? fmax(best, v) : fmin(best, v);
    }
    return best;
}

static void add_last_values(Text *out, const Report *p, const char *column)
{
    const double best = best_of(p, column);
    add_row_head(out, column);
    for (int r = 0; r < p->n; r++) {
        const double v = report_last(&p->run[r], column, NULL);
        add_cell(out, column, v, v == best);
    }
    text_add(out, "</tr>\n");
}

static void add_columns(Text *out, const Report *p, bool scores)
{
    for (int i = 0; i < p->n_columns; i++)
        if (p->column[i].score == scores)
            add_last_values(out, p, p->column[i].name);
    report_close_table(out);
}

static void open_run_table(Text *out, const Report *p)
{
    report_open_table(out, "Numbers", "numbers");
    report_add_run_columns(out, p, "last value of");
    text_add(out, "<tbody>\n");
}

/* Progress and scores; the other columns behind a disclosure. */
static void add_runs(Text *out, const Report *p)
{
    text_add(out, "<h2>Final numbers</h2>\n");
    open_run_table(out, p);
    add_last_values(out, p, "epoch");
    add_last_values(out, p, "step");
    add_last_values(out, p, "examples_per_s");
    add_columns(out, p, true);
    text_add(out, "<details><summary>Numbers of the last step</summary>\n");
    open_run_table(out, p);
    add_columns(out, p, false);
    text_add(out, "</details>\n");
}

void report_add_numbers(Text *out, const Report *p)
{
    if (p->n_columns == 0)
        return;
    text_add(out, "<section id=\"numbers\">");
    if (p->n > 1)
        add_runs(out, p);
    else
        add_one_run(out, p);
    text_add(out, "</section>\n");
}
