/* The reference of a table, from the rows that also parse and check. */
#include "gantrain/base/option.h"

#include <stdio.h>

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
    case OPTION_TEXTS:
        snprintf(out, 64, "array of strings");
        break;
    case OPTION_TREE:
    default: /* a section has no line of its own */
        snprintf(out, 64, "%s", o->default_text);
        break;
    }
}

/* " [default]"; arrays have brackets already, and trees no default. */
static void describe_default(char out[128], const Option *o)
{
    const bool array = o->type == OPTION_NUMBERS || o->type == OPTION_TEXTS;
    *out = '\0';
    if (o->type != OPTION_TREE && o->default_text)
        snprintf(out, 128, array ? " %s" : " [%s]", o->default_text);
}

/* The nested keys of a row: those of a section, or of the default of a spec. */
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
    char range[64], name[128], by_default[128];
    for (const Option *o = rows; o && o->name; o++) {
        join(name, path, o);
        if (o->type != OPTION_SECTION) {
            describe_range(range, o);
            describe_default(by_default, o);
            text_add(out, "  %s  %s%s\n      %s\n", name, range, by_default, o->help);
        }
        option_describe(out, keys_of(o), name);
    }
}
