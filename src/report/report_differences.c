/* The settings in which configs differ: their trees are walked in parallel. */
#include "report_parts.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/io/html.h"

/* One setting of all runs. */
typedef struct Setting {
    const Value *at[REPORT_RUNS]; /* NULL: not in this config */
    char path[256];
} Setting;

typedef struct Comparison {
    Text *out;
    const Report *p;
    int rows;
} Comparison;

static void add_row(Comparison *c, const Setting *setting)
{
    html_add_between(c->out, "<tr><th scope=\"row\"><code>", setting->path, "</code></th>");
    for (int r = 0; r < c->p->n; r++) {
        text_add(c->out, "<td>");
        if (setting->at[r])
            report_add_value(c->out, setting->at[r]);
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

static bool is_equal(const Value *a, const Value *b)
{
    if (!a || !b)
        return a == b;
    const bool equal = a->kind == b->kind && (!a->text || strcmp(a->text, b->text) == 0);
    const Value *x = a->child, *y = b->child;
    while (equal && x && y && is_equal(x, y)) {
        x = x->next;
        y = y->next;
    }
    return equal && !x && !y;
}

/* Whether the first run that has a config relates to all others that do. */
static bool all(const Comparison *c, const Setting *setting,
                bool (*relation)(const Value *a, const Value *b))
{
    int first = -1;
    for (int r = 0; r < c->p->n; r++) {
        if (!c->p->run[r].config.root)
            continue;
        if (first < 0)
            first = r;
        else if (!relation(setting->at[first], setting->at[r]))
            return false;
    }
    return true;
}

static void compare(Comparison *c, const Setting *setting);

/* The members named `key`, unless an earlier run has one: then they were compared there. */
static void compare_member(Comparison *c, const Setting *setting, int run, const char *key)
{
    Setting inner = { .path = "" };
    for (int r = 0; r < c->p->n; r++) {
        inner.at[r] = setting->at[r] ? value_member(setting->at[r], key) : NULL;
        if (r < run && inner.at[r])
            return;
    }
    snprintf(inner.path, sizeof inner.path, "%.180s%s%.60s", setting->path,
             *setting->path ? "." : "", key);
    compare(c, &inner);
}

/* Lists of the same length. */
static void compare_elements(Comparison *c, const Setting *setting, int n)
{
    Setting inner = { .path = "" };
    for (int r = 0; r < c->p->n; r++)
        inner.at[r] = setting->at[r] ? setting->at[r]->child : NULL;
    for (int i = 0; i < n; i++) {
        snprintf(inner.path, sizeof inner.path, "%.240s[%d]", setting->path, i);
        compare(c, &inner);
        for (int r = 0; r < c->p->n; r++)
            inner.at[r] = inner.at[r] ? inner.at[r]->next : NULL;
    }
}

static void compare(Comparison *c, const Setting *setting)
{
    if (all(c, setting, is_equal) || strcmp(setting->path, "name") == 0)
        return;
    const Value *first = NULL;
    for (int r = 0; r < c->p->n && !first; r++)
        first = setting->at[r];
    if (!all(c, setting, is_comparable) ||
        (first->kind != VALUE_OBJECT && first->kind != VALUE_ARRAY))
        add_row(c, setting);
    else if (first->kind == VALUE_ARRAY)
        compare_elements(c, setting, value_count(first));
    else
        for (int r = 0; r < c->p->n; r++)
            for (const Value *m = setting->at[r] ? setting->at[r]->child : NULL; m; m = m->next)
                compare_member(c, setting, r, m->key);
}

void report_add_differences(Text *out, const Report *p)
{
    Comparison c = { out, p, 0 };
    Setting root = { .path = "" };
    for (int r = 0; r < p->n; r++)
        root.at[r] = p->run[r].config.root;
    text_add(out, "<section id=\"differences\"><h2>Settings that differ</h2>\n");
    report_open_table(out, "Settings", "words");
    report_add_run_columns(out, p, "setting");
    text_add(out, "<tbody>\n");
    compare(&c, &root);
    report_close_table(out);
    if (c.rows == 0)
        text_add(out, "<p class=\"note\">No known differences.</p>\n");
    text_add(out, "</section>\n");
}
