/* Messages about options: where a value was written, and what it is. */
#include "option_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool option_is_argument(const char *origin)
{
    return origin && strncmp(origin, "--", 2) == 0;
}

__attribute__((format(printf, 4, 0))) static Status report(Error *e, Location at, const char *path,
                                                           const char *format, va_list args)
{
    char message[GT_ERROR_TEXT], position[32] = "";
    vsnprintf(message, sizeof message, format, args);
    if (at.line > 0)
        snprintf(position, sizeof position, ":%d:%d", at.line, at.column);
    return also_fail(e, option_is_argument(at.origin) ? GT_EUSAGE : GT_ECONFIG, "%s%s: %s%s%s",
                     at.origin ? at.origin : "config", position, path, *path ? ": " : "", message);
}

Status option_report(Error *e, const Value *v, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const Status s = report(e, v ? v->location : (Location){ 0 }, path, format, args);
    va_end(args);
    return s;
}

Status option_report_at(Error *e, Location location, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const Status s = report(e, location, path, format, args);
    va_end(args);
    return s;
}

int option_count(const Value *v)
{
    int n = 0;
    for (const Value *child = v->child; child; child = child->next)
        n++;
    return n;
}

const char *option_found(const Value *v, char out[OPTION_FOUND])
{
    if (v->kind == VALUE_STRING)
        snprintf(out, OPTION_FOUND, "the string \"%.64s\"", v->text);
    else if (v->kind == VALUE_NUMBER)
        snprintf(out, OPTION_FOUND, "%.64s", v->text);
    else if (v->kind == VALUE_ARRAY)
        snprintf(out, OPTION_FOUND, "an array of %d", option_count(v));
    else
        snprintf(out, OPTION_FOUND, "%s%s", v->kind == VALUE_OBJECT ? "an " : "",
                 value_kind_name(v->kind));
    return out;
}
