/* The numbers behind the curves as a table: of one run first, last, least and greatest; of several the last
 * of each, the best in bold. */
#include "report_parts.h"

#include <math.h>

#include "gantrain/io/html.h"

/* The head of a table with a column for every run. */
void report_add_heads(Text *out, const Report *p, const char *first)
{
    text_add(out, "<thead><tr><th scope=\"col\">%s</th>", first);
    for (int r = 0; r < p->n; r++) {
        text_add(out, "<th scope=\"col\"><i class=\"key c%d\"></i>", r);
        html_add(out, p->run[r].label);
        text_add(out, "</th>");
    }
    text_add(out, "</tr></thead>\n");
}

static void add_cell(Text *out, const char *column, double v, bool best)
{
    char text[NUMBER_TEXT];
    report_value_text(column, v, text);
    text_add(out, best ? "<td><b>%s</b></td>" : "<td>%s</td>", text);
}

/* A column by the name it has in the file. */
static void add_name(Text *out, const char *column)
{
    text_add(out, "<tr><th scope=\"row\"><code>");
    html_add(out, column);
    text_add(out, "</code></th>");
}

typedef struct Extent {
    double first, least, greatest;
} Extent;

static Extent extent_of(const double *v, int n)
{
    Extent x = { NAN, NAN, NAN };
    for (int i = 0; i < n; i++) {
        if (!isfinite(v[i]))
            continue;
        x.first = isnan(x.first) ? v[i] : x.first;
        x.least = fmin(x.least, v[i]); /* of a number and a NaN: the number */
        x.greatest = fmax(x.greatest, v[i]);
    }
    return x;
}

static void add_one_run(Text *out, const Report *p)
{
    const ReportRun *r = &p->run[0];
    text_add(out,
             "<thead><tr><th scope=\"col\">column of metrics.jsonl</th>"
             "<th scope=\"col\">first</th><th scope=\"col\">last</th>"
             "<th scope=\"col\">least</th><th scope=\"col\">greatest</th></tr></thead><tbody>\n");
    for (int i = 0; i < p->n_columns; i++) {
        const char *name = p->column[i].name;
        const Extent x = extent_of(history_column(&r->history, name), r->history.rows);
        add_name(out, name);
        add_cell(out, name, x.first, false);
        add_cell(out, name, report_last(r, name, NULL), false);
        add_cell(out, name, x.least, false);
        add_cell(out, name, x.greatest, false);
        text_add(out, "</tr>\n");
    }
}

/* The best of the last values of a column, NaN where none is better than another. */
static double best_of(const Report *p, const char *column)
{
    const Direction better = report_words(column).better;
    double best = NAN;
    for (int r = 0; r < p->n && better != NEITHER; r++) {
        const double v = report_last(&p->run[r], column, NULL);
        best = better == HIGHER ? fmax(best, v) : fmin(best, v);
    }
    return best;
}

static void add_last_of_runs(Text *out, const Report *p, const char *column)
{
    const double best = best_of(p, column);
    add_name(out, column);
    for (int r = 0; r < p->n; r++) {
        const double v = report_last(&p->run[r], column, NULL);
        add_cell(out, column, v, v == best);
    }
    text_add(out, "</tr>\n");
}

static void open_table(Text *out)
{
    text_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Numbers\">"
                  "<table class=\"numbers\">\n");
}

static void close_table(Text *out)
{
    text_add(out, "</tbody></table></div>\n");
}

static void add_columns_of_runs(Text *out, const Report *p, bool scores)
{
    for (int i = 0; i < p->n_columns; i++)
        if (p->column[i].score == scores)
            add_last_of_runs(out, p, p->column[i].name);
}

/* Where each run stands and its scores; what else there is, on demand. */
static void add_runs(Text *out, const Report *p)
{
    text_add(out, "<h2>Final numbers</h2>\n");
    open_table(out);
    report_add_heads(out, p, "last value of");
    text_add(out, "<tbody>\n");
    add_last_of_runs(out, p, "epoch");
    add_last_of_runs(out, p, "step");
    add_last_of_runs(out, p, "examples_per_s");
    add_columns_of_runs(out, p, true);
    close_table(out);
    text_add(out, "<details><summary>Numbers of the last step</summary>\n");
    open_table(out);
    report_add_heads(out, p, "last value of");
    text_add(out, "<tbody>\n");
    add_columns_of_runs(out, p, false);
    close_table(out);
    text_add(out, "</details>\n");
}

void report_add_numbers(Text *out, const Report *p)
{
    if (p->n_columns == 0)
        return;
    text_add(out, "<section id=\"numbers\">");
    if (p->n > 1) {
        add_runs(out, p);
    } else {
        text_add(out,
                 "<h2>Numbers</h2>\n<details><summary>The numbers behind the curves</summary>\n");
        open_table(out);
        add_one_run(out, p);
        close_table(out);
        text_add(out, "</details>\n");
    }
    text_add(out, "</section>\n");
}
