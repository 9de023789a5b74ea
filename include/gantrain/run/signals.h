/* Stopping on request: the first SIGINT, SIGTERM or SIGHUP asks, a second one ends at once. */
#ifndef GANTRAIN_RUN_SIGNALS_H
#define GANTRAIN_RUN_SIGNALS_H

#include "gantrain/base/status.h"

/* Install the handlers. SIGHUP and SIGINT stay ignored when they were (nohup, background jobs);
 * SIGPIPE and SIGXFSZ become ordinary write errors. */
void signals_watch(void);

/* GT_OK, or the exit code of the signal that asked to stop. */
Status signals_asked(void);

#endif
