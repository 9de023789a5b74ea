/* The keys in which two resolved configs differ. */
#include "gantrain/run/config.h"

#include <stdio.h>
#include <string.h>

/* Keys that change no bit of the training (data.dir: the data are compared by checksum). */
static const char *const free_on_resume[] = {
    "name",   "data.dir", "train.epochs", "train.steps", "checkpoint",
    "sample", "log",      "evaluate",     NULL,
};

/* The data may be in another folder on another machine. */
static const char *const free_on_ranks[] = { "name", "data.dir", NULL };

const ConfigDiffRules config_diff_resume = { free_on_resume, "now", "in the checkpoint" };
const ConfigDiffRules config_diff_ranks = { free_on_ranks, "here", "on rank 0" };

typedef struct Comparison {
    const ConfigDiffRules *rules;
    Text *out;
} Comparison;

enum { SHOWN = 100 }; /* after so many bytes differences are only counted */

static bool is_ignored(const ConfigDiffRules *rules, const char *path)
{
    for (const char *const *p = rules->ignored; *p; p++) {
        const size_t n = strlen(*p);
        if (strncmp(path, *p, n) == 0 && (path[n] == '\0' || path[n] == '.'))
            return true;
    }
    return false;
}

static const char *describe_value(const Value *v, char out[80])
{
    const Value *kind = value_member(v, "kind");
    if (!v)
        snprintf(out, 80, "nothing");
    else if (kind && kind->text)
        snprintf(out, 80, "%.70s", kind->text);
    else if (v->text)
        snprintf(out, 80, "%.70s", v->text);
    else
        snprintf(out, 80, "%s", value_kind_name(v->kind));
    return out;
}

static bool same_leaf(const Value *a, const Value *b)
{
    if (!a || !b || a->kind != b->kind)
        return false;
    return !a->text || strcmp(a->text, b->text) == 0;
}

static int compare(const Value *a, const Value *b, const char *path, const Comparison *c);

static int compare_members(const Value *a, const Value *b, const char *path, const Comparison *c)
{
    char inner[256];
    int n = 0;
    for (const Value *x = a->child; x; x = x->next) {
        snprintf(inner, sizeof inner, "%.180s%s%.60s", path, *path ? "." : "", x->key);
        n += compare(x, value_member(b, x->key), inner, c);
    }
    for (const Value *y = b->child; y; y = y->next) {
        snprintf(inner, sizeof inner, "%.180s%s%.60s", path, *path ? "." : "", y->key);
        if (!value_member(a, y->key))
            n += compare(NULL, y, inner, c);
    }
    return n;
}

static int compare_elements(const Value *a, const Value *b, const char *path, const Comparison *c)
{
    char inner[256];
    int n = 0, i = 0;
    const Value *x = a->child, *y = b->child;
    for (; x || y; i++) {
        snprintf(inner, sizeof inner, "%.240s[%d]", path, i);
        n += compare(x, y, inner, c);
        x = x ? x->next : NULL;
        y = y ? y->next : NULL;
    }
    return n;
}

static int compare(const Value *a, const Value *b, const char *path, const Comparison *c)
{
    char left[80], right[80];
    if (is_ignored(c->rules, path))
        return 0;
    if (a && b && a->kind == b->kind && a->kind == VALUE_OBJECT)
        return compare_members(a, b, path, c);
    if (a && b && a->kind == b->kind && a->kind == VALUE_ARRAY)
        return compare_elements(a, b, path, c);
    if (same_leaf(a, b))
        return 0;
    if (c->out->used > SHOWN)
        return 1;
    text_add(c->out, "%s%s: %s %s, %s %s", c->out->used ? "; " : "", path, describe_value(a, left),
             c->rules->here, describe_value(b, right), c->rules->there);
    return 1;
}

Status config_diff(const Config *c, const Value *there, const ConfigDiffRules *rules, Text *out,
                   int *n, Error *e)
{
    const Comparison all = { rules, out };
    Arena a = { 0 };
    TRY(arena_open(&a, 1 << 20, e));
    const Value *here = option_to_value(&a, NULL, NULL, config_options, c);
    const bool compared = here && there;
    *n = compared ? compare(here, there, "", &all) : 0;
    arena_close(&a);
    return compared && !out->failed ? GT_OK
                                    : fail(e, GT_ERESOURCE, "no memory to compare the configs");
}
