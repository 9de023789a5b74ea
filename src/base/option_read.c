/* Reading option tables: a tree of values becomes structs, and every mistake becomes a line of the
 * Error.
 *
 * One reader per option type, found in a table; sections, specs and lists recurse. */
#include "gantrain/base/option.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_report.h"
#include "option_suggest.h"

enum { PATH_SIZE = 256 };

typedef struct Reader {
    Arena *arena;
    Error *error;
    const Option *root; /* the table of the whole tree, for suggestions */
} Reader;

static void join(char out[PATH_SIZE], const char *path, const char *name)
{
    snprintf(out, PATH_SIZE, "%s%s%s", path, *path ? "." : "", name);
}

/* ---- one reader per type: value -> field ----------------------------------------------------- */

/* Whether a literal is an integer, as "2.0" and "1e3" are. */
static bool parse_integer(const char *text, long long *n)
{
    const double exact = 9007199254740992; /* 2^53: from here on a double may be rounded */
    char *end;
    errno = 0;
    *n = strtoll(text, &end, 10);
    if (!*end)
        return errno != ERANGE;
    const double x = strtod(text, &end);
    if (*end || !(fabs(x) < exact) || x != floor(x))
        return false;
    *n = (long long)x;
    return true;
}

static void read_int(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char found[OPTION_FOUND];
    long long n;
    /* compared as integers: beyond 2^53 a double could be rounded into the range */
    if (v->kind != VALUE_NUMBER || !parse_integer(v->text, &n) || n < (long long)o->min ||
        n > (long long)o->max)
        option_report(r->error, v, path, "expected an integer %.17g..%.17g, got %s", o->min, o->max,
                      option_found(v, found));
    else
        *(int64_t *)field = n;
}

static void read_real(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char found[OPTION_FOUND], *end = NULL;
    errno = 0;
    const double x = v->kind == VALUE_NUMBER ? strtod(v->text, &end) : 0;
    assert(!end || !*end); /* the JSON parser has checked the literal */
    if (!end || errno == ERANGE || !(x >= o->min && x <= o->max))
        option_report(r->error, v, path, "expected a number %g..%g, got %s", o->min, o->max,
                      option_found(v, found));
    else
        *(double *)field = x;
}

static void read_bool(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    (void)o;
    char found[OPTION_FOUND];
    if (v->kind != VALUE_TRUE && v->kind != VALUE_FALSE)
        option_report(r->error, v, path, "expected true or false, got %s", option_found(v, found));
    else
        *(bool *)field = v->kind == VALUE_TRUE;
}

static void read_text(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    (void)o;
    char found[OPTION_FOUND];
    if (v->kind != VALUE_STRING && !(option_is_argument(v->location.origin) && v->text))
        option_report(r->error, v, path, "expected a string, got %s", option_found(v, found));
    else
        *(const char **)field = arena_strdup(r->arena, v->text);
}

/* The row that a name selects, or NULL after an error that lists the names. */
static const Entry *read_name(Reader *r, const Option *o, const Value *v, const char *path)
{
    char found[OPTION_FOUND];
    if (v->kind != VALUE_STRING) {
        option_report(r->error, v, path, "expected the name of one of the %s, got %s",
                      o->registry->name, option_found(v, found));
        return NULL;
    }
    const Entry *row = registry_find(o->registry, v->text);
    if (row)
        return row;

    Text names = { 0 };
    for (const Entry *const *known = o->registry->entry; *known; known++)
        text_add(&names, "%s%s", names.used ? ", " : "", (*known)->name);
    const char *near = registry_nearest(o->registry, v->text);
    option_report(r->error, v, path, "unknown %s \"%.64s\"%s%s%s; known: %s", o->registry->singular,
                  v->text, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
                  names.at ? names.at : "none");
    text_free(&names);
    return NULL;
}

/* A name such as "3" may be written as a number. */
static void read_choice(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    const Entry *row = v->kind == VALUE_NUMBER ? registry_find(o->registry, v->text) : NULL;
    row = row ? row : read_name(r, o, v, path);
    if (row)
        *(const Entry **)field = row;
}

/* The registry row whose options an object holds. */
typedef struct Kind {
    const Registry *registry;
    const Entry *is;
} Kind;

static void read_members(Reader *r, const Option *rows, const Value *object, const char *path,
                         const Kind *kind, void *out);

/* The table of a row without options: only the key "kind" is valid. */
static const Option no_options[] = { OPT_END };

/* The default of `field`, which may depend on fields before it. */
static const char *default_of(const Option *o, const void *field)
{
    const char *text = o->default_for ? o->default_for(field) : NULL;
    return text ? text : o->default_text;
}

/* The tree may be freed before the specs. */
static Location copy_location(Arena *a, Location from)
{
    from.origin = from.origin ? arena_strdup(a, from.origin) : NULL;
    return from;
}

/* A name, or an object whose "kind" is the name (optional if there is a default). */
static void read_spec(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    Spec *spec = field;
    const Value *kind = v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    const char *text = default_of(o, field);
    char kind_path[PATH_SIZE];
    join(kind_path, path, "kind");

    if (kind)
        spec->is = read_name(r, o, kind, v->kind == VALUE_OBJECT ? kind_path : path);
    else if (text)
        spec->is = registry_find(o->registry, text);
    else
        option_report(r->error, v, path, "missing key \"kind\": expected the name of one of the %s",
                      o->registry->name);
    if (!spec->is)
        return;
    spec->options = arena_take(r->arena, spec->is->options_size + 1);
    spec->location = copy_location(r->arena, v->location);
    if (spec->options)
        read_members(r, spec->is->options ? spec->is->options : no_options,
                     v->kind == VALUE_OBJECT ? v : NULL, path, &(Kind){ o->registry, spec->is },
                     spec->options);
}

static void element_path(char out[PATH_SIZE], const char *path, int i)
{
    snprintf(out, PATH_SIZE, "%.240s[%d]", path, i);
}

static void read_list(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    SpecList *list = field;
    char found[OPTION_FOUND], element[PATH_SIZE];
    const int n = v->kind == VALUE_ARRAY ? option_count(v) : -1;
    if (n < (int)o->min || n > (int)o->max) {
        option_report(r->error, v, path, "expected an array of %g..%g %s, got %s", o->min, o->max,
                      o->registry->name, option_found(v, found));
        return;
    }
    list->at = arena_take(r->arena, (size_t)n * sizeof *list->at);
    list->location = copy_location(r->arena, v->location);
    if (!list->at)
        return;
    for (const Value *x = v->child; x; x = x->next) {
        element_path(element, path, list->n);
        read_spec(r, o, x, element, &list->at[list->n++]);
    }
}

static void read_numbers(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    Numbers *numbers = field;
    char found[OPTION_FOUND], element[PATH_SIZE];
    if (v->kind != VALUE_ARRAY || option_count(v) > OPTION_NUMBERS_MAX) {
        option_report(r->error, v, path, "expected an array of at most %d numbers, got %s",
                      OPTION_NUMBERS_MAX, option_found(v, found));
        return;
    }
    numbers->n = 0;
    for (const Value *x = v->child; x; x = x->next) {
        element_path(element, path, numbers->n);
        read_real(r, o, x, element, &numbers->at[numbers->n++]);
    }
}

/* The words between the commas of a command-line argument. */
static void split_words(Reader *r, Texts *texts, const char *words)
{
    char *word = arena_strdup(r->arena, words);
    while (word && *word && texts->n < OPTION_TEXTS_MAX) {
        char *comma = strchr(word, ',');
        texts->at[texts->n++] = word;
        word = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
    }
}

static void read_texts(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    (void)o;
    Texts *texts = field;
    char found[OPTION_FOUND];
    const bool words = option_is_argument(v->location.origin) && v->text;
    const int n = v->kind == VALUE_ARRAY ? option_count(v) : OPTION_TEXTS_MAX;
    texts->n = 0;
    if ((!words && v->kind != VALUE_ARRAY) || n > OPTION_TEXTS_MAX) {
        option_report(r->error, v, path, "expected an array of at most %d strings, got %s",
                      OPTION_TEXTS_MAX, option_found(v, found));
        return;
    }
    texts->at = arena_take(r->arena, ((size_t)n + 1) * sizeof *texts->at);
    if (texts->at && words)
        split_words(r, texts, v->text);
    for (const Value *x = v->child; x && texts->at; x = x->next)
        if (x->kind == VALUE_STRING || x->kind == VALUE_NUMBER)
            texts->at[texts->n++] = arena_strdup(r->arena, x->text);
        else
            option_report(r->error, x, path, "expected strings or numbers, got %s",
                          option_found(x, found));
}

static void read_section(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char found[OPTION_FOUND];
    if (v->kind != VALUE_OBJECT)
        option_report(r->error, v, path, "expected an object, got %s", option_found(v, found));
    else
        read_members(r, o->rows, v, path, NULL, field);
}

typedef void (*ReadField)(Reader *, const Option *, const Value *, const char *, void *);

static const ReadField read_field[] = {
    [OPTION_INT] = read_int,     [OPTION_REAL] = read_real,       [OPTION_BOOL] = read_bool,
    [OPTION_TEXT] = read_text,   [OPTION_CHOICE] = read_choice,   [OPTION_SPEC] = read_spec,
    [OPTION_LIST] = read_list,   [OPTION_SECTION] = read_section, [OPTION_NUMBERS] = read_numbers,
    [OPTION_TEXTS] = read_texts,
};

/* ---- a whole object -------------------------------------------------------------------------- */

/* Parses the "[1, 2.5]" of a table, which is known to be well-formed. */
static Value default_numbers(Arena *a, const char *text)
{
    Value v = { .kind = VALUE_ARRAY };
    for (const char *at = text + strcspn(text, "0123456789-."); *at;) {
        char number[32];
        const size_t n = strcspn(at, ",] ");
        snprintf(number, sizeof number, "%.*s", (int)n, at);
        value_add(a, &v, NULL, VALUE_NUMBER, number);
        at += n + strcspn(at + n, "0123456789-.");
    }
    return v;
}

/* The default of a row as the value that a config would hold. */
static Value default_value(Arena *a, const Option *o, const void *field)
{
    if (o->type == OPTION_SECTION)
        return (Value){ .kind = VALUE_OBJECT };
    if (o->type == OPTION_TEXTS)
        return (Value){ .kind = VALUE_ARRAY };
    if (o->type == OPTION_NUMBERS)
        return default_numbers(a, o->default_text);
    Value v = { .kind = VALUE_STRING, .text = default_of(o, field) };
    if (o->type == OPTION_INT || o->type == OPTION_REAL)
        v.kind = VALUE_NUMBER;
    else if (o->type == OPTION_BOOL)
        v.kind = strcmp(o->default_text, "true") == 0 ? VALUE_TRUE : VALUE_FALSE;
    return v;
}

static const Option *find_row(const Option *rows, const char *name)
{
    for (const Option *o = rows; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

/* Reports a key that only other rows of the registry have; false: none has it. */
static bool report_other_kind(Reader *r, const Kind *kind, const Value *member, const char *path)
{
    char member_path[PATH_SIZE];
    Text names = { 0 };
    int n = 0;
    for (const Entry *const *row = kind->registry->entry; *row; row++)
        if (find_row((*row)->options, member->key))
            text_add(&names, "%s%s", n++ ? ", " : "", (*row)->name);
    join(member_path, path, member->key);
    if (n > 0)
        option_report_at(r->error, member->key_location, member_path,
                         "%s \"%s\" has no such key; it belongs to %s (set %s.kind)",
                         kind->registry->singular, kind->is->name, names.at ? names.at : "others",
                         path);
    text_free(&names);
    return n > 0;
}

static void report_unknown(Reader *r, const Option *rows, const Value *member, const char *path)
{
    char member_path[PATH_SIZE], hint[OPTION_SUGGESTION] = "";
    join(member_path, path, member->key);
    if (r->error->lines < GT_ERROR_LINES) /* a line that is not shown needs no hint */
        option_suggest(rows, r->root, path, member->key, hint);
    option_report_at(r->error, member->key_location, member_path, "unknown key%s%s",
                     *hint ? ": " : "", hint);
}

static void read_members(Reader *r, const Option *rows, const Value *object, const char *path,
                         const Kind *kind, void *out)
{
    char member_path[PATH_SIZE];
    for (const Option *o = rows; o->name; o++) {
        const Value *v = value_member(object, o->name);
        void *field = (char *)out + o->offset;
        join(member_path, path, o->name);
        if (o->type == OPTION_TREE) {
            *(const Value **)field = v;
        } else if (!v && o->type == OPTION_LIST) {
            option_report(r->error, object, member_path, "missing key: expected an array of %s",
                          o->registry->name);
        } else {
            const Value value = v ? *v : default_value(r->arena, o, field);
            read_field[o->type](r, o, &value, member_path, field);
        }
    }
    for (const Value *m = object ? object->child : NULL; m; m = m->next)
        if (!find_row(rows, m->key) && !(kind && strcmp(m->key, "kind") == 0) &&
            !(kind && report_other_kind(r, kind, m, path)))
            report_unknown(r, rows, m, path);
}

Status option_read(Arena *a, const Option *rows, const Value *object, const char *path, void *out,
                   Error *e)
{
    Reader r = { a, e, rows };
    read_members(&r, rows, object, path, NULL, out);
    if (a->full)
        return fail(e, GT_ERESOURCE, "config too large: it does not fit into %zu bytes of memory",
                    a->size);
    return e->code;
}
