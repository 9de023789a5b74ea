/* Command lines: one table of flags per command parses them, checks them and prints the help. */
#ifndef GANTRAIN_SRC_CLI_ARGS_H
#define GANTRAIN_SRC_CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

enum { ARGS_FLAGS = 32, ARGS_WORDS = 16, ARGS_OVERRIDES = 256, ARGS_VARIES = 16 };

struct Args;

typedef struct Flag {
    const char *name;  /* "--epochs"                                             */
    const char *value; /* what it takes, for the help; NULL: nothing             */
    const char *path;  /* the config key it stands for, or NULL                  */
    const char *help;
} Flag;

/* Every command takes --help as well. */
typedef struct Command {
    const char *name, *summary;
    const char *usage;       /* what stands after "gantrain "                      */
    const char *words;       /* what the words without a flag are, or NULL: none    */
    const Flag *flags;       /* ended by a row without a name                      */
    const char *epilogue;    /* examples, printed under the help; may be NULL       */
    const Option *reference; /* a table that is printed after that; may be NULL  */
    void (*more)(Text *out); /* OPTIONAL: what the help page says that only a table knows */
    bool only_paths;         /* results are the paths of files: who reads them may leave      */
    bool by_ranks;           /* several ranks can do it together                              */
    /* Results go to `out`, which main prints. */
    Status (*run)(const struct Args *a, Text *out, Error *e);
} Command;

typedef struct Args {
    const Command *command;
    const char *value[ARGS_FLAGS]; /* per flag: its value, "" for a flag without, NULL: not given */
    const char *word[ARGS_WORDS];
    int words;
    Override set[ARGS_OVERRIDES]; /* from --set and from flags with a path, in order */
    int sets;
    Override vary[ARGS_VARIES]; /* from --vary, the word holding all values */
    int varies;
    bool help;
} Args;

/* args_parse: argv[0..n) after the command's name. GT_EUSAGE names the word and what is known. */
Status args_parse(Args *a, const Command *command, int n, char **argv, Error *e);

enum { ARGS_HINT = 512 };

/* args_hint: for a word that a command does not take: the option that was probably meant, with its value: "--run
 * runs/mnist". False: none comes to mind. Looks at the file or folder of that name. */
bool args_hint(const Command *c, const char *word, char out[ARGS_HINT]);

/* The value of a flag, or NULL. The name must be in the command's table. */
const char *args_value(const Args *a, const char *name);

/* args_integer: the value of a flag as an integer in [least, most], or `otherwise` when it is not
 * given. GT_EUSAGE: anything else than plain digits, or out of range. */
Status args_integer(const Args *a, const char *name, int64_t least, int64_t most, int64_t otherwise,
                    int64_t *out, Error *e);

/* args_real: the same for a number in [least, most], as JSON writes them. */
Status args_real(const Args *a, const char *name, double least, double most, double otherwise,
                 double *out, Error *e);

/* args_pair: a flag of the form ROWSxCOLUMNS, both 1..9999; both 0 when it is not given. */
Status args_pair(const Args *a, const char *name, int *rows, int *cols, Error *e);

/* args_ranges: a flag such as "1,5,9-12" as the integers it names, 0..2^53, malloc'ed into *out; none when it
 * is not given. GT_EUSAGE: anything else, or more than `most`; GT_ERESOURCE. */
Status args_ranges(const Args *a, const char *name, int most, uint64_t **out, int *n, Error *e);

/* args_path: the value of a flag that takes a path; NULL when it is not given. GT_EUSAGE: it is empty, as
 * "$DIR" is when DIR is not set. */
Status args_path(const Args *a, const char *name, const char **out, Error *e);

/* args_required: the same for a flag that must be there. */
Status args_required(const Args *a, const char *name, const char **out, Error *e);

/* args_threads: take --threads, or as many as main has set, for all that is computed from now on. */
Status args_threads(const Args *a, Error *e);

/* args_seed: --seed, or `otherwise` when it is not given. */
Status args_seed(const Args *a, int64_t otherwise, int64_t *out, Error *e);

/* The help page of a command. */
void args_help(const Command *c, Text *out);

extern const Command command_train, command_sample, command_evaluate, command_inspect,
    command_report, command_study, command_bench, command_list;

#endif
