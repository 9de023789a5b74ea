/* The grammar of RFC 8259 by recursive descent, never deeper than JSON_MAX_DEPTH.
 *
 * A text is parsed twice: first to check it and to count its values, which gives the size of the
 * arena, then to build the tree. The keys of the open objects are kept unescaped on a stack; when
 * an object closes, its keys are sorted and neighbours compared, so that many keys cost no more
 * than their sorting. */
#include "gantrain/io/json.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "json_token.h"

typedef struct Key {
    const char *name; /* unescaped, in Parser.names */
    Location location;
} Key;

typedef struct Parser {
    JsonScanner scan;
    Json *json; /* the tree to build; NULL: check only */
    int depth;
    size_t n_values;
    Arena stacks;
    Key *keys; /* of all open objects, inner ones last */
    size_t n_keys;
    char *names; /* unescaped keys one after the other; then scratch for a value */
} Parser;

static bool parse_value(Parser *p, Value *parent, const Key *key);

/* ---- duplicate keys -------------------------------------------------------------------------- */

static int compare_locations(Location a, Location b)
{
    const int lines = (a.line > b.line) - (a.line < b.line);
    return lines != 0 ? lines : (a.column > b.column) - (a.column < b.column);
}

static int compare_keys(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order != 0 ? order : compare_locations(x->location, y->location);
}

/* Checks the keys[0..n) of one object; of several duplicates the first in the text is reported. */
static bool check_keys(Parser *p, Key *keys, size_t n)
{
    if (n > 1)
        qsort(keys, n, sizeof *keys, compare_keys);
    const Key *second = NULL;
    for (size_t i = 1; i < n; i++)
        if (strcmp(keys[i - 1].name, keys[i].name) == 0 &&
            (!second || compare_locations(keys[i].location, second->location) < 0))
            second = &keys[i];
    if (!second)
        return true;
    const Location first = second[-1].location, here = second->location;
    const bool same_line = first.line == here.line;
    JsonError *error = p->scan.error;
    error->line = here.line;
    error->column = here.column;
    (void)snprintf(error->what, sizeof error->what,
                   "duplicate key \"%.80s\" (first at %s %d): remove one", second->name,
                   same_line ? "column" : "line", same_line ? first.column : first.line);
    return false;
}

/* ---- objects and arrays ---------------------------------------------------------------------- */

/* Adds a value to the tree. The arena was measured, so it is never full. */
static Value *add_value(Parser *p, Value *parent, const Key *key, ValueKind kind, const char *text,
                        Location location)
{
    p->n_values++;
    if (!p->json)
        return NULL;
    Value *v = value_add(&p->json->arena, parent, key ? key->name : NULL, kind, text);
    assert(v);
    v->location = location;
    if (key)
        v->key_location = key->location;
    if (!parent)
        p->json->root = v;
    return v;
}

/* After a value: true at `close` or ','. */
static bool parse_separator(Parser *p, char close, Location open)
{
    JsonScanner *s = &p->scan;
    json_skip_space(s);
    const int next = json_peek(s);
    if (next == close || next == ',')
        return true;
    if (next < 0)
        return json_fail(s, s->at,
                         "unexpected end of text: the %s that begins at line %d, column %d has no "
                         "'%c'",
                         close == '}' ? "object" : "array", open.line, open.column, close);
    if (next == '"' || next == '{' || next == '[' || next == '-' || json_is_digit(next))
        return json_fail(s, s->at, "missing comma between two values");
    return json_unexpected(s, close == '}' ? "',' or '}'" : "',' or ']'");
}

/* At a ',': steps over it and white space to the next value or key. */
static bool parse_comma(Parser *p, char close)
{
    JsonScanner *s = &p->scan;
    const JsonScanner comma = *s;
    s->at++;
    json_skip_space(s);
    if (json_peek(s) != close)
        return true;
    *s = comma;
    return json_fail(s, s->at, "trailing comma before '%c': remove it", close);
}

static bool parse_member(Parser *p, Value *object)
{
    JsonScanner *s = &p->scan;
    if (json_peek(s) != '"')
        return json_unexpected(s, "a key in double quotes");
    const Key key = { p->names, json_location(s, s->at) };
    if (!json_token_string(s, p->names))
        return false;
    p->names += strlen(p->names) + 1;
    p->keys[p->n_keys++] = key;
    json_skip_space(s);
    if (json_peek(s) != ':')
        return json_unexpected(s, "':' after the key");
    s->at++;
    json_skip_space(s);
    return parse_value(p, object, &key);
}

/* The members of an object, or the elements of an array, from the opening bracket. */
static bool parse_children(Parser *p, Value *list, char close)
{
    JsonScanner *s = &p->scan;
    const Location open = json_location(s, s->at++);
    json_skip_space(s);
    while (json_peek(s) != close) {
        if (!(close == '}' ? parse_member(p, list) : parse_value(p, list, NULL)) ||
            !parse_separator(p, close, open))
            return false;
        if (json_peek(s) == ',' && !parse_comma(p, close))
            return false;
    }
    s->at++;
    return true;
}

static bool parse_list(Parser *p, Value *list, char close)
{
    char *const names = p->names;
    const size_t first = p->n_keys;
    if (p->depth == JSON_MAX_DEPTH)
        return json_fail(&p->scan, p->scan.at, "nested deeper than %d levels", JSON_MAX_DEPTH);
    p->depth++;
    if (!parse_children(p, list, close) || !check_keys(p, p->keys + first, p->n_keys - first))
        return false;
    p->depth--;
    p->n_keys = first;
    p->names = names;
    return true;
}

static bool parse_number(JsonScanner *s, char *out)
{
    const char *start = s->at;
    if (!json_token_number(s))
        return false;
    memcpy(out, start, (size_t)(s->at - start));
    out[s->at - start] = '\0';
    return true;
}

static bool parse_value(Parser *p, Value *parent, const Key *key)
{
    JsonScanner *s = &p->scan;
    const Location location = json_location(s, s->at);
    const int first = json_peek(s);
    bool good;
    if (first == '{')
        return parse_list(p, add_value(p, parent, key, VALUE_OBJECT, NULL, location), '}');
    if (first == '[')
        return parse_list(p, add_value(p, parent, key, VALUE_ARRAY, NULL, location), ']');
    if (first == '"' || first == '-' || json_is_digit(first)) {
        good = first == '"' ? json_token_string(s, p->names) : parse_number(s, p->names);
        if (good)
            add_value(p, parent, key, first == '"' ? VALUE_STRING : VALUE_NUMBER, p->names,
                      location);
        return good;
    }
    if (first != 't' && first != 'f' && first != 'n')
        return json_unexpected(s, "a value");
    good = json_token_word(s);
    if (good)
        add_value(p, parent, key,
                  first == 't'   ? VALUE_TRUE
                  : first == 'f' ? VALUE_FALSE
                                 : VALUE_NULL,
                  NULL, location);
    return good;
}

/* ---- the whole text -------------------------------------------------------------------------- */

/* Detects a byte order mark of UTF-16, or zero bytes where ASCII text has characters. */
static bool looks_like_utf16(const char *text, size_t bytes)
{
    if (bytes < 2)
        return false;
    const unsigned char a = (unsigned char)text[0], b = (unsigned char)text[1];
    return (a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF) || (a == 0) != (b == 0) ||
           (bytes >= 4 && a == 0 && (text[2] != 0 || text[3] != 0)); /* and b as well */
}

static bool parse_start(Parser *p)
{
    JsonScanner *s = &p->scan;
    const size_t bytes = (size_t)(s->end - s->at);
    if (bytes > JSON_MAX_BYTES)
        return json_fail(s, s->at, "larger than %d MiB, the limit for JSON", JSON_MAX_BYTES >> 20);
    if (looks_like_utf16(s->at, bytes))
        return json_fail(s, s->at,
                         "looks like UTF-16 or UTF-32: JSON must be UTF-8: save it as UTF-8");
    const bool mark = bytes >= 3 && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0;
    JsonScanner rest = *s;
    rest.at += mark ? 3 : 0;
    json_skip_space(&rest);
    if (rest.at == rest.end)
        return json_fail(s, s->at, "empty: expected a JSON value");
    if (mark)
        return json_fail(s, s->at,
                         "begins with a byte order mark (EF BB BF): save it as UTF-8 "
                         "without BOM");
    *s = rest;
    return true;
}

static bool parse_end(Parser *p)
{
    JsonScanner *s = &p->scan;
    json_skip_space(s);
    switch (json_peek(s)) {
    case -1:
        return true;
    case '/':
    case '#':
        return json_unexpected(s, "the end");
    case 0:
        return json_fail(s, s->at, "a NUL byte after the end of the JSON value: remove it");
    default:
        return json_fail(s, s->at, "text after the end of the JSON value: remove it");
    }
}

/* A key takes at least four bytes of text ({"": when nested). What the stack of names holds, with
 * a NUL each, is never longer than the text that was read, and the scratch value neither. */
static bool open_stacks(Parser *p, size_t bytes)
{
    const size_t most_keys = bytes / 4 + 1;
    if (arena_open(&p->stacks, most_keys * sizeof(Key) + bytes + 128, NULL) != GT_OK)
        return json_fail(&p->scan, p->scan.at, "not enough memory to parse %zu bytes of JSON",
                         bytes);
    p->keys = arena_take(&p->stacks, most_keys * sizeof(Key));
    p->names = arena_take(&p->stacks, bytes + 1);
    return true;
}

/* One pass over the text. */
static Status run(Parser *p, const char *text, size_t bytes, JsonError *error)
{
    *error = (JsonError){ 0 };
    p->scan = (JsonScanner){ text, text + bytes, text, 1, p->scan.origin, error };
    if (!parse_start(p))
        return GT_ECONFIG;
    if (!open_stacks(p, bytes))
        return GT_ERESOURCE;
    const bool good = parse_value(p, NULL, NULL) && parse_end(p);
    arena_close(&p->stacks);
    return good ? GT_OK : GT_ECONFIG;
}

Status json_check(const char *text, size_t bytes, JsonError *error)
{
    return run(&(Parser){ 0 }, text, bytes, error);
}

/* Every node begins at a new alignment; texts are no longer than in the source, except for the NUL
 * of a number. */
static size_t tree_bytes(size_t n_values, size_t text_bytes, size_t origin_bytes)
{
    enum { ALIGNMENT = 64 };
    return (n_values + 1) * (sizeof(Value) + ALIGNMENT + 1) + text_bytes + origin_bytes + 1;
}

Status json_parse(Json *j, const char *text, size_t bytes, const char *origin, size_t spare,
                  Error *e)
{
    JsonError error;
    Parser check = { 0 }, build = { .json = j };
    *j = (Json){ 0 };
    Status s = run(&check, text, bytes, &error);
    if (s == GT_OK) {
        const size_t need = tree_bytes(check.n_values, bytes, strlen(origin));
        TRY(arena_open(&j->arena, spare < SIZE_MAX - need ? need + spare : SIZE_MAX, e));
        build.scan.origin = arena_strdup(&j->arena, origin);
        s = run(&build, text, bytes, &error);
    }
    if (s == GT_OK)
        return GT_OK;
    json_free(j);
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
