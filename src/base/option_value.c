/* The reverse of option_read, and assignments to paths of a tree. */
#include "gantrain/base/option.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as the same double; 100, not 1e+02. */
static void shortest(char out[32], double x)
{
    if (fabs(x) < 1e6 && x == floor(x)) {
        snprintf(out, 32, "%.0f", x);
        return;
    }
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
        value_add(a, parent, key, VALUE_STRING, spec->is->name);
        return;
    }
    Value *object = value_add(a, parent, key, VALUE_OBJECT, NULL);
    if (!object)
        return;
    value_add(a, object, "kind", VALUE_STRING, spec->is->name);
    add_fields(a, object, spec->is->options, spec->options);
}

static void add_list(Arena *a, Value *parent, const char *key, const SpecList *list)
{
    Value *array = value_add(a, parent, key, VALUE_ARRAY, NULL);
    for (int i = 0; array && i < list->n; i++)
        add_spec(a, array, NULL, &list->at[i]);
}

static void add_numbers(Arena *a, Value *parent, const char *key, const Numbers *numbers)
{
    char number[32];
    Value *array = value_add(a, parent, key, VALUE_ARRAY, NULL);
    for (int i = 0; array && i < numbers->n; i++) {
        shortest(number, numbers->at[i]);
        value_add(a, array, NULL, VALUE_NUMBER, number);
    }
}

static void add_texts(Arena *a, Value *parent, const char *key, const Texts *texts)
{
    Value *array = value_add(a, parent, key, VALUE_ARRAY, NULL);
    for (int i = 0; array && i < texts->n; i++)
        value_add(a, array, NULL, VALUE_STRING, texts->at[i]);
}

static void add_field(Arena *a, Value *object, const Option *o, const void *field)
{
    char number[32];
    switch (o->type) {
    case OPTION_INT:
        snprintf(number, sizeof number, "%lld", (long long)*(const int64_t *)field);
        value_add(a, object, o->name, VALUE_NUMBER, number);
        break;
    case OPTION_REAL:
        shortest(number, *(const double *)field);
        value_add(a, object, o->name, VALUE_NUMBER, number);
        break;
    case OPTION_BOOL:
        value_add(a, object, o->name, *(const bool *)field ? VALUE_TRUE : VALUE_FALSE, NULL);
        break;
    case OPTION_TEXT:
        value_add(a, object, o->name, VALUE_STRING, *(const char *const *)field);
        break;
    case OPTION_CHOICE:
        value_add(a, object, o->name, VALUE_STRING, (*(const Entry *const *)field)->name);
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
    case OPTION_TEXTS:
        add_texts(a, object, o->name, field);
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
    Value *object = value_add(a, parent, key, VALUE_OBJECT, NULL);
    if (object)
        add_fields(a, object, rows, in);
    return a->full ? NULL : object;
}

enum { STEP = 256 }; /* a name between two dots, with its NUL */

typedef struct Assignment {
    Arena *arena;
    const char *path;
    const Value *value;
} Assignment;

/* Gives a node the location of the assigned value, key included. */
static void set_location(const Assignment *s, Value *v)
{
    const Value *from = s->value;
    v->location = from->location;
    v->key_location = from->key_location.line ? from->key_location : from->location;
}

static Value *add_object(const Assignment *s, Value *parent, const char *key)
{
    Value *v = value_add(s->arena, parent, key, VALUE_OBJECT, NULL);
    if (v)
        set_location(s, v);
    return v;
}

/* Turns "adam" into {"kind": "adam"}, so that a path can continue below it. */
static void expand_name(const Assignment *s, Value *v)
{
    Value *kind = value_add(s->arena, NULL, "kind", VALUE_STRING, v->text);
    if (!kind)
        return;
    kind->location = v->location;
    v->kind = VALUE_OBJECT;
    v->text = NULL;
    v->child = v->last = kind;
}

/* The element that "[3]" at *at selects, with *at moved past the ']'; NULL if there is none. */
static Value *descend_element(Value *v, const char **at)
{
    const size_t digits = strspn(*at + 1, "0123456789");
    const char *end = *at + 1 + digits;
    if (digits == 0 || *end != ']' || (end[1] != '[' && end[1] != '\0'))
        return NULL;
    long n = strtol(*at + 1, NULL, 10);
    *at = end + 1;
    Value *x = v->kind == VALUE_ARRAY ? v->child : NULL;
    for (; x && n > 0; n--)
        x = x->next;
    return x;
}

/* Follows one step of a path: `name` (an object is created if it is missing) or `name[3]`. */
static Value *descend(const Assignment *s, Value *v, const char *step)
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

/* Replaces the contents of the node `v` by the value; its key and siblings stay. */
static void replace(const Assignment *s, Value *v)
{
    const Value *copy = value_copy(s->arena, NULL, NULL, s->value);
    if (!copy)
        return;
    *v = (Value){ .kind = copy->kind, .text = copy->text, .key = v->key, .next = v->next };
    v->child = copy->child;
    v->last = copy->last;
    set_location(s, v);
}

/* The node at s->path, or NULL if the path is invalid or an array element does not exist. */
static Value *find_node(const Assignment *s, Value *root)
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
            expand_name(s, v);
        v = v->kind == VALUE_OBJECT && *step ? descend(s, v, step) : NULL;
    }
    return v == root ? NULL : v;
}

Value *option_word_value(Arena *a, const char *word, const char *origin)
{
    /* keeps the text of true and false, too: an option of type string may take it */
    Value *v = value_add(a, NULL, NULL, kind_of_word(word), word);
    if (v)
        v->location.origin = arena_strdup(a, origin);
    return v;
}

Status option_set_value(Arena *a, Value *root, const char *path, const Value *value, Error *e)
{
    const Assignment s = { a, path, value };
    Value *v = find_node(&s, root);
    if (v)
        replace(&s, v);
    if (a->full)
        return fail(e, GT_ERESOURCE, "%s: %s: not enough memory for this value",
                    value->location.origin, path);
    if (v)
        return GT_OK;
    /* the origin of an argument contains the path */
    return option_report(e, value, value->location.line ? path : "",
                         "invalid path or no such array element (example: "
                         "generator.layers[2].units)");
}

Status option_set(Arena *a, Value *root, const char *path, const char *word, Error *e)
{
    char origin[GT_ERROR_TEXT / 2];
    snprintf(origin, sizeof origin, "--set %s=%s", path, word);
    if (word[0] == '{' || word[0] == '[')
        return fail(e, GT_EUSAGE,
                    "%s: expected a number, true, false or a string; put objects and arrays into "
                    "the config file; a list of words may be written as a,b,c",
                    origin);
    const Value *value = option_word_value(a, word, origin);
    return value ? option_set_value(a, root, path, value, e)
                 : fail(e, GT_ERESOURCE, "%s: not enough memory for this value", origin);
}
