/* Parsing by table. getopt_long is not used: it takes abbreviations of long options silently and
 * prints messages of its own; scripts deserve exact names and one form of message. */
#include "args.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

/* ---- finding flags ---------------------------------------------------------------------------------- */

/* The row whose name is word[0..n), or -1. */
static int find_flag(const Command *c, const char *word, size_t n)
{
    for (int i = 0; c->flags[i].name; i++)
        if (strlen(c->flags[i].name) == n && strncmp(c->flags[i].name, word, n) == 0)
            return i;
    return -1;
}

/* A flag of train that stands for a key: where there is --set, that sets it. */
static Status short_for(const Command *c, const char *word, size_t n, const char *value, Error *e)
{
    const int flag = find_flag(&command_train, word, n);
    const char *path = flag >= 0 ? command_train.flags[flag].path : NULL;
    if (!path || find_flag(c, "--set", strlen("--set")) < 0)
        return GT_OK;
    return fail(e, GT_EUSAGE, "unknown option \"%.*s\": gantrain %s takes --set %s=%s", (int)n,
                word, c->name, path, value ? value : "VALUE");
}

static Status unknown_flag(const Command *c, const char *word, Error *e)
{
    const char *names[ARGS_FLAGS + 2] = { "--help" };
    for (int i = 0; c->flags[i].name; i++)
        names[i + 1] = c->flags[i].name;
    const char *near = nearest_name(word, names);
    return fail(e, GT_EUSAGE, "unknown option \"%s\"%s%s%s; gantrain %s --help lists the options",
                word, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "", c->name);
}

/* ---- taking values ---------------------------------------------------------------------------------- */

static Status add_override(Args *a, const char *path, const char *word, Error *e)
{
    if (a->sets == ARGS_OVERRIDES)
        return fail(e, GT_EUSAGE, "more than %d --set", ARGS_OVERRIDES);
    a->set[a->sets++] = (Override){ .path = path, .word = word };
    return GT_OK;
}

/* Cuts "key.path=VALUE" in place: the '=' becomes the end of the path. */
static Status cut(char *word, const char *flag, const char *example, char **value, Error *e)
{
    char *equals = strchr(word, '=');
    if (!equals || equals == word)
        return fail(e, GT_EUSAGE, "%s %s: expected key.path=VALUE, such as %s %s", flag, word, flag,
                    example);
    *equals = '\0';
    *value = equals + 1;
    return GT_OK;
}

static Status take_set(Args *a, char *word, Error *e)
{
    char *value = NULL;
    TRY(cut(word, "--set", "train.epochs=5", &value, e));
    return add_override(a, word, value, e);
}

static Status take_vary(Args *a, char *word, Error *e)
{
    char *value = NULL;
    TRY(cut(word, "--vary", "objective=hinge,wasserstein", &value, e));
    if (a->varies == ARGS_VARIES)
        return fail(e, GT_EUSAGE, "more than %d --vary", ARGS_VARIES);
    for (int i = 0; i < a->varies; i++)
        if (strcmp(a->vary[i].path, word) == 0)
            return fail(e, GT_EUSAGE, "--vary %s is given twice", word);
    a->vary[a->varies++] = (Override){ .path = word, .word = value };
    return GT_OK;
}

static Status take_flag(Args *a, int i, char *value, Error *e)
{
    const Flag *f = &a->command->flags[i];
    if (strcmp(f->name, "--set") == 0)
        return take_set(a, value, e);
    if (strcmp(f->name, "--vary") == 0)
        return take_vary(a, value, e);
    if (a->value[i] && strcmp(a->value[i], value) != 0)
        return fail(e, GT_EUSAGE, "%s is given twice: \"%s\" and \"%s\"", f->name, a->value[i],
                    value);
    if (f->path && !a->value[i])
        TRY(add_override(a, f->path, value, e));
    a->value[i] = value;
    return GT_OK;
}

static Status stray_word(const Command *c, const char *word, Error *e)
{
    char meant[ARGS_HINT];
    if (args_hint(c, word, meant))
        return fail(e, GT_EUSAGE,
                    "\"%s\": gantrain %s takes options only; did you mean %s? See --help", word,
                    c->name, meant);
    return fail(e, GT_EUSAGE, "\"%s\": gantrain %s takes options only; see --help", word, c->name);
}

static Status take_word(Args *a, const char *word, Error *e)
{
    if (!a->command->words)
        return stray_word(a->command, word, e);
    if (a->words == ARGS_WORDS)
        return fail(e, GT_EUSAGE, "more than %d words", ARGS_WORDS);
    a->word[a->words++] = word;
    return GT_OK;
}

/* One option at argv[*i], with its value in the same or in the next word. */
static Status take_option(Args *a, int n, char **argv, int *i, Error *e)
{
    static char none[] = "";
    char *word = argv[*i], *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const int flag = find_flag(a->command, word, length);

    if (length == 6 && strncmp(word, "--help", 6) == 0 && !equals) {
        a->help = true;
        return GT_OK;
    }
    if (flag < 0) {
        TRY(short_for(a->command, word, length, equals ? equals + 1 : argv[*i + 1], e));
        return unknown_flag(a->command, word, e);
    }
    const Flag *f = &a->command->flags[flag];
    if (!f->value)
        return equals ? fail(e, GT_EUSAGE, "%s takes no value, got \"%s\"", f->name, equals + 1)
                      : take_flag(a, flag, none, e);
    if (equals)
        return take_flag(a, flag, equals + 1, e);
    if (*i + 1 >= n)
        return fail(e, GT_EUSAGE, "%s needs a value: %s", f->name, f->value);
    return take_flag(a, flag, argv[++*i], e);
}

Status args_parse(Args *a, const Command *command, int n, char **argv, Error *e)
{
    bool options = true;
    *a = (Args){ .command = command };
    for (int i = 0; i < n; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1])
            TRY(take_option(a, n, argv, &i, e));
        else
            TRY(take_word(a, argv[i], e));
    }
    return GT_OK;
}

/* ---- asking for values ------------------------------------------------------------------------------ */

const char *args_value(const Args *a, const char *name)
{
    const int i = find_flag(a->command, name, strlen(name));
    assert(i >= 0);
    return a->value[i];
}

Status args_path(const Args *a, const char *name, const char **out, Error *e)
{
    *out = args_value(a, name);
    return *out && !**out ? fail(e, GT_EUSAGE, "%s: expected a path, got nothing", name) : GT_OK;
}

Status args_required(const Args *a, const char *name, const char **out, Error *e)
{
    TRY(args_path(a, name, out, e));
    return *out ? GT_OK
                : fail(e, GT_EUSAGE, "%s is missing; usage: gantrain %.*s", name,
                       (int)strcspn(a->command->usage, "\n"), a->command->usage);
}

Status args_integer(const Args *a, const char *name, int64_t least, int64_t most, int64_t otherwise,
                    int64_t *out, Error *e)
{
    const char *text = args_value(a, name);
    *out = otherwise;
    if (!text)
        return GT_OK;
    assert(most < INT64_MAX); /* which strtoll gives for more */
    const size_t digits = strspn(text, "0123456789");
    const long long n = digits && !text[digits] ? strtoll(text, NULL, 10) : -1;
    if (n < least || n > most)
        return fail(e, GT_EUSAGE, "%s: expected an integer %lld..%lld, got \"%s\"", name,
                    (long long)least, (long long)most, text);
    *out = n;
    return GT_OK;
}

Status args_threads(const Args *a, Error *e)
{
    int64_t n;
    TRY(args_integer(a, "--threads", 1, PARALLEL_MAX_THREADS, parallel_threads(), &n, e));
    parallel_set_threads((int)n);
    return GT_OK;
}

Status args_seed(const Args *a, int64_t otherwise, int64_t *out, Error *e)
{
    return args_integer(a, "--seed", 0, RNG_MOST_SEED, otherwise, out, e);
}

/* ---- help ------------------------------------------------------------------------------------------- */

void args_help(const Command *c, Text *out)
{
    char left[64];
    text_add(out, "%s\n\nusage: gantrain %s\n\noptions:\n", c->summary, c->usage);
    for (const Flag *f = c->flags; f->name; f++) {
        snprintf(left, sizeof left, "%s%s%s", f->name, f->value ? " " : "",
                 f->value ? f->value : "");
        text_add(out, "  %-24s %s\n", left, f->help);
    }
    text_add(out, "  %-24s this page\n", "--help");
    if (c->epilogue)
        text_add(out, "\n%s", c->epilogue);
    if (c->more)
        c->more(out);
}
