/* The reference of a table, made from the rows that also parse and check. */
#include "gantrain/base/option.h"

#include <stdio.h>
#include <string.h>

static void describe_range(char out[64], const Option *o)
{
    switch (o->type) {
    case OPTION_INT:
        snprintf(out, 64, "integer %.17g..%.17g", o->min, o->max);
        break;
    case OPTION_REAL:
        snprintf(out, 64, "number %g..%g", o->min, o->max);
        break;
    case OPTION_BOOL:
        snprintf(out, 64, "true or false");
        break;
    case OPTION_TEXT:
        snprintf(out, 64, "string");
        break;
    case OPTION_CHOICE:
    case OPTION_SPEC:
        snprintf(out, 64, "one of the %s", o->registry->name);
        break;
    case OPTION_LIST:
        snprintf(out, 64, "array of %s", o->registry->name);
        break;
    case OPTION_NUMBERS:
        snprintf(out, 64, "array of numbers %g..%g", o->min, o->max);
        break;
    case OPTION_TREE:
    default: /* a section is told by its keys */
        snprintf(out, 64, "%s", o->default_text);
        break;
    }
}

/* In brackets, which an array has already. */
static void describe_initial(char out[128], const Option *o)
{
    const bool bare = o->type == OPTION_NUMBERS;
    *out = '\0';
    if (o->type == OPTION_TREE)
        return;
    snprintf(out, 128, "%s%s%s",
             !o->default_text ? ""
             : bare           ? " "
                              : " [",
             o->default_text ? o->default_text : "", !o->default_text || bare ? "" : "]");
}

/* The keys below a row: of a section, and of the default of a spec. */
static const Option *keys_of(const Option *o)
{
    if (o->type == OPTION_SECTION)
        return o->rows;
    return o->type == OPTION_SPEC ? registry_find(o->registry, o->default_text)->options : NULL;
}

static void join(char out[128], const char *path, const Option *o)
{
    snprintf(out, 128, "%s%s%s", path, *path ? "." : "", o->name);
}

void option_describe(Text *out, const Option *rows, const char *path)
{
    char range[64], name[128], initial[128];
    for (const Option *o = rows; o && o->name; o++) {
        join(name, path, o);
        if (o->type != OPTION_SECTION) {
            describe_range(range, o);
            describe_initial(initial, o);
            text_add(out, "  %s  %s%s\n      %s\n", name, range, initial, o->help);
        }
        option_describe(out, keys_of(o), name);
    }
}
