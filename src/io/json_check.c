/* The grammar of RFC 8259 by recursive descent, never deeper than JSON_MAX_DEPTH.
 *
 * The keys of the open objects are kept unescaped on a stack; when an object closes, its keys are
 * sorted and neighbours compared, so that many keys cost no more than their sorting. */
#include "json_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Key {
    const char *name; /* unescaped, in Parser.names */
    Location location;
} Key;

typedef struct Parser {
    JsonScanner scan;
    JsonSite *site; /* [n_sites] to fill, or NULL */
    size_t n_sites;
    int depth;
    Arena stacks;
    Key *keys; /* of all open objects, inner ones last */
    size_t n_keys;
    char *names; /* unescaped keys one after the other; then scratch for a value */
} Parser;

static bool parse_value(Parser *p, const Key *key);

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

/* A value begins here. */
static void record_site(Parser *p, const Key *key)
{
    const JsonScanner *s = &p->scan;
    if (p->site)
        p->site[p->n_sites] =
            (JsonSite){ s->at, json_location(s, s->at), key ? key->location : (Location){ 0 } };
    p->n_sites++;
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

static bool parse_member(Parser *p)
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
    return parse_value(p, &key);
}

/* The members of an object, or the elements of an array, from the opening bracket. */
static bool parse_children(Parser *p, char close)
{
    JsonScanner *s = &p->scan;
    const Location open = json_location(s, s->at++);
    json_skip_space(s);
    while (json_peek(s) != close) {
        if (!(close == '}' ? parse_member(p) : parse_value(p, NULL)) ||
            !parse_separator(p, close, open))
            return false;
        if (json_peek(s) == ',' && !parse_comma(p, close))
            return false;
    }
    s->at++;
    return true;
}

static bool parse_list(Parser *p, char close)
{
    char *const names = p->names;
    const size_t first = p->n_keys;
    if (p->depth == JSON_MAX_DEPTH)
        return json_fail(&p->scan, p->scan.at, "nested deeper than %d levels", JSON_MAX_DEPTH);
    p->depth++;
    if (!parse_children(p, close) || !check_keys(p, p->keys + first, p->n_keys - first))
        return false;
    p->depth--;
    p->n_keys = first;
    p->names = names;
    return true;
}

static bool parse_value(Parser *p, const Key *key)
{
    JsonScanner *s = &p->scan;
    const int first = json_peek(s);
    record_site(p, key);
    if (first == '{' || first == '[')
        return parse_list(p, first == '{' ? '}' : ']');
    if (first == '"')
        return json_token_string(s, p->names);
    if (first == '-' || json_is_digit(first))
        return json_token_number(s);
    if (first == 't' || first == 'f' || first == 'n')
        return json_token_word(s);
    return json_unexpected(s, "a value");
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
    if (bytes >= 3 && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark, ignored */
        s->line_start = s->at += 3;
    JsonScanner rest = *s;
    json_skip_space(&rest);
    if (rest.at == rest.end)
        return json_fail(s, s->at, "empty: expected a JSON value");
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

Status json_locate(const char *text, size_t bytes, const char *origin, JsonSite *site, size_t *n,
                   JsonError *error)
{
    Parser p = { .scan = { text, text + bytes, text, 1, origin, error }, .site = site };
    *error = (JsonError){ 0 };
    if (!parse_start(&p))
        return GT_ECONFIG;
    if (!open_stacks(&p, bytes))
        return GT_ERESOURCE;
    const bool good = parse_value(&p, NULL) && parse_end(&p);
    arena_close(&p.stacks);
    *n = p.n_sites;
    return good ? GT_OK : GT_ECONFIG;
}

Status json_check(const char *text, size_t bytes, JsonError *error)
{
    size_t n;
    return json_locate(text, bytes, NULL, NULL, &n, error);
}
