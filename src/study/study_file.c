/* Reads a study: a study file, or a config with options of the command line. The options are put
 * into the tree of the file first, so that the same functions read and check both. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "study_parts.h"

/* Room for any file of at most JSON_MAX_BYTES: a value takes at least two bytes there and 128 here.
 * Unused pages are never touched. */
enum { ARENA_BYTES = 64 << 20 };

typedef struct StudyFile {
    const char *name;
    const Value *base, *set, *axes, *exclude, *seeds, *metrics;
    const char *rank;
    const Entry *count;
} StudyFile;

static const Entry count_last = { "last", "the last row of a run", "-", NULL, 0 };
static const Entry count_best = { "best", "the row where the ranking metric is best", "-", NULL,
                                  0 };
static const Entry *const count_rows[] = { &count_last, &count_best, NULL };
static const Registry counts = { "ways to count", "way to count", count_rows };

const Option study_options[] = {
    OPT_TEXT(StudyFile, name, "",
             "the folder is studies/<name>; empty: the name of the study file"),
    OPT_TREE(StudyFile, base, "path or object",
             "the config that is varied, or its path relative to this file"),
    OPT_TREE(StudyFile, set, "object", "KEY.PATH: VALUE, changed in every run"),
    OPT_TREE(StudyFile, axes, "object",
             "AXIS: { POINT: { KEY.PATH: VALUE, ... }, ... }, or KEY.PATH: [VALUE, ...]"),
    OPT_TREE(StudyFile, exclude, "array of objects",
             "{ AXIS: POINT or [POINT, ...], ... }: combinations to leave out"),
    OPT_TREE(StudyFile, seeds, "array or string", "such as [1, 2, 3] or \"1-3\" [\"1-3\"]"),
    OPT_TREE(StudyFile, metrics, "array of strings",
             "columns of metrics.jsonl, with :lower or :higher if needed; none: all scores"),
    OPT_TEXT(StudyFile, rank, "", "the metric that orders the cells; empty: the first"),
    OPT_CHOICE(StudyFile, count, "last", &counts, "which row of a run counts: last or best"),
    OPT_END,
};

/* Adds the word to `parent`; with a key it replaces the member of that name. */
static void put_word(Study *s, Value *parent, const char *key, const char *word, const char *flag)
{
    const Value *v = option_word_value(&s->arena, word, flag);
    if (key)
        value_remove(parent, key);
    if (v)
        value_copy(&s->arena, parent, key, v);
}

/* The object `key` of the study, added if missing; NULL: of another kind, or no memory. */
static Value *object_for(Study *s, const char *key, const char *flag)
{
    Value *v = value_member(s->root, key);
    if (!v && (v = value_add(&s->arena, s->root, key, VALUE_OBJECT, NULL)))
        v->location.origin = arena_strdup(&s->arena, flag);
    return v && v->kind == VALUE_OBJECT ? v : NULL;
}

/* Replaces the member `key` by the array of "a,b,c". */
static void put_list(Study *s, Value *parent, const char *key, const char *words, const char *flag)
{
    value_remove(parent, key);
    Value *array = value_add(&s->arena, parent, key, VALUE_ARRAY, NULL);
    if (array)
        array->location.origin = arena_strdup(&s->arena, flag);
    for (char *at = array ? arena_strdup(&s->arena, words) : NULL; at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        put_word(s, array, NULL, at, flag);
        at = comma ? comma + 1 : NULL;
    }
}

static void put_options(Study *s, const StudyRequest *q)
{
    char flag[GT_ERROR_TEXT / 2];
    Value *set = q->n_set ? object_for(s, "set", "--set") : NULL;
    Value *axes = q->n_vary ? object_for(s, "axes", "--vary") : NULL;
    for (int i = 0; set && i < q->n_set; i++) {
        snprintf(flag, sizeof flag, "--set %s=%s", q->set[i].path, q->set[i].word);
        put_word(s, set, q->set[i].path, q->set[i].word, flag);
    }
    for (int i = 0; axes && i < q->n_vary; i++) {
        snprintf(flag, sizeof flag, "--vary %s=%s", q->vary[i].path, q->vary[i].word);
        put_list(s, axes, q->vary[i].path, q->vary[i].word, flag);
    }
    if (q->seeds)
        put_word(s, s->root, "seeds", q->seeds, "--seeds");
    if (q->rank)
        put_word(s, s->root, "rank", q->rank, "--rank");
    if (q->count)
        put_word(s, s->root, "count", q->count, "--count");
    if (q->metrics)
        put_list(s, s->root, "metrics", q->metrics, "--metrics");
}

/* A config has neither key. */
static bool is_study(const Value *root)
{
    return value_member(root, "base") || value_member(root, "axes");
}

/* Its path is relative to the folder of the study file. */
static Status read_base_file(Study *s, const char *file, const Value *base, Error *e)
{
    char path[4096];
    const char *slash = strrchr(file, '/');
    const int folder = slash && *base->text != '/' ? (int)(slash - file) + 1 : 0;
    const int n = snprintf(path, sizeof path, "%.*s%s", folder, file, base->text);
    if (n >= (int)sizeof path)
        return option_report(e, base, "base", "the path is too long");
    Error wrong = { 0 };
    if (json_read(&s->base_file, path, 0, &wrong) != GT_OK)
        return also_fail(e, wrong.code, "%s", wrong.text[0]);
    s->base = s->base_file.root;
    return GT_OK;
}

static Status read_base(Study *s, const StudyRequest *q, const StudyFile *f, Error *e)
{
    if (!f->base)
        return option_report(e, s->root, "base", "is missing: the config that is varied");
    if (f->base->kind == VALUE_STRING)
        return read_base_file(s, q->config, f->base, e);
    if (f->base->kind != VALUE_OBJECT)
        return option_report(e, f->base, "base", "expected a path or an object, got %s",
                             value_kind_name(f->base->kind));
    s->base = f->base;
    return GT_OK;
}

/* The tree of the study file, or one made around a config. */
static Status open_file(Study *s, const StudyRequest *q, Error *e)
{
    TRY(arena_open(&s->arena, ARENA_BYTES, e));
    TRY(json_read(&s->file, q->config, 0, e));
    if (is_study(s->file.root)) {
        s->root = value_copy(&s->arena, NULL, NULL, s->file.root);
    } else {
        s->root = value_add(&s->arena, NULL, NULL, VALUE_OBJECT, NULL);
        value_copy(&s->arena, s->root, "base", s->file.root);
    }
    assert(s->root);
    put_options(s, q);
    return s->arena.full ? fail(e, GT_ERESOURCE, "%s: too large for a study", q->config) : GT_OK;
}

static void read_name(Study *s, const StudyRequest *q, const char *name, Error *e)
{
    s->name = name;
    if (!name || !*name)
        s->name = config_name_of_file(&s->arena, q->config);
    else if (strchr(name, '/') || *name == '.' || strlen(name) > STUDY_NAME)
        option_report(e, value_member(s->root, "name"), "name",
                      "\"%.200s\" is not the name of one folder", name);
}

Status study_read(Study *s, const StudyRequest *q, Error *e)
{
    StudyFile f = { 0 };
    *s = (Study){ .rank = -1 };
    TRY(config_check_overrides(q->set, q->n_set, e));
    TRY(open_file(s, q, e));
    option_read(&s->arena, study_options, s->root, "", &f, e);
    read_name(s, q, f.name, e);
    read_base(s, q, &f, e);
    study_read_settings(s, f.set, "set", &s->set, &s->n_set, e);
    study_read_axes(s, f.axes, e);
    study_read_seeds(s, f.seeds, e);
    study_read_metrics(s, f.metrics, f.rank, e);
    s->count_best = f.count == &count_best;
    if (s->count_best && s->rank < 0)
        option_report(e, value_member(s->root, "count"), "count",
                      "\"best\" needs a ranking metric: name some metrics");
    if (e->code == GT_OK)
        study_read_cells(s, f.exclude, e);
    if (s->arena.full)
        return fail(e, GT_ERESOURCE, "%s: too large for a study", q->config);
    return e->code;
}

void study_close(Study *s)
{
    json_free(&s->file);
    json_free(&s->base_file);
    arena_close(&s->arena);
    *s = (Study){ 0 };
}

Status study_text(const Study *s, Text *out, Error *e)
{
    Arena a = { 0 };
    TRY(arena_open(&a, ARENA_BYTES, e));
    Value *root = value_add(&a, NULL, NULL, VALUE_OBJECT, NULL);
    value_add(&a, root, "name", VALUE_STRING, s->name);
    value_copy(&a, root, "base", s->base);
    for (const Value *v = s->root->child; v; v = v->next)
        if (strcmp(v->key, "name") != 0 && strcmp(v->key, "base") != 0)
            value_copy(&a, root, v->key, v);
    json_write(out, root, 2);
    text_add(out, "\n");
    const bool full = a.full || out->failed;
    arena_close(&a);
    return full ? fail(e, GT_ERESOURCE, "no memory to print the study") : GT_OK;
}
