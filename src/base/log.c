/* Each line is one write, so that lines of several processes do not mix. */
#include "gantrain/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/text.h"

static bool muted; /* the process */

void log_mute(void)
{
    muted = true;
}

static void write_text(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        /* a closed stderr must not stop a training */
    }
}

void log_write(const char *text)
{
    if (!muted)
        write_text(text);
}

bool log_can_overwrite(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

/* Allocates nothing: a warning may be about memory. Long lines lose their middle. */
__attribute__((format(printf, 3, 0))) static void
write_line(void (*out)(const char *text), const char *prefix, const char *format, va_list args)
{
    enum { ROOM = 1024 };
    char message[ROOM + 8], line[ROOM + 64]; /* + 8: text_printable sees that more follows */
    (void)vsnprintf(message, sizeof message, format, args);
    const size_t n = (size_t)snprintf(line, sizeof line, "%s", prefix);
    text_printable(line + n, ROOM, message);
    strcat(line, "\n");
    out(line);
}

void log_info(const Log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (log && !log->quiet)
        write_line(log_write, "", format, args);
    va_end(args);
}

void log_warning(const Log *log, const char *format, ...)
{
    (void)log;
    va_list args;
    va_start(args, format);
    write_line(log_write, "gantrain: warning: ", format, args);
    va_end(args);
}

void log_always(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(write_text, "gantrain: ", format, args);
    va_end(args);
}
