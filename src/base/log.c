/* Lines to stderr, each by one write, so that they do not mix with those of other processes. */
#include "gantrain/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/text.h"

void log_put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        /* nobody is listening: talk is not worth failing for */
    }
}

/* Without memory of the heap: that there is none is worth a warning. */
static void say(const char *prefix, const char *format, va_list args)
{
    enum { WHAT = 1024, ESCAPE = 4 /* bytes that one can become */ };
    char what[WHAT], line[ESCAPE * WHAT + 32];
    vsnprintf(what, sizeof what, format, args);
    const int n = snprintf(line, sizeof line, "%s", prefix);
    text_printable(line + n, sizeof line - (size_t)n - 1, what);
    log_put(strcat(line, "\n"));
}

void log_info(const Log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!log->quiet)
        say("", format, args);
    va_end(args);
}

void log_warning(const Log *log, const char *format, ...)
{
    (void)log;
    va_list args;
    va_start(args, format);
    say("gantrain: warning: ", format, args);
    va_end(args);
}
