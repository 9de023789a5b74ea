/* What signals ask for. Every command leaves no temporary file when one ends it; a training (and a study)
 * takes them as requests:
 *
 *   INT, TERM, HUP   stop: finish the step, save, exit 130, 143, 129; a second one ends at once
 *   XCPU             the same as TERM (ulimit -t)
 *   USR1             save now and go on; or, for signals_usr1_means_stop, stop with exit 75
 *   USR2             say where the run stands and draw the samples now */
#ifndef GANTRAIN_TRAIN_SIGNALS_H
#define GANTRAIN_TRAIN_SIGNALS_H

#include <stdbool.h>

#include "gantrain/base/status.h"

/* signals_install: for every command, first of all. A stop signal ends the process at once, without its
 * temporary file; USR1 and USR2 do nothing; SIGPIPE and SIGXFSZ become ordinary write errors. INT and HUP
 * stay ignored when they were (background jobs, nohup), the others are taken even when they were ignored or
 * blocked. */
void signals_install(void);

/* signals_defer: from now on they are requests. A limit on processor time that kills at once gets a warning
 * (XCPU) ahead of it. */
void signals_defer(void);

/* signals_usr1_means_stop: USR1 asks to stop, one that came already included. */
void signals_usr1_means_stop(void);

/* signals_block: from here they wait, also in a process begun by fork and exec, whose signals_install lets them in.
 * signals_unblock: now they come. */
void signals_block(void);
void signals_unblock(void);

/* GT_OK, or the exit code of the signal that asked to stop. */
Status signals_stop_status(void);

/* What a run is asked for between two steps: signals_stop_status, and whether USR1 (not where it stops) or USR2 came
 * since the last time. */
typedef struct Requests {
    Status stop;
    bool save, look;
} Requests;
Requests signals_take_requests(void);

#endif
