/* Which data a config reads: `--data PATH` and a config without data.kind take the kind that reads
 * what lies at the path. The tree then names kind and type, so a checkpoint needs no such look. */
#include "config_data.h"

#include <string.h>

#include "gantrain/data/recognize.h"

static Status no_memory(Error *e)
{
    return fail(e, GT_ERESOURCE, "no memory for the data of the config");
}

/* Of `{"kind": "ring", ...}` or "ring"; NULL: not given. */
static const char *name_of_kind(const Value *v)
{
    const Value *kind = v && v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    return kind && kind->kind == VALUE_STRING ? kind->text : NULL;
}

/* NULL: no such kind, which the reader of the options reports. */
static const DatasetKind *kind_of(const Value *data)
{
    const char *name = name_of_kind(data);
    return (const DatasetKind *)registry_find(&datasets, name ? name : "idx");
}

static const Option *find_option(const DatasetKind *kind, const char *key)
{
    const Option *row = kind->is.options;
    while (row->name && strcmp(row->name, key) != 0)
        row++;
    return row->name ? row : NULL;
}

/* The data as an object, which the tree may give as a word or not at all. */
static Value *data_object(Config *c)
{
    const Value *old = value_member(c->file.root, "data");
    if (old && old->kind == VALUE_OBJECT)
        return value_member(c->file.root, "data");
    const char *kind = name_of_kind(old);
    value_remove(c->file.root, "data");
    Value *data = value_add(&c->file.arena, c->file.root, "data", VALUE_OBJECT, NULL);
    if (data && kind && !value_add(&c->file.arena, data, "kind", VALUE_STRING, kind))
        return NULL;
    return data;
}

static bool set_text(Config *c, Value *data, const char *key, const char *text)
{
    value_remove(data, key);
    return value_add(&c->file.arena, data, key, VALUE_STRING, text);
}

/* Removes the keys of `from` that mean nothing or something else to `to`. Keys unknown to both
 * stay, to be reported. */
static void drop_foreign_keys(Value *data, const DatasetKind *from, const DatasetKind *to)
{
    for (const Option *row = from->is.options; row->name; row++) {
        const Option *same = find_option(to, row->name);
        if (!same || same->type != row->type || same->offset != row->offset)
            value_remove(data, row->name);
    }
}

/* Both kinds read the same files. */
static bool reads_too(const DatasetKind *kind, const DatasetKind *found)
{
    return kind == found ||
           (strcmp(kind->is.name, "stacked") == 0 && strcmp(found->is.name, "idx") == 0);
}

/* The path in a tree, under either key. */
static const char *path_of(const Value *data)
{
    const Value *path = value_member(data, "dir");
    path = path ? path : value_member(data, "file");
    return path && path->kind == VALUE_STRING ? path->text : NULL;
}

/* The keys of a tree without a kind are meant for what lies at its path, or will lie there. */
static bool keys_are_meant(const Value *data, const char *path)
{
    const char *old = path_of(data);
    return !name_of_kind(data) && (!old || strcmp(old, path) == 0);
}

Status config_set_data(Config *c, const char *path, Error *e)
{
    Recognized r;
    Value *data = data_object(c);
    const DatasetKind *kind = data ? kind_of(data) : NULL;
    if (!data)
        return no_memory(e);
    if (!kind)
        return GT_OK;
    dataset_recognize(path, &r);
    if (r.kind && !reads_too(kind, r.kind)) {
        if (!keys_are_meant(data, path))
            drop_foreign_keys(data, kind, r.kind);
        kind = r.kind;
        if (!set_text(c, data, "kind", kind->is.name))
            return no_memory(e);
    }
    value_remove(data, "dir");
    value_remove(data, "file");
    return set_text(c, data, kind->path_key ? kind->path_key : "dir", path) ? GT_OK : no_memory(e);
}

static bool is_auto(const Value *as)
{
    return !as || (as->kind == VALUE_STRING && strcmp(as->text, "auto") == 0);
}

Status config_resolve_data(Config *c, Error *e)
{
    Value *data = value_member(c->file.root, "data");
    if (!data || data->kind != VALUE_OBJECT || !path_of(data))
        return GT_OK;
    if (!value_member(data, "kind"))
        TRY(config_set_data(c, path_of(data), e));
    const DatasetKind *kind = kind_of(data);
    if (!kind || kind->samples != SAMPLES_EITHER || !is_auto(value_member(data, "as")))
        return GT_OK;
    Recognized r;
    dataset_recognize(path_of(data), &r);
    return set_text(c, data, "as", r.points ? "points" : "images") ? GT_OK : no_memory(e);
}

bool config_wants_points(const Config *c)
{
    const Value *data = value_member(c->file.root, "data");
    const DatasetKind *kind = kind_of(data);
    const Value *as = data && data->kind == VALUE_OBJECT ? value_member(data, "as") : NULL;
    if (!kind || kind->samples != SAMPLES_EITHER)
        return kind && kind->samples == SAMPLES_POINTS;
    return as && as->kind == VALUE_STRING && strcmp(as->text, "points") == 0;
}
