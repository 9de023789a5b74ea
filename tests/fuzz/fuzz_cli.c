/* A command line: the first byte selects the command, the arguments end with NUL. Nothing is run:
 * the arguments are parsed, then every option is read with every accessor. */
#include "fuzz.h"
#include "cli/args.h"

enum { WORDS = 64 };

static const Command *const commands[] = {
    &command_train,  &command_sample, &command_evaluate, &command_inspect,
    &command_report, &command_study,  &command_bench,    &command_list,
};

static void read_options(const Args *a)
{
    static Error e;
    for (const Flag *f = a->command->flags; f->name; f++) {
        int64_t integer;
        double number;
        int rows, cols, n = 0;
        uint64_t *list = NULL;
        const char *path;
        if (!args_value(a, f->name))
            continue;
        (void)args_path(a, f->name, &path, &e);
        (void)args_required(a, f->name, &path, &e);
        if (args_integer(a, f->name, 1, 64, 1, &integer, &e) == GT_OK)
            must(integer >= 1 && integer <= 64, "an integer is in its range");
        if (args_real(a, f->name, -1, 1, 0, &number, &e) == GT_OK)
            must(number >= -1 && number <= 1, "a number is in its range");
        if (args_pair(a, f->name, &rows, &cols, &e) == GT_OK)
            must(rows >= 0 && rows <= 9999 && cols >= 0 && cols <= 9999, "sides are sides");
        if (args_ranges(a, f->name, 100, &list, &n, &e) == GT_OK)
            must(n >= 0 && n <= 100, "a list is within its limit");
        free(list);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Args args;
    static Error e;
    char *argv[WORDS + 1] = { NULL };
    int n = 0;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1)
        return 0;
    char *words = malloc(size);
    must(words != NULL, "memory");
    memcpy(words, data + 1, size - 1);
    words[size - 1] = '\0';
    for (char *at = words; at < words + size && n < WORDS; at += strlen(at) + 1)
        argv[n++] = at;
    const Command *c = commands[data[0] % (sizeof commands / sizeof *commands)];
    const Status s = args_parse(&args, c, n, argv, &e);
    must_report(s, &e);
    must(s == GT_OK || s == GT_EUSAGE, "the only error is a usage error");
    if (s == GT_OK)
        read_options(&args);
    free(words);
    return 0;
}
