/* In which settings several configs differ: the trees are walked side by side, and where one of them is
 * another, its place becomes a row. */
#include "report_parts.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/io/html.h"

/* The same place in all configs. */
typedef struct Setting {
    const Value *at[REPORT_RUNS]; /* NULL: this config does not have it */
    char path[256];
} Setting;

typedef struct Comparison {
    Text *out;
    const Report *p;
    int rows;
} Comparison;

static bool has_config(const Comparison *c, int r)
{
    return c->p->run[r].config.root != NULL;
}

static void add_row(Comparison *c, const Setting *setting)
{
    text_add(c->out, "<tr><th scope=\"row\"><code>");
    html_add(c->out, setting->path);
    text_add(c->out, "</code></th>");
    for (int r = 0; r < c->p->n; r++) {
        text_add(c->out, "<td>");
        if (setting->at[r])
            report_add_words(c->out, setting->at[r]);
        else
            text_add(c->out, "–");
        text_add(c->out, "</td>");
    }
    text_add(c->out, "</tr>\n");
    c->rows++;
}

static int length_of(const Value *list)
{
    int n = 0;
    for (const Value *v = list->child; v; v = v->next)
        n++;
    return n;
}

static bool alike(const Value *a, const Value *b)
{
    if (a->kind != b->kind)
        return false;
    const Value *x = a->kind == VALUE_OBJECT ? value_member(a, "kind") : NULL;
    const Value *y = x ? value_member(b, "kind") : NULL;
    if (x && y && x->text && y->text && strcmp(x->text, y->text) != 0)
        return false;
    if (a->kind != VALUE_ARRAY || length_of(a) != length_of(b))
        return a->kind != VALUE_ARRAY;
    const Value *i = a->child, *j = b->child;
    while (i && alike(i, j)) {
        i = i->next;
        j = j->next;
    }
    return !i;
}

/* Whether all that have a config have a value here, of one kind: objects with the same "kind" of thing,
 * lists of the same length. Others are compared as wholes. */
static bool all_alike(const Comparison *c, const Setting *setting)
{
    const Value *first = NULL;
    for (int r = 0; r < c->p->n; r++) {
        const Value *v = setting->at[r];
        if (!has_config(c, r))
            continue;
        if (!v || (first && !alike(first, v)))
            return false;
        first = v;
    }
    return first && (first->kind == VALUE_OBJECT || first->kind == VALUE_ARRAY);
}

static bool same(const Value *a, const Value *b)
{
    if (!a || !b)
        return a == b;
    const bool equal = a->kind == b->kind && (!a->text || strcmp(a->text, b->text) == 0);
    const Value *x = a->child, *y = b->child;
    while (equal && x && y && same(x, y)) {
        x = x->next;
        y = y->next;
    }
    return equal && !x && !y;
}

static bool all_same(const Comparison *c, const Setting *setting)
{
    const Value *first = NULL;
    bool seen = false;
    for (int r = 0; r < c->p->n; r++) {
        if (!has_config(c, r))
            continue;
        if (seen && !same(first, setting->at[r]))
            return false;
        first = setting->at[r];
        seen = true;
    }
    return true;
}

static void compare(Comparison *c, const Setting *setting);

/* The members called `key`, once: where an earlier run has the key, it was compared there. */
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

static void compare_elements(Comparison *c, const Setting *setting)
{
    Setting inner = { .path = "" };
    bool more = true;
    for (int r = 0; r < c->p->n; r++)
        inner.at[r] = setting->at[r] ? setting->at[r]->child : NULL;
    for (int i = 0; more; i++) {
        more = false;
        for (int r = 0; r < c->p->n; r++)
            more = more || inner.at[r];
        snprintf(inner.path, sizeof inner.path, "%.240s[%d]", setting->path, i);
        if (more)
            compare(c, &inner);
        for (int r = 0; r < c->p->n; r++)
            inner.at[r] = inner.at[r] ? inner.at[r]->next : NULL;
    }
}

static void compare(Comparison *c, const Setting *setting)
{
    if (all_same(c, setting) || strcmp(setting->path, "name") == 0)
        return;
    const Value *first = NULL;
    for (int r = 0; r < c->p->n && !first; r++)
        first = setting->at[r];
    if (!all_alike(c, setting))
        add_row(c, setting);
    else if (first->kind == VALUE_ARRAY)
        compare_elements(c, setting);
    else
        for (int r = 0; r < c->p->n; r++)
            for (const Value *m = setting->at[r] ? setting->at[r]->child : NULL; m; m = m->next)
                compare_member(c, setting, r, m->key);
}

void report_add_differences(Text *out, const Report *p)
{
    Comparison c = { out, p, 0 };
    Setting all = { .path = "" };
    for (int r = 0; r < p->n; r++)
        all.at[r] = p->run[r].config.root;
    text_add(out, "<section id=\"differences\"><h2>Settings that differ</h2>\n"
                  "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Settings\">"
                  "<table class=\"words\">");
    report_add_heads(out, p, "setting");
    text_add(out, "<tbody>\n");
    compare(&c, &all);
    text_add(out, "</tbody></table></div>\n");
    if (c.rows == 0)
        text_add(out, "<p class=\"note\">None that are known of.</p>\n");
    text_add(out, "</section>\n");
}
