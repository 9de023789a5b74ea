/* Command lines: one table of flags per command parses, checks and documents them. */
#ifndef GANTRAIN_SRC_CLI_ARGS_H
#define GANTRAIN_SRC_CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

enum { ARGS_FLAGS = 32, ARGS_OPERANDS = 16, ARGS_OVERRIDES = 256, ARGS_VARIES = 16 };

struct Args;

typedef struct Flag {
    const char *name;  /* "--epochs"                                  */
    const char *value; /* placeholder of its value; NULL: takes none  */
    const char *help;
} Flag;

/* Every command takes --help as well. In one that takes --set, the flags --epochs, --steps,
 * --batch-size, --seed and --data are short for the config keys of args.c. In one that takes
 * --config, a word that ends in .json is its value. */
typedef struct Command {
    const char *name, *summary;
    const char *usage;       /* what follows "gantrain "                                          */
    const Flag *flags;       /* ended by a row without a name                                     */
    const char *epilogue;    /* OPTIONAL: text and examples after the flags             */
    const Option *reference; /* OPTIONAL: the option table printed after that           */
    void (*add_help)(Text *out); /* OPTIONAL: the end of the help page, made from tables    */
    bool takes_operands;         /* arguments without a flag                                */
    bool only_paths; /* prints nothing but paths of files: a closed pipe is no failure      */
    bool by_ranks;   /* runs on several MPI ranks                                           */
    /* Results go to `out`, which main prints to stdout. */
    Status (*run)(const struct Args *a, Text *out, Error *e);
} Command;

typedef struct Args {
    const Command *command;
    const char
        *value[ARGS_FLAGS]; /* per flag: its value; "": flag without value; NULL: not given */
    const char *operand[ARGS_OPERANDS];
    int operands;
    Override set[ARGS_OVERRIDES]; /* from --set and from short forms of config keys, in order */
    int sets;
    Override vary[ARGS_VARIES]; /* from --vary; the word holds all values */
    int varies;
    bool help;
} Args;

/* args_parse: argv[0..n), the words after the command's name. */
Status args_parse(Args *a, const Command *command, int n, char **argv, Error *e);

enum { ARGS_HINT = 512 };

/* args_hint: the flag that was probably left out before `word`, with its value: "--run runs/mnist".
 * Guesses from the ending of the word and from the file or folder of that name. False: no guess. */
bool args_hint(const Command *c, const char *word, char out[ARGS_HINT]);

/* args_help: the help page of a command, wrapped to 80 columns but for c->reference. */
void args_help(const Command *c, Text *out);

/* args_value: the value of a flag of the command as written, NULL when not given.
 * args_has: whether a flag was given. */
const char *args_value(const Args *a, const char *name);
bool args_has(const Args *a, const char *name);

/* args_integer: the value of a flag in [least, most], or `initial` when not given. GT_EUSAGE:
 * anything else than plain digits, or out of range.
 * args_real: the same for decimal numbers: digits, or digits.digits. */
Status args_integer(const Args *a, const char *name, int64_t least, int64_t most, int64_t initial,
                    int64_t *out, Error *e);
Status args_real(const Args *a, const char *name, double least, double most, double initial,
                 double *out, Error *e);

/* args_pair: a flag of the form ROWSxCOLUMNS, both 1..9999; both 0 when not given. */
Status args_pair(const Args *a, const char *name, int *rows, int *cols, Error *e);

/* args_ranges: a flag such as "1,5,9-12" as the integers it names, 0..2^53, malloc'ed into *out;
 * none when not given. GT_EUSAGE: anything else, or more than `most`; GT_ERESOURCE. */
Status args_ranges(const Args *a, const char *name, int most, uint64_t **out, int *n, Error *e);

/* args_path: the value of a flag that takes a path; NULL when not given. GT_EUSAGE: empty, as
 * "$DIR" is when DIR is not set.
 * args_required: the same for a flag that must be given. */
Status args_path(const Args *a, const char *name, const char **out, Error *e);
Status args_required(const Args *a, const char *name, const char **out, Error *e);

/* args_exclude: GT_EUSAGE when both flags are given. */
Status args_exclude(const Args *a, const char *one, const char *other, Error *e);

/* args_threads: sets the number of threads of this process to --threads, if given. */
Status args_threads(const Args *a, Error *e);

/* args_seed: --seed, or `initial` when not given. */
Status args_seed(const Args *a, int64_t initial, int64_t *out, Error *e);

extern const Command command_train, command_sample, command_evaluate, command_inspect,
    command_report, command_study, command_bench, command_list, command_data;

#endif
