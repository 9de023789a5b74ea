/* Progress and warnings on stderr. Results go to stdout, and errors are printed by cli/ alone. */
#ifndef GANTRAIN_BASE_LOG_H
#define GANTRAIN_BASE_LOG_H

#include <stdbool.h>

typedef struct Log {
    bool quiet; /* warnings only */
} Log;

/* One formatted line; control characters in it become \xNN. NULL is a quiet log. */
void log_info(const Log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const Log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line even if the log is quiet or muted: for what the user must see. */
void log_always(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether stderr is a terminal on which a line can be overwritten (not TERM=dumb). */
bool log_can_overwrite(void);

/* log_mute: silences this process except for log_always; for ranks other than 0. */
void log_mute(void);

/* Writes text unchanged with one write, for status lines of a terminal. Failures are ignored. */
void log_write(const char *text);

#endif
