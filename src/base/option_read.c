/* Reading option tables: a tree of values becomes structs, and every mistake becomes a line.
 *
 * One reader per option type, found in a table; sections, specs and lists call option_read again. */
#include "gantrain/base/option.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256 };

/* What a reader needs to know: where values are taken from and where complaints go. */
typedef struct Reader {
    Arena *arena;
    Error *error;
} Reader;

/* A word of the command line has no quotes that would tell a string from a number. */
static bool is_word(const char *origin)
{
    return origin && strncmp(origin, "--", 2) == 0;
}

__attribute__((format(printf, 6, 0))) static Status report(Error *e, const char *origin, int line,
                                                           int column, const char *path,
                                                           const char *format, va_list args)
{
    char what[GT_ERROR_TEXT], place[32] = "";
    vsnprintf(what, sizeof what, format, args);
    if (line > 0)
        snprintf(place, sizeof place, ":%d:%d", line, column);
    /* a word of the command line is a mistake of usage, not of the config */
    const Status code = is_word(origin) ? GT_EUSAGE : GT_ECONFIG;
    return also_fail(e, code, "%s%s: %s%s%s", origin ? origin : "config", place, path,
                     *path ? ": " : "", what);
}

Status option_report(Error *e, const Value *v, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const Status s =
        report(e, v ? v->origin : NULL, v ? v->line : 0, v ? v->column : 0, path, format, args);
    va_end(args);
    return s;
}

Status option_report_at(Error *e, const char *origin, int line, int column, const char *path,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const Status s = report(e, origin, line, column, path, format, args);
    va_end(args);
    return s;
}

static void join(char out[PATH_SIZE], const char *path, const char *name)
{
    snprintf(out, PATH_SIZE, "%s%s%s", path, *path ? "." : "", name);
}

/* "a number, got the string "abc"" for messages. */
static const char *found(const Value *v, char out[96])
{
    if (v->kind == VALUE_STRING)
        snprintf(out, 96, "the string \"%.64s\"", v->text);
    else if (v->kind == VALUE_NUMBER)
        snprintf(out, 96, "%.64s", v->text);
    else
        snprintf(out, 96, "%s", value_kind_name(v->kind));
    return out;
}

/* ---- one reader per type: value -> field ------------------------------------------------------- */

static void read_int(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char got[96], *end = NULL;
    errno = 0;
    const long long n = v->kind == VALUE_NUMBER ? strtoll(v->text, &end, 10) : 0;
    /* compared as integers: beyond 2^53 a double rounds, and may round into the range */
    if (!end || *end || errno == ERANGE || n < (long long)o->min || n > (long long)o->max)
        option_report(r->error, v, path, "expected an integer %.17g..%.17g, got %s", o->min, o->max,
                      found(v, got));
    else
        *(int64_t *)field = n;
}

static void read_real(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char got[96], *end = NULL;
    errno = 0;
    const double x = v->kind == VALUE_NUMBER ? strtod(v->text, &end) : 0;
    assert(!end || !*end); /* a literal is a whole number */
    if (!end || errno == ERANGE || !(x >= o->min && x <= o->max))
        option_report(r->error, v, path, "expected a number %g..%g, got %s", o->min, o->max,
                      found(v, got));
    else
        *(double *)field = x;
}

static void read_bool(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    (void)o;
    char got[96];
    if (v->kind != VALUE_TRUE && v->kind != VALUE_FALSE)
        option_report(r->error, v, path, "expected true or false, got %s", found(v, got));
    else
        *(bool *)field = v->kind == VALUE_TRUE;
}

static void read_text(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    (void)o;
    char got[96];
    if (v->kind != VALUE_STRING && !(is_word(v->origin) && v->text))
        option_report(r->error, v, path, "expected a string, got %s", found(v, got));
    else
        *(const char **)field = arena_strdup(r->arena, v->text);
}

/* The row a name stands for, or NULL after a complaint that lists the names. */
static const Entry *read_name(Reader *r, const Option *o, const Value *v, const char *path)
{
    char got[96];
    if (v->kind != VALUE_STRING) {
        option_report(r->error, v, path, "expected the name of one of the %s, got %s",
                      o->registry->name, found(v, got));
        return NULL;
    }
    const Entry *row = registry_find(o->registry, v->text);
    if (row)
        return row;

    Text names = { 0 };
    for (const Entry *const *known = o->registry->entry; *known; known++)
        text_add(&names, "%s%s", names.used ? ", " : "", (*known)->name);
    const char *near = registry_nearest(o->registry, v->text);
    option_report(r->error, v, path, "unknown %s \"%.64s\"%s%s%s; known: %s", o->registry->one,
                  v->text, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
                  names.at ? names.at : "none");
    text_free(&names);
    return NULL;
}

static void read_choice(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    const Entry *row = read_name(r, o, v, path);
    if (row)
        *(const Entry **)field = row;
}

/* Which row of which registry an object is the options of. */
typedef struct Kind {
    const Registry *registry;
    const Entry *is;
} Kind;

static void read_members(Reader *r, const Option *rows, const Value *object, const char *path,
                         const Kind *kind, void *out);

/* The table of a registry's row that has none: every key but "kind" is a mistake. */
static const Option no_options[] = { OPT_END };

/* What stands in `field` when the config says nothing. */
static const char *initial_of(const Option *o, const void *field)
{
    const char *initial = o->default_for ? o->default_for(field) : NULL;
    return initial ? initial : o->default_text;
}

/* A name, or an object whose "kind" is the name (or is left out where there is a default). */
static void read_spec(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    Spec *spec = field;
    const Value *kind = v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    const char *initial = initial_of(o, field);
    char kind_path[PATH_SIZE];
    join(kind_path, path, "kind");

    if (kind)
        spec->is = read_name(r, o, kind, v->kind == VALUE_OBJECT ? kind_path : path);
    else if (initial)
        spec->is = registry_find(o->registry, initial);
    else
        option_report(r->error, v, path, "\"kind\" is missing: which %s?", o->registry->one);
    if (!spec->is)
        return;
    spec->options = arena_take(r->arena, spec->is->options_size + 1);
    spec->origin = v->origin ? arena_strdup(r->arena, v->origin) : NULL;
    spec->line = v->line;
    spec->column = v->column;
    if (spec->options)
        read_members(r, spec->is->options ? spec->is->options : no_options,
                     v->kind == VALUE_OBJECT ? v : NULL, path, &(Kind){ o->registry, spec->is },
                     spec->options);
}

static void read_list(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    SpecList *list = field;
    char got[96], element_path[PATH_SIZE];
    int n = 0;
    for (const Value *x = v->kind == VALUE_ARRAY ? v->child : NULL; x; x = x->next)
        n++;
    if (v->kind != VALUE_ARRAY || n < (int)o->min || n > (int)o->max) {
        if (v->kind == VALUE_ARRAY)
            snprintf(got, sizeof got, "%d", n);
        option_report(r->error, v, path, "expected an array of %g..%g %s, got %s", o->min, o->max,
                      o->registry->name, v->kind == VALUE_ARRAY ? got : found(v, got));
        return;
    }
    list->at = arena_take(r->arena, (size_t)n * sizeof *list->at);
    list->origin = v->origin ? arena_strdup(r->arena, v->origin) : NULL;
    list->line = v->line;
    list->column = v->column;
    if (!list->at)
        return;
    for (const Value *x = v->child; x; x = x->next) {
        snprintf(element_path, sizeof element_path, "%.240s[%d]", path, list->n);
        read_spec(r, o, x, element_path, &list->at[list->n++]);
    }
}

static void read_numbers(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    Numbers *numbers = field;
    char got[96], element_path[PATH_SIZE];
    int n = 0;
    for (const Value *x = v->kind == VALUE_ARRAY ? v->child : NULL; x; x = x->next)
        n++;
    if (v->kind != VALUE_ARRAY || n > OPTION_NUMBERS_MAX) {
        if (v->kind == VALUE_ARRAY)
            snprintf(got, sizeof got, "%d", n);
        option_report(r->error, v, path, "expected an array of at most %d numbers, got %s",
                      OPTION_NUMBERS_MAX, v->kind == VALUE_ARRAY ? got : found(v, got));
        return;
    }
    numbers->n = 0;
    for (const Value *x = v->child; x; x = x->next) {
        snprintf(element_path, sizeof element_path, "%.240s[%d]", path, numbers->n);
        read_real(r, o, x, element_path, &numbers->at[numbers->n++]);
    }
}

static void read_section(Reader *r, const Option *o, const Value *v, const char *path, void *field)
{
    char got[96];
    if (v->kind != VALUE_OBJECT)
        option_report(r->error, v, path, "expected an object, got %s", found(v, got));
    else
        read_members(r, o->rows, v, path, NULL, field);
}

typedef void (*ReadField)(Reader *, const Option *, const Value *, const char *, void *);

static const ReadField read_field[] = {
    [OPTION_INT] = read_int,   [OPTION_REAL] = read_real,       [OPTION_BOOL] = read_bool,
    [OPTION_TEXT] = read_text, [OPTION_CHOICE] = read_choice,   [OPTION_SPEC] = read_spec,
    [OPTION_LIST] = read_list, [OPTION_SECTION] = read_section, [OPTION_NUMBERS] = read_numbers,
};

/* ---- a whole object ------------------------------------------------------------------------------ */

/* "[1, 2.5]" as an array; the words of our own tables are well formed. */
static Value default_numbers(Arena *a, const char *word)
{
    Value v = { .kind = VALUE_ARRAY };
    for (const char *at = word + strcspn(word, "0123456789-."); *at;) {
        char number[32];
        const size_t n = strcspn(at, ",] ");
        snprintf(number, sizeof number, "%.*s", (int)n, at);
        value_add_text(a, &v, NULL, VALUE_NUMBER, number);
        at += n + strcspn(at + n, "0123456789-.");
    }
    return v;
}

/* The default of a row as the value a config would hold. */
static Value default_value(Arena *a, const Option *o, const void *field)
{
    if (o->type == OPTION_NUMBERS)
        return default_numbers(a, o->default_text);
    Value v = { .kind = VALUE_STRING, .text = initial_of(o, field) };
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

/* A key that other rows of the registry have: it is the kind that is not the one that was meant. */
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
        option_report_at(r->error, member->origin, member->key_line, member->key_column,
                         member_path, "%s is %s, which has no %s; %s %s it: set %s.kind first",
                         path, kind->is->name, member->key, names.at ? names.at : "others",
                         n > 1 ? "have" : "has", path);
    text_free(&names);
    return n > 0;
}

static void report_unknown(Reader *r, const Option *rows, const Value *member, const char *path)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = { NULL };
    char member_path[PATH_SIZE];
    int n = 0;
    for (const Option *o = rows; o->name; o++) {
        assert(n < MOST);
        names[n++] = o->name;
    }
    const char *near = nearest_name(member->key, names);
    join(member_path, path, member->key);
    option_report_at(r->error, member->origin, member->key_line, member->key_column, member_path,
                     "unknown key%s%s%s", near ? " (did you mean \"" : "", near ? near : "",
                     near ? "\"?)" : "");
}

static void read_members(Reader *r, const Option *rows, const Value *object, const char *path,
                         const Kind *kind, void *out)
{
    char member_path[PATH_SIZE];
    for (const Option *o = rows; o->name; o++) {
        const Value *v = value_member(object, o->name);
        void *field = (char *)out + o->offset;
        if (o->type == OPTION_TREE) {
            *(const Value **)field = v;
            continue;
        }
        const Value fallback = v ? *v : default_value(r->arena, o, field);
        const Value section = { .kind = VALUE_OBJECT };
        join(member_path, path, o->name);
        if (!v && o->type == OPTION_LIST)
            option_report(r->error, object, member_path, "is missing: expected an array of %s",
                          o->registry->name);
        else if (!v && o->type == OPTION_SECTION)
            read_field[o->type](r, o, &section, member_path, field);
        else
            read_field[o->type](r, o, &fallback, member_path, field);
    }
    for (const Value *m = object ? object->child : NULL; m; m = m->next)
        if (!find_row(rows, m->key) && !(kind && strcmp(m->key, "kind") == 0) &&
            !(kind && report_other_kind(r, kind, m, path)))
            report_unknown(r, rows, m, path);
}

Status option_read(Arena *a, const Option *rows, const Value *object, const char *path, void *out,
                   Error *e)
{
    Reader r = { a, e };
    read_members(&r, rows, object, path, NULL, out);
    if (a->full)
        return fail(e, GT_ERESOURCE, "the config does not fit into %zu bytes", a->size);
    return e->code;
}
