/* The axes of a study and the folder names of their points: letters, digits and ". _ -" stay,
 * everything else becomes '_'. '+' joins the points of a cell, so it occurs in none. */
#include <stdio.h>
#include <string.h>

#include "study_parts.h"

enum { PATH = 200 };

/* Reports a key that the study sets itself. */
static bool is_reserved(const Value *v, const char *path, Error *e)
{
    const bool seed = strcmp(v->key, "seed") == 0, name = strcmp(v->key, "name") == 0;
    if (seed || name)
        option_report_at(e, v->key_location, path,
                         seed ? "seed: the seeds of a study are named by \"seeds\""
                              : "name: runs are named after their cell");
    return seed || name;
}

void study_read_settings(Study *s, const Value *object, const char *path, Override **set, int *n,
                         Error *e)
{
    *n = 0;
    *set = NULL;
    if (object && object->kind != VALUE_OBJECT) {
        option_report(e, object, path, "expected an object { \"key.path\": value, ... }, got %s",
                      value_kind_name(object->kind));
        return;
    }
    if (object)
        *set = arena_take(&s->arena, (size_t)value_count(object) * sizeof **set);
    for (const Value *v = object ? object->child : NULL; v && *set; v = v->next)
        if (!is_reserved(v, path, e))
            (*set)[(*n)++] = (Override){ .path = v->key, .value = v };
}

static char file_name_char(char c)
{
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '_' || c == '-';
    return plain ? c : '_';
}

/* Neither a hidden file nor an option of a shell command. */
static const char *folder_name(Study *s, const char *prefix, const char *label)
{
    char name[2 * STUDY_NAME];
    snprintf(name, sizeof name, "%s%s", prefix, *label ? label : "_");
    for (char *c = name; *c; c++)
        *c = file_name_char(*c);
    if (*name == '.' || *name == '-')
        *name = '_';
    return arena_strdup(&s->arena, name);
}

const char *study_label(const Value *v)
{
    const Value *kind = v->kind == VALUE_OBJECT ? value_member(v, "kind") : NULL;
    if (v->kind == VALUE_STRING || v->kind == VALUE_NUMBER)
        return v->text;
    if (v->kind == VALUE_TRUE || v->kind == VALUE_FALSE)
        return v->kind == VALUE_TRUE ? "true" : "false";
    return kind && kind->kind == VALUE_STRING ? kind->text : NULL;
}

/* One element of KEY.PATH: [VALUE, ...] */
static void read_value(Study *s, StudyAxis *axis, const Value *v, const char *path, Error *e)
{
    char prefix[PATH] = "";
    const char *dot = strrchr(axis->name, '.');
    StudyPoint *p = &axis->point[axis->n];
    p->label = study_label(v);
    if (!p->label) {
        option_report(e, v, path,
                      "a value without a name; give it one: { \"NAME\": { \"%.60s\": ... }, ... }",
                      axis->name);
        return;
    }
    if (v->kind != VALUE_STRING && v->kind != VALUE_OBJECT) /* "lr_0.1": a number needs its key */
        snprintf(prefix, PATH, "%s_", dot ? dot + 1 : axis->name);
    p->folder = folder_name(s, prefix, p->label);
    p->set = arena_take(&s->arena, sizeof *p->set);
    if (p->set)
        *p->set = (Override){ .path = axis->name, .value = v };
    p->n = p->set ? 1 : 0;
    axis->n++;
}

/* One member of AXIS: { POINT: { KEY.PATH: VALUE, ... }, ... } */
static void read_point(Study *s, StudyAxis *axis, const Value *v, const char *path, Error *e)
{
    StudyPoint *p = &axis->point[axis->n++];
    char point[2 * PATH];
    snprintf(point, sizeof point, "%.200s.%.100s", path, v->key);
    p->label = v->key;
    p->folder = folder_name(s, "", v->key);
    study_read_settings(s, v, point, &p->set, &p->n, e);
}

static void check_names(const StudyAxis *axis, const Value *v, const char *path, Error *e)
{
    for (int i = 0; i < axis->n; i++)
        for (int j = 0; j < i; j++) {
            const StudyPoint *a = &axis->point[j], *b = &axis->point[i];
            if (strcmp(a->label, b->label) == 0)
                option_report(e, v, path,
                              "two points called \"%.60s\"; give them names of their own: { "
                              "\"NAME\": { \"key.path\": ... }, ... }",
                              a->label);
            else if (a->folder && b->folder && strcmp(a->folder, b->folder) == 0)
                option_report(e, v, path,
                              "\"%.60s\" and \"%.60s\" are the same as file names, \"%.60s\"",
                              a->label, b->label, a->folder);
        }
}

static void read_axis(Study *s, const Value *v, Error *e)
{
    char path[PATH];
    StudyAxis *axis = &s->axis[s->axes];
    snprintf(path, sizeof path, "axes.%.150s", v->key);
    if ((v->kind != VALUE_ARRAY && v->kind != VALUE_OBJECT) || !v->child) {
        option_report(e, v, path, "expected an array of values, or an object of points, got %s%s",
                      v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT ? "an empty " : "",
                      value_kind_name(v->kind));
        return;
    }
    if (v->kind == VALUE_ARRAY && is_reserved(v, "axes", e))
        return;
    axis->name = v->key;
    axis->point = arena_take(&s->arena, (size_t)value_count(v) * sizeof *axis->point);
    for (const Value *x = v->child; x && axis->point; x = x->next)
        (v->kind == VALUE_ARRAY ? read_value : read_point)(s, axis, x, path, e);
    check_names(axis, v, path, e);
    s->axes++;
}

/* Whether setting `path` replaces what was set at `earlier`: the same key, or one below it. */
static bool replaces(const char *path, const char *earlier)
{
    const size_t n = strlen(path);
    return strncmp(path, earlier, n) == 0 &&
           (earlier[n] == '\0' || earlier[n] == '.' || earlier[n] == '[');
}

static bool replaces_any(const char *path, const StudyAxis *earlier)
{
    for (int i = 0; i < earlier->n; i++)
        for (int k = 0; k < earlier->point[i].n; k++)
            if (replaces(path, earlier->point[i].set[k].path))
                return true;
    return false;
}

static void check_order(const StudyAxis *axis, const StudyAxis *earlier, Error *e)
{
    for (int i = 0; i < axis->n; i++)
        for (int k = 0; k < axis->point[i].n; k++) {
            const Override *o = &axis->point[i].set[k];
            if (!replaces_any(o->path, earlier))
                continue;
            option_report(e, o->value, "axes",
                          "%.100s of axis \"%.60s\" replaces what axis \"%.60s\" sets: write the "
                          "axis that sets more first",
                          o->path, axis->name, earlier->name);
            return;
        }
}

void study_read_axes(Study *s, const Value *axes, Error *e)
{
    if (axes && axes->kind != VALUE_OBJECT) {
        option_report(e, axes, "axes", "expected an object, got %s", value_kind_name(axes->kind));
        return;
    }
    for (const Value *v = axes ? axes->child : NULL; v; v = v->next) {
        if (s->axes == STUDY_AXES) {
            option_report(e, v, "axes", "more than %d axes", STUDY_AXES);
            return;
        }
        read_axis(s, v, e);
    }
    for (int i = 0; i < s->axes; i++)
        for (int j = 0; j < i; j++)
            check_order(&s->axis[i], &s->axis[j], e);
}
