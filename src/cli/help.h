/* The help pages of the program as a whole; args_help makes those of a command. */
#ifndef GANTRAIN_SRC_CLI_HELP_H
#define GANTRAIN_SRC_CLI_HELP_H

#include "args.h"

/* help_add: all commands and exit codes.   commands ends with NULL
 * help_add_short: what a newcomer needs first, for a call without arguments. */
void help_add(const Command *const *commands, Text *out);
void help_add_short(Text *out);

#endif
