/* The settings in which resolved configs differ: their trees are walked in parallel. */
#include "gantrain/run/config.h"

#include <stdio.h>
#include <string.h>

/* ---- any number of configs ------------------------------------------------------------------- */

static bool is_equal(const Value *a, const Value *b)
{
    if (!a || !b)
        return a == b;
    const Value *x = a->child, *y = b->child;
    bool equal = a->kind == b->kind && (!a->text || strcmp(a->text, b->text) == 0);
    for (; equal && x && y; x = x->next, y = y->next)
        equal = (!x->key || strcmp(x->key, y->key) == 0) && is_equal(x, y);
    return equal && !x && !y;
}

bool config_setting_all(const ConfigSetting *s, bool (*relation)(const Value *a, const Value *b))
{
    for (int i = 1; i < s->n; i++)
        if (!relation(s->at[0], s->at[i]))
            return false;
    return true;
}

/* The members named `key`, unless one of the first `seen` trees has one: then they were compared
 * there. */
static void compare_member(const ConfigSetting *s, int seen, const char *key, SettingFn *differs,
                           void *context)
{
    ConfigSetting inner = { .n = s->n };
    for (int i = 0; i < s->n; i++) {
        inner.at[i] = value_member(s->at[i], key);
        if (i < seen && inner.at[i])
            return;
    }
    snprintf(inner.path, sizeof inner.path, "%.180s%s%.60s", s->path, *s->path ? "." : "", key);
    config_compare(&inner, differs, context);
}

/* Up to the end of the longest list. */
static void compare_elements(const ConfigSetting *s, SettingFn *differs, void *context)
{
    ConfigSetting inner = { .n = s->n };
    bool any = true;
    for (int i = 0; i < s->n; i++)
        inner.at[i] = s->at[i]->child;
    for (int element = 0; any; element++) {
        snprintf(inner.path, sizeof inner.path, "%.240s[%d]", s->path, element);
        config_compare(&inner, differs, context);
        any = false;
        for (int i = 0; i < s->n; i++) {
            inner.at[i] = inner.at[i] ? inner.at[i]->next : NULL;
            any |= inner.at[i] != NULL;
        }
    }
}

void config_compare(const ConfigSetting *s, SettingFn *differs, void *context)
{
    if (config_setting_all(s, is_equal) || !differs(context, s))
        return;
    if (s->at[0]->kind == VALUE_ARRAY)
        compare_elements(s, differs, context);
    else
        for (int i = 0; i < s->n; i++)
            for (const Value *m = s->at[i]->child; m; m = m->next)
                compare_member(s, i, m->key, differs, context);
}

/* ---- two configs that should agree ----------------------------------------------------------- */

/* Keys that change no bit of the training (dir, file: data are compared by checksum). */
static const char *const free_on_resume[] = {
    "name",   "data.dir", "data.file", "train.epochs", "train.steps",           "checkpoint",
    "sample", "log",      "evaluate",  "init_from",    "train.earlier_lengths", NULL,
};

/* Keys that a run fills in. */
static const char *const free_when_recorded[] = { "init_from.crc32", "train.earlier_lengths",
                                                  NULL };

/* The data may be in another folder on another machine. */
static const char *const free_on_ranks[] = { "name", "data.dir", "data.file", NULL };

const ConfigDiffRules config_diff_resume = { free_on_resume, "now", "in the checkpoint" };
const ConfigDiffRules config_diff_ranks = { free_on_ranks, "here", "on rank 0" };
const ConfigDiffRules config_diff_recorded = { free_when_recorded, "now", "in the run" };

typedef struct Differences {
    const ConfigDiffRules *rules;
    Text *out;
    int n;
} Differences;

enum { SHOWN = 100 }; /* bytes; further differences are only counted */

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

static bool add_difference(void *context, const ConfigSetting *s)
{
    Differences *d = context;
    const Value *a = s->at[0], *b = s->at[1];
    char left[80], right[80];
    if (is_ignored(d->rules, s->path))
        return false;
    if (a && b && a->kind == b->kind && (a->kind == VALUE_OBJECT || a->kind == VALUE_ARRAY))
        return true;
    d->n++;
    if (d->out->used <= SHOWN)
        text_add(d->out, "%s%s: %s %s, %s %s", d->out->used ? "; " : "", s->path,
                 describe_value(a, left), d->rules->here, describe_value(b, right),
                 d->rules->there);
    return false;
}

Status config_diff(const Config *c, const Value *there, const ConfigDiffRules *rules, Text *out,
                   int *n, Error *e)
{
    Differences d = { rules, out, 0 };
    Arena a = { 0 };
    TRY(arena_open(&a, 1 << 20, e));
    const Value *here = option_to_value(&a, NULL, NULL, config_options, c);
    const bool compared = here && there;
    if (compared)
        config_compare(&(ConfigSetting){ .n = 2, .at = { here, there } }, add_difference, &d);
    *n = d.n;
    arena_close(&a);
    return compared && !out->failed ? GT_OK
                                    : fail(e, GT_ERESOURCE, "no memory to compare the configs");
}
