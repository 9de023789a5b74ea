/* The settings in which the configs of the runs differ. */
#include "report_parts.h"

#include <string.h>

#include "gantrain/io/html.h"
#include "gantrain/run/config.h"

_Static_assert((int)REPORT_RUNS <= (int)COMPARED_CONFIGS, "all runs are compared at once");

typedef struct Comparison {
    Text *out;
    const Report *p;
    int tree[REPORT_RUNS]; /* index of the run's config among those compared; -1: it has none */
    int rows;
} Comparison;

static void add_row(Comparison *c, const ConfigSetting *s)
{
    html_add_between(c->out, "<tr><th scope=\"row\"><code>", s->path, "</code></th>");
    for (int r = 0; r < c->p->n; r++) {
        const Value *v = c->tree[r] < 0 ? NULL : s->at[c->tree[r]];
        text_add(c->out, "<td>");
        if (v)
            report_add_value(c->out, v);
        else
            text_add(c->out, "–");
        text_add(c->out, "</td>");
    }
    text_add(c->out, "</tr>\n");
    c->rows++;
}

/* Whether the members of two values can be compared one by one: objects of the same "kind", lists
 * of the same length with such elements. Others are compared as wholes. */
static bool is_comparable(const Value *a, const Value *b)
{
    if (!a || !b || a->kind != b->kind)
        return false;
    const Value *x = a->kind == VALUE_OBJECT ? value_member(a, "kind") : NULL;
    const Value *y = x ? value_member(b, "kind") : NULL;
    if (x && y && x->text && y->text && strcmp(x->text, y->text) != 0)
        return false;
    if (a->kind != VALUE_ARRAY || value_count(a) != value_count(b))
        return a->kind != VALUE_ARRAY;
    const Value *i = a->child, *j = b->child;
    while (i && is_comparable(i, j)) {
        i = i->next;
        j = j->next;
    }
    return !i;
}

static bool add_difference(void *context, const ConfigSetting *s)
{
    if (strcmp(s->path, "name") == 0)
        return false;
    if (config_setting_all(s, is_comparable) &&
        (s->at[0]->kind == VALUE_OBJECT || s->at[0]->kind == VALUE_ARRAY))
        return true;
    add_row(context, s);
    return false;
}

void report_add_differences(Text *out, const Report *p)
{
    Comparison c = { .out = out, .p = p };
    ConfigSetting root = { .n = 0 };
    for (int r = 0; r < p->n; r++) {
        const Value *config = p->run[r].config.root;
        c.tree[r] = config ? root.n : -1;
        if (config)
            root.at[root.n++] = config;
    }
    text_add(out, "<section id=\"differences\"><h2>Settings that differ</h2>\n");
    report_open_table(out, "Settings", "words");
    report_add_run_columns(out, p, "setting");
    text_add(out, "<tbody>\n");
    config_compare(&root, add_difference, &c);
    report_close_table(out);
    if (c.rows == 0)
        text_add(out, "<p class=\"note\">No known differences.</p>\n");
    text_add(out, "</section>\n");
}
