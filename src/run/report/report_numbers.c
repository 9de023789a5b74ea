/* The numbers behind the curves as a table: of one run first, last, least and greatest; of several the last
 * of each. */
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

static void add_cell(Text *out, const char *column, double v)
{
    char text[NUMBER_TEXT];
    report_value_text(column, v, text);
    text_add(out, "<td>%s</td>", text);
}

/* A column by the name it has in the file, which is exact, and by its title where that says more. */
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
        add_cell(out, name, x.first);
        add_cell(out, name, report_last(r, name, NULL));
        add_cell(out, name, x.least);
        add_cell(out, name, x.greatest);
        text_add(out, "</tr>\n");
    }
}

static void add_last_of_runs(Text *out, const Report *p, const char *column)
{
    add_name(out, column);
    for (int r = 0; r < p->n; r++)
        add_cell(out, column, report_last(&p->run[r], column, NULL));
    text_add(out, "</tr>\n");
}

/* Where each run stands, its scores, then the rest. */
static void add_runs(Text *out, const Report *p)
{
    report_add_heads(out, p, "last value of");
    text_add(out, "<tbody>\n");
    add_last_of_runs(out, p, "epoch");
    add_last_of_runs(out, p, "step");
    add_last_of_runs(out, p, "examples_per_s");
    for (int scores = 1; scores >= 0; scores--)
        for (int i = 0; i < p->n_columns; i++)
            if (p->column[i].score == (scores == 1))
                add_last_of_runs(out, p, p->column[i].name);
}

void report_add_numbers(Text *out, const Report *p)
{
    if (p->n_columns == 0)
        return;
    text_add(out, "<section id=\"numbers\"><h2>%s</h2>\n", p->n > 1 ? "Final numbers" : "Numbers");
    text_add(out, p->n > 1 ? "%s" : "<details><summary>The numbers behind the curves</summary>%s",
             "");
    text_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Numbers\">"
                  "<table class=\"numbers\">\n");
    (p->n > 1 ? add_runs : add_one_run)(out, p);
    text_add(out, "</tbody></table></div>%s</section>\n", p->n > 1 ? "" : "</details>");
}
