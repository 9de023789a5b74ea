/* The way back: structs become a tree of values, and words of the command line enter a tree. */
#include "gantrain/base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as the same double. */
static void shortest(char out[32], double x)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, x);
        if (strtod(out, NULL) >= x && strtod(out, NULL) <= x)
            return;
    }
}

static void add_fields(Arena *a, Value *object, const Option *rows, const void *in);

static void add_spec(Arena *a, Value *parent, const char *key, const Spec *spec)
{
    if (!spec->is->options) {
        value_add_text(a, parent, key, VALUE_STRING, spec->is->name);
        return;
    }
    Value *object = value_add(a, parent, key, VALUE_OBJECT);
    if (!object)
        return;
    value_add_text(a, object, "kind", VALUE_STRING, spec->is->name);
    add_fields(a, object, spec->is->options, spec->options);
}

static void add_list(Arena *a, Value *parent, const char *key, const SpecList *list)
{
    Value *array = value_add(a, parent, key, VALUE_ARRAY);
    for (int i = 0; array && i < list->n; i++)
        add_spec(a, array, NULL, &list->at[i]);
}

static void add_numbers(Arena *a, Value *parent, const char *key, const Numbers *numbers)
{
    char number[32];
    Value *array = value_add(a, parent, key, VALUE_ARRAY);
    for (int i = 0; array && i < numbers->n; i++) {
        shortest(number, numbers->at[i]);
        value_add_text(a, array, NULL, VALUE_NUMBER, number);
    }
}

static void add_field(Arena *a, Value *object, const Option *o, const void *field)
{
    char number[32];
    switch (o->type) {
    case OPTION_INT:
        snprintf(number, sizeof number, "%lld", (long long)*(const int64_t *)field);
        value_add_text(a, object, o->name, VALUE_NUMBER, number);
        break;
    case OPTION_REAL:
        shortest(number, *(const double *)field);
        value_add_text(a, object, o->name, VALUE_NUMBER, number);
        break;
    case OPTION_BOOL:
        value_add(a, object, o->name, *(const bool *)field ? VALUE_TRUE : VALUE_FALSE);
        break;
    case OPTION_TEXT:
        value_add_text(a, object, o->name, VALUE_STRING, *(const char *const *)field);
        break;
    case OPTION_CHOICE:
        value_add_text(a, object, o->name, VALUE_STRING, (*(const Entry *const *)field)->name);
        break;
    case OPTION_SPEC:
        add_spec(a, object, o->name, field);
        break;
    case OPTION_LIST:
        add_list(a, object, o->name, field);
        break;
    case OPTION_SECTION:
        option_to_value(a, object, o->name, o->rows, field);
        break;
    case OPTION_NUMBERS:
        add_numbers(a, object, o->name, field);
        break;
    case OPTION_TREE:
    default:
        if (*(const Value *const *)field)
            value_copy(a, object, o->name, *(const Value *const *)field);
        break;
    }
}

static void add_fields(Arena *a, Value *object, const Option *rows, const void *in)
{
    for (const Option *o = rows; o->name; o++)
        add_field(a, object, o, (const char *)in + o->offset);
}

Value *option_to_value(Arena *a, Value *parent, const char *key, const Option *rows, const void *in)
{
    Value *object = value_add(a, parent, key, VALUE_OBJECT);
    if (object)
        add_fields(a, object, rows, in);
    return a->full ? NULL : object;
}

/* ---- words of the command line ------------------------------------------------------------------ */

/* Descend into array element [n] of `v`; NULL when there is none. */
static Value *element(Value *v, long n)
{
    Value *x = v->kind == VALUE_ARRAY ? v->child : NULL;
    for (; x && n > 0; n--)
        x = x->next;
    return x;
}

enum { STEP = 256 }; /* a name between two dots, with its NUL */

/* A value on its way into a tree. */
typedef struct Setting {
    Arena *arena;
    const char *path;
    const Value *value;
} Setting;

/* A node that stands for the setting gets its place, key included. */
static void place(const Setting *s, Value *v)
{
    const Value *from = s->value;
    v->origin = from->origin;
    v->line = from->line;
    v->column = from->column;
    v->key_line = from->key_line ? from->key_line : from->line;
    v->key_column = from->key_line ? from->key_column : from->column;
}

static Value *add_object(const Setting *s, Value *parent, const char *key)
{
    Value *v = value_add(s->arena, parent, key, VALUE_OBJECT);
    if (v)
        place(s, v);
    return v;
}

/* "adam" is short for {"kind": "adam"}: a path that goes on from there needs the long form. */
static void unfold(const Setting *s, Value *v)
{
    Value *kind = value_add_text(s->arena, NULL, "kind", VALUE_STRING, v->text);
    if (!kind)
        return;
    kind->origin = v->origin;
    kind->line = v->line;
    kind->column = v->column;
    v->kind = VALUE_OBJECT;
    v->text = NULL;
    v->child = v->last = kind;
}

/* "[3]" and what follows it: the element, with `bracket` moved behind its ']'; else NULL. */
static Value *descend_element(Value *v, const char **bracket)
{
    const size_t digits = strspn(*bracket + 1, "0123456789");
    const char *end = *bracket + 1 + digits;
    if (digits == 0 || *end != ']' || (end[1] != '[' && end[1] != '\0'))
        return NULL;
    const long n = strtol(*bracket + 1, NULL, 10);
    *bracket = end + 1;
    return element(v, n);
}

/* One step of a path: `name` (made an object when it is missing) or `name[3]`. */
static Value *descend(const Setting *s, Value *v, const char *step)
{
    char name[STEP];
    const size_t n = strcspn(step, "[");
    snprintf(name, sizeof name, "%.*s", (int)n, step);

    const char *bracket = step + n;
    Value *next = value_member(v, name);
    if (!next && !*bracket)
        next = add_object(s, v, name);
    while (next && *bracket)
        next = descend_element(next, &bracket);
    return next;
}

static ValueKind kind_of_word(const char *word)
{
    char *end = NULL;
    const bool digit = word[0] >= '0' && word[0] <= '9';
    const bool minus = word[0] == '-' && word[1] >= '0' && word[1] <= '9';
    strtod(word, &end);
    if (strcmp(word, "true") == 0)
        return VALUE_TRUE;
    if (strcmp(word, "false") == 0)
        return VALUE_FALSE;
    return (digit || minus) && *end == '\0' && !strpbrk(word, "xX") ? VALUE_NUMBER : VALUE_STRING;
}

/* Overwrites `v`, a node of the tree, by the value. */
static void become(const Setting *s, Value *v)
{
    const Value *copy = value_copy(s->arena, NULL, NULL, s->value);
    if (!copy)
        return;
    *v = (Value){ .kind = copy->kind, .text = copy->text, .key = v->key, .next = v->next };
    v->child = copy->child;
    v->last = copy->last;
    place(s, v);
}

/* The node at s->path, or NULL when there is no such place. */
static Value *find_place(const Setting *s, Value *root)
{
    char step[STEP];
    Value *v = root;
    for (const char *rest = s->path; v && *rest;) {
        const size_t n = strcspn(rest, ".");
        snprintf(step, sizeof step, "%.*s", (int)(n < sizeof step ? n : sizeof step - 1), rest);
        rest += n;
        if (*rest == '.' && rest[1] == '\0')
            return NULL;
        rest += *rest == '.';
        if (v->kind == VALUE_STRING)
            unfold(s, v);
        v = v->kind == VALUE_OBJECT && *step ? descend(s, v, step) : NULL;
    }
    return v == root ? NULL : v;
}

Value *option_word_value(Arena *a, const char *word, const char *origin)
{
    Value *v = value_add_text(a, NULL, NULL, kind_of_word(word), word); /* "true" may be a folder */
    if (v)
        v->origin = arena_strdup(a, origin);
    return v;
}

Status option_set_value(Arena *a, Value *root, const char *path, const Value *value, Error *e)
{
    const Setting s = { a, path, value };
    Value *v = find_place(&s, root);
    if (v)
        become(&s, v);
    if (a->full)
        return fail(e, GT_ERESOURCE, "%s: %s: no room left", value->origin, path);
    /* the origin of a word tells the path */
    return v ? GT_OK
             : option_report(e, value, value->line ? path : "", "no such place in the config");
}

Status option_set(Arena *a, Value *root, const char *path, const char *word, Error *e)
{
    char origin[GT_ERROR_TEXT / 2];
    snprintf(origin, sizeof origin, "--set %s=%s", path, word);
    if (word[0] == '{' || word[0] == '[')
        return fail(e, GT_EUSAGE,
                    "%s: expected a number, true, false or a string; put objects and arrays into "
                    "the config file",
                    origin);
    const Value *value = option_word_value(a, word, origin);
    return value ? option_set_value(a, root, path, value, e)
                 : fail(e, GT_ERESOURCE, "%s: no room left", origin);
}
