/* The folder for files that spare work: $GANTRAIN_CACHE, else $XDG_CACHE_HOME/gantrain, else
 * $HOME/.cache/gantrain. */
#ifndef GANTRAIN_IO_CACHE_H
#define GANTRAIN_IO_CACHE_H

#include <stdbool.h>

#include "gantrain/base/status.h"

enum { CACHE_PATH = 4352, CACHE_NAME = 100 /* bytes of a file's name, at most */ };

/* cache_path: the path of the file `name` in the cache; false: there is no folder for it. */
bool cache_path(char out[CACHE_PATH], const char *name);

/* cache_create: the same, and creates the folder. GT_EOUTPUT says what to set; GT_ERESOURCE. */
Status cache_create(char out[CACHE_PATH], const char *name, Error *e);

#endif
