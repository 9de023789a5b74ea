/* What the messages of option_read.c say about a value. */
#ifndef GANTRAIN_SRC_BASE_OPTION_REPORT_H
#define GANTRAIN_SRC_BASE_OPTION_REPORT_H

#include "gantrain/base/option.h"

enum { OPTION_FOUND = 96 };

/* Whether the origin of a value is a command-line argument: it has no quotes that would distinguish
 * a string from a number. */
bool option_is_argument(const char *origin);

/* Number of elements or members of a value. */
int option_count(const Value *v);

/* The value as messages show it: `the string "abc"`, `1.5`, `an array of 3`, `null`. */
const char *option_found(const Value *v, char out[OPTION_FOUND]);

#endif
