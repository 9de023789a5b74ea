/* The cells of a study: the product of its axes, the last one running fastest, without what is excluded. */
#include <string.h>

#include "gantrain/study/study_plan.h"

/* ---- what is excluded ------------------------------------------------------------------------------- */

/* The axis or the point called so, or -1. */
static int find_axis(const Study *s, const char *name)
{
    for (int i = 0; i < s->axes; i++)
        if (strcmp(s->axis[i].name, name) == 0)
            return i;
    return -1;
}

static int find_point(const StudyAxis *axis, const char *label)
{
    for (int i = 0; i < axis->n; i++)
        if (strcmp(axis->point[i].label, label) == 0)
            return i;
    return -1;
}

/* A label as it stands in a list: numbers are labels as well. */
static const char *label_of(const Value *v)
{
    return v->kind == VALUE_TRUE ? "true" : v->kind == VALUE_FALSE ? "false" : v->text;
}

static void check_label(const StudyAxis *axis, const Value *v, Error *e)
{
    const char *label = label_of(v);
    Text names = { 0 };
    if (label && find_point(axis, label) >= 0)
        return;
    for (int i = 0; i < axis->n; i++)
        text_add(&names, "%s%s", i ? ", " : "", axis->point[i].label);
    option_report(e, v, "exclude", "no point of axis \"%.60s\": \"%.60s\"; known: %.200s",
                  axis->name, label ? label : value_kind_name(v->kind), names.at ? names.at : "");
    text_free(&names);
}

/* One { AXIS: POINT or [POINT, ...], ... } */
static void check_rule(const Study *s, const Value *rule, Error *e)
{
    if (rule->kind != VALUE_OBJECT || !rule->child) {
        option_report(e, rule, "exclude", "expected an object { AXIS: POINT, ... }, got %s",
                      value_kind_name(rule->kind));
        return;
    }
    for (const Value *v = rule->child; v; v = v->next) {
        const int axis = find_axis(s, v->key);
        if (axis < 0)
            option_report_at(e, v->origin, v->key_line, v->key_column, "exclude",
                             "no axis is called \"%.60s\"", v->key);
        else if (v->kind != VALUE_ARRAY)
            check_label(&s->axis[axis], v, e);
        for (const Value *x = axis >= 0 && v->kind == VALUE_ARRAY ? v->child : NULL; x; x = x->next)
            check_label(&s->axis[axis], x, e);
    }
}

/* Whether the label of `point` is v, or in it. */
static bool names_point(const Value *v, const StudyPoint *point)
{
    if (v->kind != VALUE_ARRAY)
        return strcmp(label_of(v), point->label) == 0;
    for (const Value *x = v->child; x; x = x->next)
        if (strcmp(label_of(x), point->label) == 0)
            return true;
    return false;
}

static bool matches(const Study *s, const Value *rule, const int *at)
{
    for (const Value *v = rule->child; v; v = v->next) {
        const int axis = find_axis(s, v->key);
        if (!names_point(v, &s->axis[axis].point[at[axis]]))
            return false;
    }
    return true;
}

static bool is_excluded(const Study *s, const Value *exclude, const int *at)
{
    for (const Value *rule = exclude ? exclude->child : NULL; rule; rule = rule->next)
        if (matches(s, rule, at))
            return true;
    return false;
}

/* ---- the product -------------------------------------------------------------------------------------- */

static const char *cell_name(Study *s, const int *at, Error *e)
{
    Text name = { 0 };
    const char *kept = "base";
    for (int i = 0; i < s->axes; i++)
        text_add(&name, "%s%s", i ? "+" : "", s->axis[i].point[at[i]].folder);
    if (name.failed) /* any other name would be the folder of another cell */
        fail(e, GT_ERESOURCE, "no memory for the names of the cells");
    else if (name.used > STUDY_NAME)
        option_report(e, s->root, "axes",
                      "%.60s...: the name of a cell has at most %d bytes; give its points shorter "
                      "names",
                      name.at, STUDY_NAME);
    else if (name.used)
        kept = arena_copy_text(&s->arena, name.at);
    text_free(&name);
    return kept;
}

/* The next combination; false: that was the last. */
static bool advance(const Study *s, int *at)
{
    for (int i = s->axes - 1; i >= 0; i--) {
        if (++at[i] < s->axis[i].n)
            return true;
        at[i] = 0;
    }
    return false;
}

static double combinations(const Study *s)
{
    double n = 1;
    for (int i = 0; i < s->axes; i++)
        n *= s->axis[i].n;
    return n;
}

static void make_cells(Study *s, const Value *exclude, Error *e)
{
    int at[STUDY_AXES] = { 0 };
    s->cell = arena_take(&s->arena, (size_t)combinations(s) * sizeof *s->cell);
    if (!s->cell)
        return;
    do {
        if (is_excluded(s, exclude, at))
            continue;
        StudyCell *c = &s->cell[s->cells++];
        memcpy(c->at, at, sizeof at);
        c->name = cell_name(s, at, e);
    } while (e->code == GT_OK && advance(s, at));
}

void study_read_cells(Study *s, const Value *exclude, Error *e)
{
    if (exclude && exclude->kind != VALUE_ARRAY)
        option_report(e, exclude, "exclude", "expected an array of objects, got %s",
                      value_kind_name(exclude->kind));
    for (const Value *rule = exclude && exclude->kind == VALUE_ARRAY ? exclude->child : NULL; rule;
         rule = rule->next)
        check_rule(s, rule, e);
    if (combinations(s) > STUDY_CELLS)
        option_report(e, s->root, "axes", "%.0f combinations, at most %d are possible",
                      combinations(s), STUDY_CELLS);
    if (e->code != GT_OK)
        return;
    make_cells(s, exclude, e);
    if (s->cells == 0)
        option_report(e, exclude ? exclude : s->root, "exclude", "nothing is left");
    if ((double)s->cells * s->seeds > STUDY_RUNS)
        option_report(e, s->root, "seeds", "%d cells with %d seeds are more than %d runs", s->cells,
                      s->seeds, STUDY_RUNS);
}
