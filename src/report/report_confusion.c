/* The confusion matrix of the last evaluation as a table whose cells are shaded by their share of
 * the row. */
#include "report_parts.h"

#include <stdlib.h>

#include "gantrain/io/html.h"

enum { MOST_CLASSES = 40 /* in a table that people read */ };

typedef struct Totals {
    double all, right;
    int classes;
} Totals;

static double number_of(const Value *v)
{
    return strtod(v->text, NULL);
}

static double sum_of(const Value *row)
{
    double sum = 0;
    for (const Value *v = row->child; v; v = v->next)
        sum += number_of(v);
    return sum;
}

static Totals totals_of(const Value *count)
{
    Totals t = { 0, 0, 0 };
    for (const Value *row = count->child; row; row = row->next, t.classes++) {
        int l = 0;
        t.all += sum_of(row);
        for (const Value *v = row->child; v; v = v->next)
            t.right += l++ == t.classes ? number_of(v) : 0;
    }
    return t;
}

/* Six shades; a few errors show already. */
static int shade_of(double share)
{
    static const double from[] = { 0.005, 0.03, 0.1, 0.3, 0.6 };
    int shade = 0;
    while (shade < 5 && share >= from[shade])
        shade++;
    return shade;
}

static void add_head(Text *out, const Value *name, int k, const char *scope)
{
    text_add(out, "<th scope=\"%s\">", scope);
    if (name)
        html_add(out, name->text);
    else
        text_add(out, "%d", k);
    text_add(out, "</th>");
}

static void add_columns(Text *out, const Value *names, int n)
{
    const Value *name = names ? names->child : NULL;
    text_add(out, "<thead><tr><td></td>");
    for (int l = 0; l < n; l++, name = name ? name->next : NULL)
        add_head(out, name, l, "col");
    text_add(out, "</tr></thead><tbody>\n");
}

static void add_row(Text *out, const Value *row, int k)
{
    const double sum = sum_of(row);
    int l = 0;
    for (const Value *v = row->child; v; v = v->next, l++) {
        const double n = number_of(v);
        text_add(out, "<td class=\"s%d%s\">", sum > 0 ? shade_of(n / sum) : 0,
                 l == k ? " right" : "");
        if (n > 0 || l == k)
            text_add(out, "%.0f", n);
        text_add(out, "</td>");
    }
}

static void add_table(Text *out, const ReportRun *r, int n)
{
    const Value *names = report_lookup(&r->confusion, "names");
    const Value *row = report_lookup(&r->confusion, "count")->child;
    const Value *name = names ? names->child : NULL;
    report_open_table(out, "Confusion matrix", "matrix");
    add_columns(out, names, n);
    for (int k = 0; k < n; k++, row = row->next, name = name ? name->next : NULL) {
        text_add(out, "<tr>");
        add_head(out, name, k, "row");
        add_row(out, row, k);
        text_add(out, "</tr>\n");
    }
    report_close_table(out);
}

static void add_run(Text *out, const Report *p, int index)
{
    const ReportRun *r = &p->run[index];
    const Totals t = totals_of(report_lookup(&r->confusion, "count"));
    if (p->n > 1)
        report_add_run_heading(out, p, index);
    if (t.classes <= MOST_CLASSES)
        add_table(out, r, t.classes);
    text_add(out,
             "<p class=\"note\">Step %.0f, epoch %.0f: of %.0f samples, %.2f %% are assigned "
             "to the class asked for.",
             report_number(&r->confusion, "step", 0), report_number(&r->confusion, "epoch", 0),
             t.all, t.all > 0 ? 100 * t.right / t.all : 0);
    if (t.classes > MOST_CLASSES)
        html_add_between(out, " The matrix of more than 40 classes is in ", r->folder.path,
                         "/" FOLDER_CONFUSION ".");
    text_add(out, "</p>\n");
}

void report_add_confusion(Text *out, const Report *p)
{
    Text runs = { 0 };
    for (int i = 0; i < p->n; i++)
        if (p->run[i].confusion.root)
            add_run(&runs, p, i);
    report_add_part(out,
                    "<section id=\"confusion\" class=\"confusion\"><h2>Classes</h2>\n"
                    "<p class=\"about\">Rows: the class asked for. Columns: the class that the "
                    "evaluation classifier assigns.</p>\n",
                    &runs, "</section>\n");
}
