/* Value trees from JSON: json_check decides, cJSON [1] takes the text apart.
 *
 * cJSON alone accepts what RFC 8259 forbids, turns 64-bit integers into doubles and cannot tell a
 * mistake from a lack of memory; after the check none of this is left: its NULL means no memory,
 * and numbers are copied from the text as they were written.
 * [1] Gamble and others, cJSON, https://github.com/DaveGamble/cJSON */
#include "gantrain/io/json.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gantrain/base/file.h"
#include "json_token.h"

/* What the walk over the tree of cJSON needs; it meets the values in the order of the places. */
typedef struct Walk {
    Json *json;
    const char *text;
    const char *origin; /* in the arena */
    const JsonLocation *place;
} Walk;

static ValueKind kind_of(const cJSON *item)
{
    switch (item->type & 0xFF) {
    case cJSON_False:
        return VALUE_FALSE;
    case cJSON_True:
        return VALUE_TRUE;
    case cJSON_Number:
        return VALUE_NUMBER;
    case cJSON_String:
        return VALUE_STRING;
    case cJSON_Array:
        return VALUE_ARRAY;
    case cJSON_Object:
        return VALUE_OBJECT;
    default:
        return VALUE_NULL;
    }
}

static Value *add_value(Walk *w, Value *parent, const cJSON *item, const JsonLocation *place)
{
    Arena *a = &w->json->arena;
    const ValueKind kind = kind_of(item);
    if (kind == VALUE_STRING)
        return value_add_text(a, parent, item->string, kind, item->valuestring);
    if (kind != VALUE_NUMBER)
        return value_add(a, parent, item->string, kind);
    char literal[JSON_MAX_NUMBER + 1] = { 0 };
    const char *number = w->text + place->at;
    for (size_t i = 0; json_is_word((unsigned char)number[i]); i++)
        literal[i] = number[i]; /* checked: no longer than it may be, and no word behind it */
    return value_add_text(a, parent, item->string, kind, literal);
}

/* Recursion goes no deeper than json_check has allowed; the arena holds what was measured. */
static Value *build(Walk *w, Value *parent, const cJSON *item)
{
    const JsonLocation *place = w->place++;
    Value *v = add_value(w, parent, item, place);
    assert(v);
    v->origin = w->origin;
    v->line = place->line;
    v->column = place->column;
    v->key_line = place->key_line;
    v->key_column = place->key_column;
    for (const cJSON *child = item->child; child; child = child->next)
        build(w, v, child);
    return v;
}

/* Every node starts on a fresh alignment; its texts are no longer than in the source, but for the
 * NUL of a number. */
static size_t tree_bytes(size_t n_values, size_t text_bytes, size_t origin_bytes)
{
    enum { BORDER = 64 };
    return (n_values + 1) * (sizeof(Value) + BORDER + 1) + text_bytes + origin_bytes + 1;
}

static Status build_tree(Json *j, const char *text, size_t bytes, const char *origin,
                         const JsonLocation *places, Error *e)
{
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, bytes + 1, &end, 1);
    if (!tree)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", origin);
    Walk walk = { .json = j, .text = text, .place = places };
    walk.origin = arena_strdup(&j->arena, origin);
    j->root = build(&walk, NULL, tree);
    cJSON_Delete(tree);
    return GT_OK;
}

static Status fail_mistake(const JsonError *m, Status code, const char *origin, Error *e)
{
    if (code == GT_ERESOURCE)
        return fail(e, code, "%s: %s", origin, m->what);
    return fail(e, code, "%s:%d:%d: %s", origin, m->line, m->column, m->what);
}

/* `scratch` holds what only the parsing needs: a copy of the text that ends in NUL, the places. */
static Status parse_with(Arena *scratch, Json *j, const char *text, size_t bytes, size_t n_values,
                         const char *origin, size_t spare, Error *e)
{
    JsonError m;
    const size_t need = tree_bytes(n_values, bytes, strlen(origin));
    TRY(arena_open(scratch, n_values * sizeof(JsonLocation) + bytes + 128, e));
    TRY(arena_open(&j->arena, spare < SIZE_MAX - need ? need + spare : SIZE_MAX, e));
    JsonLocation *places = arena_take(scratch, n_values * sizeof *places);
    char *copy = arena_take(scratch, bytes + 1);
    memcpy(copy, text, bytes);
    const Status code = json_check(copy, bytes, places, n_values, NULL, &m);
    return code == GT_OK ? build_tree(j, copy, bytes, origin, places, e)
                         : fail_mistake(&m, code, origin, e);
}

Status json_parse(Json *j, const char *text, size_t bytes, const char *origin, size_t spare,
                  Error *e)
{
    *j = (Json){ 0 };
    JsonError m;
    size_t n_values = 0;
    const Status checked = json_check(text, bytes, NULL, 0, &n_values, &m);
    if (checked != GT_OK)
        return fail_mistake(&m, checked, origin, e);
    Arena scratch = { 0 };
    const Status status = parse_with(&scratch, j, text, bytes, n_values, origin, spare, e);
    arena_close(&scratch);
    if (status != GT_OK)
        json_free(j);
    return status;
}

static const char *article_of(ValueKind kind)
{
    return kind == VALUE_ARRAY ? "an " : kind == VALUE_NUMBER || kind == VALUE_STRING ? "a " : "";
}

Status json_read(Json *j, const char *path, size_t spare, Error *e)
{
    *j = (Json){ 0 };
    Bytes file;
    TRY(file_read(&file, path, JSON_MAX_BYTES, GT_ECONFIG, e));
    const Status status = json_parse(j, (const char *)file.at, file.size, path, spare, e);
    bytes_free(&file);
    TRY(status);
    if (j->root->kind == VALUE_OBJECT)
        return GT_OK;
    const Value found = *j->root;
    json_free(j);
    return fail(e, GT_ECONFIG, "%s:%d:%d: found %s%s: expected an object { ... }", path, found.line,
                found.column, article_of(found.kind), value_kind_name(found.kind));
}

void json_free(Json *j)
{
    if (!j)
        return;
    arena_close(&j->arena);
    *j = (Json){ 0 };
}
