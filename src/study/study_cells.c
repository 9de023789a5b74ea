/* The runs that a study consists of: cells (the product of the axes, the last one varying fastest,
 * without what is excluded), seeds, and the config of a cell with a seed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "study_parts.h"

/* ---- exclusions ------------------------------------------------------------------------------ */

static int find_axis(const Study *s, const char *name)
{
    for (int i = 0; i < s->axes; i++)
        if (strcmp(s->axis[i].name, name) == 0)
            return i;
    return -1;
}

/* The index of the point that v names, or -1. */
static int find_point(const StudyAxis *axis, const Value *v)
{
    const char *label = study_label(v);
    for (int i = 0; label && i < axis->n; i++)
        if (strcmp(axis->point[i].label, label) == 0)
            return i;
    return -1;
}

static void check_point(const StudyAxis *axis, const Value *v, Error *e)
{
    const char *label = study_label(v);
    Text names = { 0 };
    if (find_point(axis, v) >= 0)
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
            option_report_at(e, v->key_location, "exclude", "no axis is called \"%.60s\"", v->key);
        else if (v->kind != VALUE_ARRAY)
            check_point(&s->axis[axis], v, e);
        for (const Value *x = axis >= 0 && v->kind == VALUE_ARRAY ? v->child : NULL; x; x = x->next)
            check_point(&s->axis[axis], x, e);
    }
}

static bool matches(const Study *s, const Value *rule, const int *point)
{
    for (const Value *v = rule->child; v; v = v->next) {
        const int axis = find_axis(s, v->key), wanted = point[axis];
        const bool list = v->kind == VALUE_ARRAY;
        const Value *x = list ? v->child : v;
        while (x && find_point(&s->axis[axis], x) != wanted)
            x = list ? x->next : NULL;
        if (!x)
            return false;
    }
    return true;
}

static bool is_excluded(const Study *s, const Value *exclude, const int *point)
{
    for (const Value *rule = exclude ? exclude->child : NULL; rule; rule = rule->next)
        if (matches(s, rule, point))
            return true;
    return false;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static const char *cell_name(Study *s, const int *point, Error *e)
{
    Text name = { 0 };
    const char *copy = "base";
    for (int i = 0; i < s->axes; i++)
        text_add(&name, "%s%s", i ? "+" : "", s->axis[i].point[point[i]].folder);
    if (name.failed) /* a shortened name could be that of another cell */
        fail(e, GT_ERESOURCE, "no memory for the names of the cells");
    else if (name.used > STUDY_NAME)
        option_report(e, s->root, "axes",
                      "%.60s...: the name of a cell has at most %d bytes; give its points shorter "
                      "names",
                      name.at, STUDY_NAME);
    else if (name.used)
        copy = arena_strdup(&s->arena, name.at);
    text_free(&name);
    return copy;
}

/* The next combination; false: that was the last. */
static bool advance(const Study *s, int *point)
{
    for (int i = s->axes - 1; i >= 0; i--) {
        if (++point[i] < s->axis[i].n)
            return true;
        point[i] = 0;
    }
    return false;
}

static void make_cells(Study *s, const Value *exclude, double combinations, Error *e)
{
    int point[STUDY_AXES] = { 0 };
    s->cell = arena_take(&s->arena, (size_t)combinations * sizeof *s->cell);
    if (!s->cell)
        return;
    do {
        if (is_excluded(s, exclude, point))
            continue;
        StudyCell *c = &s->cell[s->cells++];
        memcpy(c->point, point, sizeof point);
        c->name = cell_name(s, point, e);
    } while (e->code == GT_OK && advance(s, point));
}

void study_read_cells(Study *s, const Value *exclude, Error *e)
{
    double combinations = 1;
    if (exclude && exclude->kind != VALUE_ARRAY)
        option_report(e, exclude, "exclude", "expected an array of objects, got %s",
                      value_kind_name(exclude->kind));
    for (const Value *rule = exclude && exclude->kind == VALUE_ARRAY ? exclude->child : NULL; rule;
         rule = rule->next)
        check_rule(s, rule, e);
    for (int i = 0; i < s->axes; i++)
        combinations *= s->axis[i].n;
    if (combinations > STUDY_CELLS)
        option_report(e, s->root, "axes", "%.0f combinations, at most %d are possible",
                      combinations, STUDY_CELLS);
    if (e->code != GT_OK)
        return;
    make_cells(s, exclude, combinations, e);
    if (s->cells == 0)
        option_report(e, exclude ? exclude : s->root, "exclude", "nothing is left");
    if ((double)s->cells * s->seeds > STUDY_RUNS)
        option_report(e, s->root, "seeds", "%d cells with %d seeds are more than %d runs", s->cells,
                      s->seeds, STUDY_RUNS);
}

/* ---- seeds ----------------------------------------------------------------------------------- */

/* Adds the seeds of "5" or "1-3,7"; false: it is no such list, or there are too many. */
static bool add_seeds(Study *s, const char *word)
{
    const char *at = word;
    int64_t first, last;
    do {
        if (!ranges_next(&at, &first, &last))
            return false;
        for (int64_t n = first; n <= last; n++) {
            if (s->seeds == STUDY_SEEDS)
                return false;
            s->seed[s->seeds++] = n;
        }
    } while (*at);
    return true;
}

static void read_seed(Study *s, const Value *v, Error *e)
{
    const bool word = v->kind == VALUE_STRING || v->kind == VALUE_NUMBER;
    if (!word || !add_seeds(s, v->text))
        option_report(
            e, v, "seeds",
            "expected integers 0..2^53, or ranges of them such as \"1-3\" (%d at most), got "
            "%s%s%.60s",
            STUDY_SEEDS, value_kind_name(v->kind), word ? " " : "", word ? v->text : "");
}

static void check_seeds(const Study *s, const Value *v, Error *e)
{
    for (int i = 0; i < s->seeds; i++)
        for (int j = 0; j < i; j++)
            if (s->seed[i] == s->seed[j]) {
                option_report(e, v, "seeds", "%" PRId64 " is given twice", s->seed[i]);
                return;
            }
}

void study_read_seeds(Study *s, const Value *seeds, Error *e)
{
    const bool list = seeds && seeds->kind == VALUE_ARRAY;
    s->seed = arena_take(&s->arena, STUDY_SEEDS * sizeof *s->seed);
    if (!s->seed)
        return;
    if (!seeds)
        add_seeds(s, "1-3");
    else if (!list)
        read_seed(s, seeds, e);
    else if (!seeds->child)
        option_report(e, seeds, "seeds", "an empty array: at least one is needed");
    for (const Value *v = list ? seeds->child : NULL; v; v = v->next)
        read_seed(s, v, e);
    check_seeds(s, seeds, e);
}

/* ---- configs --------------------------------------------------------------------------------- */

static int append(Override *all, int n, const Override *some, int m)
{
    for (int i = 0; i < m && n < STUDY_SETTINGS; i++)
        all[n++] = some[i];
    return n;
}

Status study_config(const Study *s, const StudyCell *cell, int64_t seed, Config *c, Error *e)
{
    Override all[STUDY_SETTINGS + 2];
    char number[24];
    int n = append(all, 0, s->set, s->n_set);
    *c = (Config){ 0 };
    for (int i = 0; i < s->axes; i++) {
        const StudyPoint *p = &s->axis[i].point[cell->point[i]];
        n = append(all, n, p->set, p->n);
    }
    if (n == STUDY_SETTINGS)
        return fail(e, GT_ECONFIG, "cell %s: more than %d settings", cell->name,
                    STUDY_SETTINGS - 1);
    snprintf(number, sizeof number, "%" PRId64, seed);
    all[n++] = (Override){ .path = "seed", .word = number };
    all[n++] = (Override){ .path = "name", .word = cell->name };
    return config_make(c, s->base, all, n, e);
}

Status study_config_text(const Study *s, const StudyCell *cell, int64_t seed, Text *out, Error *e)
{
    Config c;
    char words[CONFIG_FIT];
    Status status = study_config(s, cell, seed, &c, e);
    if (status == GT_OK)
        config_fit_to_data(&c, cell->data_count, words);
    if (status == GT_OK)
        status = config_text(&c, 2, out, e);
    text_add(out, "\n");
    config_free(&c);
    return status;
}
