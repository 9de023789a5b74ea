/* Signals. By default one that stops ends the process at once, without leaving a temporary file; a
 * training (and a study) takes them as requests:
 *
 *   INT, TERM, HUP   stop: finish the step, save, exit 130, 143, 129; a second one that comes at
 *                    least a second later ends it at once
 *   XCPU             like TERM (ulimit -t)
 *   USR1             save and continue; or stop with exit 75 (signals_usr1_means_stop)
 *   USR2             print the progress and draw samples */
#ifndef GANTRAIN_TRAIN_SIGNALS_H
#define GANTRAIN_TRAIN_SIGNALS_H

#include <stdbool.h>

#include "gantrain/base/status.h"

/* signals_install: at the start of every command. USR1 and USR2 do nothing yet; SIGPIPE and SIGXFSZ
 * become write errors. INT and HUP stay ignored if they were (background jobs, nohup); the others
 * are handled even if they were ignored or blocked. */
void signals_install(void);

/* signals_defer: from now on signals are requests. A limit on processor time that would kill
 * without a warning gets an XCPU shortly before it. */
void signals_defer(void);

/* signals_usr1_means_stop: USR1 asks to stop; so does one that came before. */
void signals_usr1_means_stop(void);

/* Block and unblock the signals above. A child process inherits the block until its
 * signals_install. */
void signals_block(void);
void signals_unblock(void);

/* GT_OK, or the exit code of the signal that asked to stop. */
Status signals_stop_status(void);

/* signals_take_requests: signals_stop_status, and whether USR1 or USR2 came since the last call. */
typedef struct Requests {
    Status stop;
    bool save, snapshot;
} Requests;
Requests signals_take_requests(void);

#endif
