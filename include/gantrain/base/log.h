/* Talk to the person at stderr; results go to stdout, and only the command line prints errors. */
#ifndef GANTRAIN_BASE_LOG_H
#define GANTRAIN_BASE_LOG_H

#include <stdbool.h>

typedef struct Log {
    bool quiet; /* warnings only */
} Log;

/* One line, formatted; control characters in it become \xNN. */
void log_info(const Log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const Log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same of a process that is mute, and whatever it was told of talking: for what cannot wait. */
void log_always(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether stderr is a terminal on which a line can be written over: not TERM=dumb. */
bool log_can_overwrite(void);

/* log_mute: this process is not the one that talks: from now on no function here writes. */
void log_mute(void);

/* Text as it is, by one write: live lines of a terminal. Nobody has to listen. */
void log_write(const char *text);

#endif
