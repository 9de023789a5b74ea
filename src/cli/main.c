/* The program: finds the command, runs it, prints its results and exits with its status. The only
 * file that prints errors, and the only one that ends the process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gantrain/base/log.h"
#include "args.h"
#include "help.h"
#include "gantrain/math/comm.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"
#include "gantrain/train/ranks.h"
#include "gantrain/train/signals.h"

static const Command *const commands[] = {
    &command_train, &command_sample, &command_evaluate, &command_inspect, &command_report,
    &command_study, &command_bench,  &command_data,     &command_list,    NULL,
};

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* Without malloc, to print "no memory" as well; with one write, to keep the lines together. */
static void print_errors(const Error *e)
{
    enum { PREFIX = 32 };
    static char out[(GT_ERROR_LINES + 1) * (GT_ERROR_TEXT + PREFIX)];
    const bool stopped = e->code > 128 || e->code == GT_EREQUEUE;
    size_t n = 0;
    for (int i = 0; i < e->lines; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "gantrain: %s%s\n",
                              stopped ? "" : "error: ", e->text[i]);
    if (e->dropped > 0)
        n +=
            (size_t)snprintf(out + n, sizeof out - n, "gantrain: error: and %d more\n", e->dropped);
    write_all(STDERR_FILENO, out, n);
}

/* `optional`: a reader that closed the pipe early (train | head) is no failure. */
static Status print_results(const Text *out, bool optional, Error *e)
{
    if (out->failed)
        return also_fail(e, GT_ERESOURCE, "no memory to print the results");
    if (out->used && !write_all(STDOUT_FILENO, out->at, out->used) && !(optional && errno == EPIPE))
        return also_fail(e, GT_EOUTPUT, "standard output: %s", strerror(errno));
    return GT_OK;
}

static void print_version(Text *out)
{
    text_add(out, "gantrain %s\nreal = %s, kernels for %s, %d processor%s\n", GANTRAIN_VERSION,
             REAL_NAME, gemm_kernel()->name, parallel_processors(),
             parallel_processors() == 1 ? "" : "s");
    text_add(out, "%d rank%s of %d thread%s, MPI: %s\n", comm_size(), comm_size() == 1 ? "" : "s",
             parallel_threads(), parallel_threads() == 1 ? "" : "s", comm_engine());
}

static Status find_command(const char *word, const Command **c, Error *e)
{
    const char *names[sizeof commands / sizeof *commands + 1] = { NULL };
    int i = 0;
    for (; commands[i]; i++) {
        *c = commands[i];
        names[i] = (*c)->name;
        if (strcmp(names[i], word) == 0)
            return GT_OK;
    }
    *c = NULL;
    names[i] = "help";
    const char *near = nearest_name(word, names);
    return fail(e, GT_EUSAGE, "unknown command \"%s\"%s%s%s; gantrain --help lists the commands%s",
                word, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "",
                strpbrk(word, "./") ? "; a config is a file named FILE.json" : "");
}

static Status run_command(const Command *c, int n, char **argv, Text *out, Error *e)
{
    Args args;
    TRY(args_parse(&args, c, n, argv, e));
    if (args.help)
        args_help(c, out);
    return args.help ? GT_OK : c->run(&args, out, e);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* gantrain help [COMMAND] */
static Status print_help(int n, char **words, Text *out, Error *e)
{
    const Command *c = NULL;
    if (n > 1)
        return fail(e, GT_EUSAGE, "help: expected one command, got %d words", n);
    if (n == 1 && !is_one_of(words[0], "--help", "-h"))
        TRY(find_command(words[0], &c, e));
    if (c)
        args_help(c, out);
    else
        help_add(commands, out);
    return GT_OK;
}

/* The exit code of a wrong command line: a script that lost its arguments has not succeeded. */
static Status print_short_help(Error *e)
{
    Text help = { 0 };
    help_add_short(&help);
    if (help.at)
        log_write(help.at);
    text_free(&help);
    return e->code = GT_EUSAGE;
}

/* *c   out   the command; unchanged when there is none */
static Status dispatch(int argc, char **argv, const Command **c, Text *out, Error *e)
{
    if (argc < 2)
        return print_short_help(e);
    if (is_one_of(argv[1], "--help", "-h"))
        return print_help(0, NULL, out, e);
    if (strcmp(argv[1], "help") == 0)
        return print_help(argc - 2, argv + 2, out, e);
    if (strcmp(argv[1], "--version") == 0)
        return print_version(out), GT_OK;
    const bool named = argv[1][0] != '-' && !text_has_suffix(argv[1], ".json");
    *c = &command_train;
    if (named)
        TRY(find_command(argv[1], c, e));
    if (!(*c)->by_ranks && comm_size() > 1)
        return fail(e, GT_EUSAGE,
                    "%s runs in one process, not on %d ranks: start it without mpirun", (*c)->name,
                    comm_size());
    return run_command(*c, argc - 1 - named, argv + 1 + named, out, e);
}

/* Occupies closed descriptors 0..2: a file that is opened later would get them, and with it the
 * messages. Read-only, so that results still cannot be printed (exit 6). "/": if there is no
 * /dev. */
static void occupy_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDONLY);
        if (fd < 0)
            fd = open("/", O_RDONLY);
    } while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* With a smaller stack a command may crash in the middle of its work. */
static Status check_stack(Error *e)
{
    enum { LEAST = 256 << 10 };
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= LEAST)
        return GT_OK;
    return fail(e, GT_ERESOURCE,
                "the stack is limited (ulimit -s) to %llu KiB: at least %d KiB are needed",
                (unsigned long long)stack.rlim_cur >> 10, LEAST >> 10);
}

/* Only rank 0 logs. */
static Status start_ranks(Error *e)
{
    const Status s = comm_init(e);
    if (comm_rank() > 0)
        log_mute();
    parallel_set_threads(ranks_default_threads());
    return s;
}

/* Rank 0 prints the results, then the errors on which all ranks agree. */
static Status finish(const Text *out, bool optional, Status s, Error *e)
{
    if (comm_rank() == 0 && print_results(out, optional, e) != GT_OK && s == GT_OK)
        s = e->code;
    comm_allow_long_stage("printing results");
    if (comm_size() > 1)
        s = comm_agree("the end", e);
    if (comm_rank() == 0)
        print_errors(e);
    return s;
}

int main(int argc, char **argv)
{
    static Error e;
    const Command *c = NULL;
    Text out = { 0 };

    signals_install();
    occupy_standard_descriptors();
    Status s = start_ranks(&e);
    if (s == GT_OK)
        s = check_stack(&e);
    if (s == GT_OK)
        s = dispatch(argc, argv, &c, &out, &e);
    s = finish(&out, c && c->only_paths, s, &e);
    text_free(&out);
    comm_finalize();
    return (int)s;
}
