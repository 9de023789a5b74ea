/* Value trees from JSON: json_locate validates the text, cJSON [1] parses it.
 *
 * cJSON alone accepts what RFC 8259 forbids, has no positions, turns 64-bit integers into doubles,
 * and cannot tell an error from a lack of memory. After the check its NULL means no memory, and
 * numbers are copied from the text as they were written. Both skip a byte order mark.
 * [1] Gamble and others, cJSON, https://github.com/DaveGamble/cJSON */
#include "gantrain/io/json.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gantrain/base/file.h"
#include "json_token.h"

static ValueKind kind_of(const cJSON *item)
{
    return cJSON_IsObject(item)   ? VALUE_OBJECT
           : cJSON_IsArray(item)  ? VALUE_ARRAY
           : cJSON_IsString(item) ? VALUE_STRING
           : cJSON_IsNumber(item) ? VALUE_NUMBER
           : cJSON_IsTrue(item)   ? VALUE_TRUE
           : cJSON_IsFalse(item)  ? VALUE_FALSE
                                  : VALUE_NULL;
}

/* The text of a value at `at`: of a number as it was written, which fits `literal`. */
static const char *text_of(const cJSON *item, const char *at, char literal[JSON_MAX_NUMBER + 1])
{
    size_t n = 0;
    if (!cJSON_IsNumber(item))
        return item->valuestring;
    for (; json_is_word((unsigned char)at[n]); n++)
        literal[n] = at[n];
    literal[n] = '\0';
    return literal;
}

/* Adds `item` and all below it; `site` is that of the next value. The arena was measured, and
 * json_locate has limited the depth. */
static Value *build(Arena *a, Value *parent, const cJSON *item, const JsonSite **site)
{
    char literal[JSON_MAX_NUMBER + 1];
    const JsonSite *own = (*site)++;
    Value *v = value_add(a, parent, item->string, kind_of(item), text_of(item, own->at, literal));
    assert(v);
    v->location = own->location;
    v->key_location = own->key_location;
    for (const cJSON *child = item->child; child; child = child->next)
        build(a, v, child, site);
    return v;
}

/* Every node begins at a new alignment; texts are no longer than in the source, except for the NUL
 * of a number. */
static size_t tree_bytes(size_t n_values, size_t text_bytes, size_t origin_bytes)
{
    enum { ALIGNMENT = 64 };
    return (n_values + 1) * (sizeof(Value) + ALIGNMENT + 1) + text_bytes + origin_bytes + 1;
}

/* `text` ends with NUL and is valid.   site [n] scratch */
static Status build_tree(Json *j, const char *text, size_t bytes, const char *origin,
                         JsonSite *site, size_t n, Error *e)
{
    JsonError none;
    const JsonSite *next = site;
    cJSON *tree = cJSON_ParseWithLength(text, bytes + 1);
    if (!tree ||
        json_locate(text, bytes, arena_strdup(&j->arena, origin), site, &n, &none) != GT_OK) {
        cJSON_Delete(tree);
        return fail(e, GT_ERESOURCE, "%s: not enough memory to parse it", origin);
    }
    j->root = build(&j->arena, NULL, tree, &next);
    cJSON_Delete(tree);
    return GT_OK;
}

static Status parse_valid(Json *j, const char *text, size_t bytes, const char *origin, size_t n,
                          size_t spare, Error *e)
{
    Arena scratch = { 0 };
    const size_t need = tree_bytes(n, bytes, strlen(origin));
    Status s = arena_open(&scratch, n * sizeof(JsonSite) + bytes + 128, e);
    if (s == GT_OK)
        s = arena_open(&j->arena, spare < SIZE_MAX - need ? need + spare : SIZE_MAX, e);
    if (s == GT_OK) {
        JsonSite *site = arena_take(&scratch, n * sizeof *site);
        char *copy = arena_take(&scratch, bytes + 1);
        memcpy(copy, text, bytes);
        s = build_tree(j, copy, bytes, origin, site, n, e);
    }
    arena_close(&scratch);
    if (s != GT_OK)
        json_free(j);
    return s;
}

Status json_parse(Json *j, const char *text, size_t bytes, const char *origin, size_t spare,
                  Error *e)
{
    JsonError error;
    size_t n;
    *j = (Json){ 0 };
    const Status s = json_locate(text, bytes, origin, NULL, &n, &error);
    if (s == GT_OK)
        return parse_valid(j, text, bytes, origin, n, spare, e);
    return s == GT_ERESOURCE
               ? fail(e, s, "%s: %s", origin, error.what)
               : fail(e, s, "%s:%d:%d: %s", origin, error.line, error.column, error.what);
}

Status json_read(Json *j, const char *path, size_t spare, Error *e)
{
    *j = (Json){ 0 };
    Bytes file;
    TRY(file_read(&file, path, JSON_MAX_BYTES, GT_ECONFIG, e));
    const Status status = json_parse(j, (const char *)file.at, file.size, path, spare, e);
    bytes_free(&file);
    TRY(status);
    const Value root = *j->root;
    if (root.kind == VALUE_OBJECT)
        return GT_OK;
    json_free(j);
    return fail(e, GT_ECONFIG, "%s:%d:%d: found %s%s: expected an object { ... }", path,
                root.location.line, root.location.column,
                root.kind == VALUE_ARRAY                                 ? "an "
                : root.kind == VALUE_NUMBER || root.kind == VALUE_STRING ? "a "
                                                                         : "",
                value_kind_name(root.kind));
}

void json_free(Json *j)
{
    if (!j)
        return;
    arena_close(&j->arena);
    *j = (Json){ 0 };
}
