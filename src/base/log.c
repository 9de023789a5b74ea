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

__attribute__((format(printf, 2, 0))) static void say(const char *prefix, const char *format,
                                                      va_list args)
{
    char what[1024];
    Text line = { 0 };
    vsnprintf(what, sizeof what, format, args);
    text_add(&line, "%s", prefix);
    text_add_printable(&line, what);
    text_add(&line, "\n");
    if (line.at)
        log_put(line.at);
    text_free(&line);
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
