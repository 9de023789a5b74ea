/* The reference of a table, made from the rows that also parse and check. */
#include "gantrain/base/option.h"

#include <stdio.h>

static void describe_range(char out[64], const Option *o)
{
    switch (o->type) {
    case OPTION_INT:
        snprintf(out, 64, "integer %.17g..%.17g", o->least, o->most);
        break;
    case OPTION_REAL:
        snprintf(out, 64, "number %g..%g", o->least, o->most);
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
    case OPTION_SECTION:
        snprintf(out, 64, "object");
        break;
    case OPTION_NUMBERS:
        snprintf(out, 64, "array of numbers %g..%g", o->least, o->most);
        break;
    }
}

/* In brackets, which an array has already. */
static void describe_initial(char out[128], const Option *o)
{
    const bool bare = o->type == OPTION_NUMBERS;
    snprintf(out, 128, "%s%s%s",
             !o->initial ? ""
             : bare      ? " "
                         : " [",
             o->initial ? o->initial : "", !o->initial || bare ? "" : "]");
}

void option_describe(Text *out, const Option *rows, const char *path)
{
    char range[64], name[128], initial[128];
    for (const Option *o = rows; o && o->name; o++) {
        snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", o->name);
        if (o->type == OPTION_SECTION) {
            option_describe(out, o->rows, name);
            continue;
        }
        describe_range(range, o);
        describe_initial(initial, o);
        text_add(out, "  %-28s %-28s %s%s\n", name, range, o->help, initial);
    }
}
