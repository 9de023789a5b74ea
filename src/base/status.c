/* Messages are formatted into fixed lines, so that even "out of memory" can be reported, and made
 * printable: a file name may contain escape sequences. Lines longer than GT_ERROR_TEXT lose their
 * middle, so that the cause after a long path stays. */
#include "gantrain/base/status.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

static void set_line(char line[GT_ERROR_TEXT], const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Formats into a copy first: an argument may be a line of the same Error. */
static void set_line(char line[GT_ERROR_TEXT], const char *format, va_list args)
{
    char raw[1 << 14]; /* holds two of the longest paths */
    const int n = vsnprintf(raw, sizeof raw, format, args);
    if (n < 0)
        (void)snprintf(raw, sizeof raw, "(a message that could not be formatted: %.100s)", format);
    else if ((size_t)n >= sizeof raw)
        memcpy(raw + sizeof raw - sizeof "...", "...", sizeof "...");
    text_printable(line, GT_ERROR_TEXT, raw);
}

Status fail(Error *e, Status code, const char *format, ...)
{
    if (!e)
        return code;
    va_list args;
    va_start(args, format);
    set_line(e->text[0], format, args);
    va_end(args);
    e->code = code;
    e->lines = 1;
    e->dropped = 0;
    return code;
}

Status also_fail(Error *e, Status code, const char *format, ...)
{
    if (!e)
        return code;
    if (e->code == GT_OK)
        e->code = code;
    if (e->lines == GT_ERROR_LINES) {
        e->dropped++;
        return e->code;
    }
    va_list args;
    va_start(args, format);
    set_line(e->text[e->lines++], format, args);
    va_end(args);
    return e->code;
}

Status error_append(Error *e, const Error *more)
{
    assert(e);
    for (int i = 0; i < more->lines; i++)
        also_fail(e, more->code, "%s", more->text[i]);
    e->dropped += more->dropped;
    return e->code;
}

Status error_add_prefix(Error *e, const char *where)
{
    assert(e);
    for (int i = 0; i < e->lines; i++) {
        char longer[2 * GT_ERROR_TEXT + 8];
        (void)snprintf(longer, sizeof longer, "%.*s: %s", GT_ERROR_TEXT - 1, where, e->text[i]);
        text_printable(e->text[i], GT_ERROR_TEXT, longer);
    }
    return e->code;
}

Status status_of_errno(int error, Status otherwise)
{
    switch (error) {
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return GT_ERESOURCE;
    default:
        return otherwise;
    }
}
