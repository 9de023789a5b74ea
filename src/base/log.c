/* Lines to stderr, each by one write, so that they do not mix with those of other processes. */
#include "gantrain/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/text.h"

/* Of the process. */
static bool muted;

void log_mute(void)
{
    muted = true;
}

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        /* nobody is listening: talk is not worth failing for */
    }
}

void log_write(const char *text)
{
    if (!muted)
        put(text);
}

bool log_can_overwrite(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

/* Nothing is allocated: a warning may be about memory. Long lines lose their middle. */
__attribute__((format(printf, 3, 0))) static void
say(void (*out)(const char *text), const char *prefix, const char *format, va_list args)
{
    enum { ROOM = 1024 };
    char what[ROOM + 8], line[ROOM + 64]; /* text_printable sees the cut */
    (void)vsnprintf(what, sizeof what, format, args);
    const size_t n = (size_t)snprintf(line, sizeof line, "%s", prefix);
    text_printable(line + n, ROOM, what);
    strcat(line, "\n");
    out(line);
}

void log_info(const Log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!log->quiet)
        say(log_write, "", format, args);
    va_end(args);
}

void log_warning(const Log *log, const char *format, ...)
{
    (void)log;
    va_list args;
    va_start(args, format);
    say(log_write, "gantrain: warning: ", format, args);
    va_end(args);
}

void log_always(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(put, "gantrain: ", format, args);
    va_end(args);
}
