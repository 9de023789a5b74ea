/* Fetching known data sets: scripts/get-data.sh, which is installed with the program. */
#ifndef GANTRAIN_SRC_CLI_FETCH_H
#define GANTRAIN_SRC_CLI_FETCH_H

#include "gantrain/base/status.h"

/* The names that fetch_data accepts; ended by NULL. */
extern const char *const fetch_names[];

/* fetch_data: fills the folder `dir` with the data set `name`, or checks what lies there. Messages
 * of the script go to stderr. GT_EDATA: not fetched; GT_EOUTPUT: the folder holds other files, or
 * is not writable; GT_ERESOURCE. */
Status fetch_data(const char *name, const char *dir, Error *e);

#endif
