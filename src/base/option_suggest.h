/* What an unknown key probably means. */
#ifndef GANTRAIN_SRC_BASE_OPTION_SUGGEST_H
#define GANTRAIN_SRC_BASE_OPTION_SUGGEST_H

#include "gantrain/base/option.h"

enum { OPTION_SUGGESTION = 320 };

/* option_suggest: how a message about the unknown `key` of an object goes on: `did you mean
 * "train.batch_size"?`, or why there is no such key; "": nothing is near.
 *   rows   in   the table of the object
 *   root   in   the table of the whole tree, searched when the object has nothing near
 *   path   in   of the object in that tree, "" at its top */
void option_suggest(const Option *rows, const Option *root, const char *path, const char *key,
                    char out[OPTION_SUGGESTION]);

#endif
