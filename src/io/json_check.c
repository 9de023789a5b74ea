/* The grammar of RFC 8259 by recursive descent, never deeper than JSON_MAX_DEPTH.
 *
 * The keys of the objects that are open are kept unescaped on a stack. When an object closes, its
 * keys are sorted and neighbours compared, so that a hundred thousand keys cost no more than their
 * sorting. A byte order mark is an error: not every reader of our configs would skip it. */
#include "gantrain/io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_token.h"

typedef struct Key {
    const char *name; /* unescaped, in Check.names */
    int line, column;
} Key;

typedef struct Check {
    JsonScanner scan;
    const char *text;
    int depth;
    JsonLocation *places; /* [room] of which n were found */
    size_t room, n;
    Arena arena; /* of the two stacks                    */
    Key *keys;   /* of all open objects, inner ones last */
    size_t n_keys;
    char *names; /* their texts, one after the other     */
} Check;

static bool check_value(Check *c, const Key *key);

/* ---- no key twice ---------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    if (order != 0)
        return order;
    const int lines = (x->line > y->line) - (x->line < y->line);
    return lines != 0 ? lines : (x->column > y->column) - (x->column < y->column);
}

static void wrong_key(Check *c, const Key *first, const Key *second)
{
    JsonError *m = c->scan.mistake;
    m->line = second->line;
    m->column = second->column;
    const bool same_line = first->line == second->line;
    (void)snprintf(m->what, sizeof m->what, "duplicate key \"%.80s\" (first at %s %d): remove one",
                   second->name, same_line ? "column" : "line",
                   same_line ? first->column : first->line);
}

/* The keys[0..n) of one object; of several duplicates the one that was written first counts. */
static bool check_keys(Check *c, Key *keys, size_t n)
{
    if (n > 1)
        qsort(keys, n, sizeof *keys, compare_keys);
    const Key *worst = NULL;
    for (size_t i = 1; i < n; i++) {
        const Key *k = &keys[i];
        if (strcmp(k[-1].name, k->name) != 0)
            continue;
        if (!worst || k->line < worst->line ||
            (k->line == worst->line && k->column < worst->column))
            worst = k;
    }
    if (worst)
        wrong_key(c, worst - 1, worst);
    return !worst;
}

/* ---- objects and arrays ---------------------------------------------------------------------- */

static bool is_value_start(int c)
{
    return c == '"' || c == '{' || c == '[' || json_is_digit(c) || c == '-';
}

/* After a value: true at `close` or ','; the rest says what is missing and since where. */
static bool check_after_value(Check *c, char close, JsonLocation open)
{
    JsonScanner *s = &c->scan;
    json_skip_space(s);
    const int next = json_peek(s);
    if (next == close || next == ',')
        return true;
    if (next < 0)
        return json_fail(s, s->at, "the text ends inside the %s that opens at %d:%d: expected '%c'",
                         close == '}' ? "object" : "array", open.line, open.column, close);
    if (is_value_start(next))
        return json_fail(s, s->at, "missing comma: two values must be separated by ','");
    return json_unexpected(s, close == '}' ? "',' or '}'" : "',' or ']'");
}

/* At a ',' inside a list: steps over it, and over white space, to the next value or key. */
static bool check_comma(Check *c, char close)
{
    JsonScanner *s = &c->scan;
    const JsonScanner comma = *s;
    s->at++;
    json_skip_space(s);
    if (json_peek(s) != close)
        return true;
    *s = comma;
    return json_fail(s, s->at, "trailing comma: remove it before '%c'", close);
}

static bool check_array(Check *c)
{
    JsonScanner *s = &c->scan;
    const JsonLocation open = json_location(s, s->at++);
    json_skip_space(s);
    while (json_peek(s) != ']') {
        if (!check_value(c, NULL) || !check_after_value(c, ']', open))
            return false;
        if (json_peek(s) == ',' && !check_comma(c, ']'))
            return false;
    }
    s->at++;
    return true;
}

static bool check_member(Check *c)
{
    JsonScanner *s = &c->scan;
    if (json_peek(s) != '"')
        return json_unexpected(s, "a key in double quotes");
    const JsonLocation place = json_location(s, s->at);
    const Key key = { c->names, place.line, place.column };
    if (!json_token_string(s, c->names))
        return false;
    c->names += strlen(c->names) + 1;
    c->keys[c->n_keys++] = key;
    json_skip_space(s);
    if (json_peek(s) != ':')
        return json_unexpected(s, "':' after the key");
    s->at++;
    json_skip_space(s);
    return check_value(c, &key);
}

static bool check_object(Check *c)
{
    JsonScanner *s = &c->scan;
    const JsonLocation open = json_location(s, s->at++);
    char *const names = c->names;
    const size_t first = c->n_keys;
    json_skip_space(s);
    while (json_peek(s) != '}') {
        if (!check_member(c) || !check_after_value(c, '}', open))
            return false;
        if (json_peek(s) == ',' && !check_comma(c, '}'))
            return false;
    }
    s->at++;
    if (!check_keys(c, c->keys + first, c->n_keys - first))
        return false;
    c->n_keys = first;
    c->names = names;
    return true;
}

static bool check_list(Check *c)
{
    JsonScanner *s = &c->scan;
    if (c->depth == JSON_MAX_DEPTH)
        return json_fail(s, s->at, "nested deeper than %d", JSON_MAX_DEPTH);
    c->depth++;
    const bool good = *s->at == '{' ? check_object(c) : check_array(c);
    c->depth--;
    return good;
}

static bool check_value(Check *c, const Key *key)
{
    JsonScanner *s = &c->scan;
    JsonLocation place = json_location(s, s->at);
    place.at = (size_t)(s->at - c->text);
    place.key_line = key ? key->line : 0;
    place.key_column = key ? key->column : 0;
    if (c->n < c->room)
        c->places[c->n] = place;
    c->n++;
    const int first = json_peek(s);
    if (first == '{' || first == '[')
        return check_list(c);
    if (first == '"')
        return json_token_string(s, NULL);
    if (json_is_digit(first) || first == '-')
        return json_token_number(s);
    return first == 't' || first == 'f' || first == 'n' ? json_token_word(s)
                                                        : json_unexpected(s, "a value");
}

/* ---- the whole text -------------------------------------------------------------------------- */

/* Two byte order marks, or zero bytes where an ASCII text has characters. */
static bool looks_like_utf16(const char *text, size_t bytes)
{
    if (bytes < 2)
        return false;
    const unsigned char a = (unsigned char)text[0], b = (unsigned char)text[1];
    return (a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF) || (a == 0) != (b == 0) ||
           (bytes >= 4 && a == 0 && (text[2] != 0 || text[3] != 0)); /* and b as well */
}

static bool check_start(Check *c)
{
    JsonScanner *s = &c->scan;
    const size_t bytes = (size_t)(s->end - s->at);
    if (bytes > JSON_MAX_BYTES)
        return json_fail(s, s->at, "larger than %d MiB", JSON_MAX_BYTES >> 20);
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

static bool check_end(Check *c)
{
    JsonScanner *s = &c->scan;
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

/* A key takes at least four bytes of text ({"": when nested), and is no longer unescaped than as
 * written, its NUL in the place of a quote. */
static bool open_stacks(Check *c, size_t bytes)
{
    const size_t most_keys = bytes / 4 + 1;
    if (arena_open(&c->arena, most_keys * sizeof(Key) + 2 * bytes + 128, NULL) != GT_OK)
        return json_fail(&c->scan, c->scan.at, "no memory to check %zu bytes of JSON", bytes);
    c->keys = arena_take(&c->arena, most_keys * sizeof(Key));
    c->names = arena_take(&c->arena, bytes + 1);
    return true;
}

Status json_check(const char *text, size_t bytes, JsonLocation *places, size_t room,
                  size_t *n_values, JsonError *m)
{
    *m = (JsonError){ 0 };
    Check c = { .text = text, .places = places, .room = places ? room : 0 };
    c.scan = (JsonScanner){
        .at = text, .end = text + bytes, .line_start = text, .line = 1, .mistake = m
    };
    if (!check_start(&c))
        return GT_ECONFIG;
    if (!open_stacks(&c, bytes))
        return GT_ERESOURCE;
    const bool good = check_value(&c, NULL) && check_end(&c);
    arena_close(&c.arena);
    if (n_values)
        *n_values = c.n;
    return good ? GT_OK : GT_ECONFIG;
}
