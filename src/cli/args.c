/* Parsing by table. getopt_long is not used: it accepts abbreviations of long options silently and
 * prints messages of its own; scripts deserve exact names and one form of message. */
#include "args.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/run/folder.h"

/* Flags that are short for --set KEY=VALUE, in commands that take --set. */
static const struct {
    const char *flag, *key;
} short_forms[] = {
    { "--epochs", "train.epochs" },
    { "--steps", "train.steps" },
    { "--batch-size", "train.batch_size" },
    { "--seed", "seed" },
    { "--data", CONFIG_DATA },
    { "--init-from", "init_from.file" },
};

/* The row called `name`, or -1. */
static int find_flag(const Command *c, const char *name)
{
    for (int i = 0; c->flags[i].name; i++)
        if (strcmp(c->flags[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- guessing the flag that was left out before a word --------------------------------------- */

/* The best checkpoint of the run folder `word`, or the newest where none is kept as the best. */
static bool find_checkpoint(const char *word, char path[FOLDER_FILE])
{
    RunFolder f;
    uint64_t *steps = NULL;
    int n = 0;
    Error ignored = { 0 };
    if (folder_find(&f, word, &ignored) != GT_OK)
        return false;
    folder_file(&f, FOLDER_BEST, path);
    if (access(path, F_OK) == 0)
        return true;
    if (folder_checkpoints(&f, &steps, &n, &ignored) != GT_OK)
        return false;
    if (n > 0)
        folder_checkpoint(&f, steps[0], path);
    free(steps);
    return n > 0;
}

bool args_hint(const Command *c, const char *word, char out[ARGS_HINT])
{
    char path[FOLDER_FILE];
    const char *flag = NULL, *value = word;
    if (text_has_suffix(word, ".safetensors"))
        flag = "--checkpoint";
    else if (find_flag(c, "--run") >= 0)
        flag = "--run";
    else if (find_flag(c, "--checkpoint") >= 0 && find_checkpoint(word, path)) {
        flag = "--checkpoint";
        value = path;
    }
    if (!flag || find_flag(c, flag) < 0)
        return false;
    const int room = ARGS_HINT;
    return snprintf(out, ARGS_HINT, "%s %s", flag, value) < room;
}

/* ---- flags and settings ---------------------------------------------------------------------- */

/* The config key that a flag is short for, or NULL. */
static const char *key_of_flag(const Command *c, const char *name)
{
    for (size_t i = 0; i < sizeof short_forms / sizeof *short_forms; i++)
        if (strcmp(short_forms[i].flag, name) == 0)
            return find_flag(c, "--set") >= 0 ? short_forms[i].key : NULL;
    return NULL;
}

static Status unknown_flag(const Command *c, const char *name, const char *value, Error *e)
{
    const char *names[ARGS_FLAGS + 2] = { "--help" }, *key = key_of_flag(c, name);
    if (key && strcmp(key, CONFIG_DATA) == 0)
        key = "data.dir";
    if (key)
        return fail(e, GT_EUSAGE, "unknown option \"%s\": gantrain %s takes --set %s=%s", name,
                    c->name, key, value ? value : "VALUE");
    for (int i = 0; c->flags[i].name; i++)
        names[i + 1] = c->flags[i].name;
    const char *near = nearest_name(name, names);
    return fail(e, GT_EUSAGE, "unknown option \"%s\"%s%s%s; gantrain %s --help lists the options",
                name, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "", c->name);
}

static Status add_override(Args *a, const char *path, const char *word, Error *e)
{
    if (a->sets == ARGS_OVERRIDES)
        return fail(e, GT_EUSAGE, "more than %d --set", ARGS_OVERRIDES);
    a->set[a->sets++] = (Override){ .path = path, .word = word };
    return GT_OK;
}

/* Cuts "key.path=VALUE" in place: the '=' becomes the end of the path. */
static Status split_setting(char *word, const char *flag, const char *example, char **value,
                            Error *e)
{
    char *equals = strchr(word, '=');
    if (!equals || equals == word)
        return fail(e, GT_EUSAGE, "%s %s: expected key.path=VALUE, such as %s %s", flag, word, flag,
                    example);
    *equals = '\0';
    *value = equals + 1;
    return GT_OK;
}

static Status parse_set(Args *a, char *word, Error *e)
{
    char *value = NULL;
    TRY(split_setting(word, "--set", "train.epochs=5", &value, e));
    return add_override(a, word, value, e);
}

static Status parse_vary(Args *a, char *word, Error *e)
{
    char *value = NULL;
    TRY(split_setting(word, "--vary", "objective=hinge,wasserstein", &value, e));
    if (a->varies == ARGS_VARIES)
        return fail(e, GT_EUSAGE, "more than %d --vary", ARGS_VARIES);
    for (int i = 0; i < a->varies; i++)
        if (strcmp(a->vary[i].path, word) == 0)
            return fail(e, GT_EUSAGE, "--vary %s is given twice", word);
    a->vary[a->varies++] = (Override){ .path = word, .word = value };
    return GT_OK;
}

static Status set_flag(Args *a, int i, char *value, Error *e)
{
    const char *name = a->command->flags[i].name;
    const char *key = key_of_flag(a->command, name);
    if (strcmp(name, "--set") == 0)
        return parse_set(a, value, e);
    if (strcmp(name, "--vary") == 0 && strchr(a->command->flags[i].value, '='))
        return parse_vary(a, value, e);
    if (a->value[i] && strcmp(a->value[i], value) != 0)
        return fail(e, GT_EUSAGE, "%s is given twice: \"%s\" and \"%s\"", name, a->value[i], value);
    if (key && !a->value[i])
        TRY(add_override(a, key, value, e));
    a->value[i] = value;
    return GT_OK;
}

/* A word without an option: a config where the command takes one, or an operand. */
static Status parse_operand(Args *a, char *word, Error *e)
{
    char hint[ARGS_HINT];
    const Command *c = a->command;
    const int config = find_flag(c, "--config");
    if (config >= 0 && text_has_suffix(word, ".json"))
        return set_flag(a, config, word, e);
    if (!c->takes_operands && args_hint(c, word, hint))
        return fail(e, GT_EUSAGE,
                    "\"%s\": gantrain %s takes options only; did you mean %s? See --help", word,
                    c->name, hint);
    if (!c->takes_operands)
        return fail(e, GT_EUSAGE, "\"%s\": gantrain %s takes options only; see --help", word,
                    c->name);
    if (a->operands == ARGS_OPERANDS)
        return fail(e, GT_EUSAGE, "more than %d arguments", ARGS_OPERANDS);
    a->operand[a->operands++] = word;
    return GT_OK;
}

/* The option at argv[*i], which is cut at its '=', with its value there or in the next word. */
static Status parse_option(Args *a, int n, char **argv, int *i, Error *e)
{
    static char none[] = "";
    char *name = argv[*i], *equals = strchr(name, '='), *value = equals ? equals + 1 : NULL;
    if (equals)
        *equals = '\0';
    const bool help = strcmp(name, "--help") == 0;
    const int flag = find_flag(a->command, name);
    const Flag *f = &a->command->flags[flag >= 0 ? flag : 0];

    if (!help && flag < 0)
        return unknown_flag(a->command, name, value ? value : argv[*i + 1], e);
    if (value && (help || !f->value))
        return fail(e, GT_EUSAGE, "%s takes no value, got \"%s\"", name, value);
    a->help = a->help || help;
    if (help)
        return GT_OK;
    if (!value && f->value && *i + 1 >= n)
        return fail(e, GT_EUSAGE, "%s needs a value: %s", name, f->value);
    return set_flag(a, flag, value ? value : f->value ? argv[++*i] : none, e);
}

Status args_parse(Args *a, const Command *command, int n, char **argv, Error *e)
{
    bool options = true;
    *a = (Args){ .command = command };
    for (int i = 0; i < n; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1])
            TRY(parse_option(a, n, argv, &i, e));
        else
            TRY(parse_operand(a, argv[i], e));
    }
    return GT_OK;
}

const char *args_value(const Args *a, const char *name)
{
    const int i = find_flag(a->command, name);
    assert(i >= 0);
    return a->value[i];
}

bool args_has(const Args *a, const char *name)
{
    return args_value(a, name) != NULL;
}

enum { HELP_WIDTH = 80, HELP_INDENT = 27 };

/* Adds `words`, beginning at column HELP_INDENT, wrapped before HELP_WIDTH. */
static void add_wrapped(Text *out, const char *words)
{
    int column = HELP_INDENT;
    while (*words) {
        const int n = (int)strcspn(words, " ");
        if (column + n >= HELP_WIDTH) {
            text_add(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        }
        text_add(out, "%s%.*s", column > HELP_INDENT ? " " : "", n, words);
        column += n + 1;
        words += n + (words[n] == ' ');
    }
    text_add(out, "\n");
}

static void add_flag(Text *out, const Flag *f)
{
    char left[64];
    const int n = snprintf(left, sizeof left, "  %s%s%s", f->name, f->value ? " " : "",
                           f->value ? f->value : "");
    text_add(out, "%-*s", HELP_INDENT, left);
    if (n >= HELP_INDENT)
        text_add(out, "\n%*s", HELP_INDENT, "");
    add_wrapped(out, f->help);
}

void args_help(const Command *c, Text *out)
{
    text_add(out, "%s\n\nusage: gantrain %s\n\noptions:\n", c->summary, c->usage);
    for (const Flag *f = c->flags; f->name; f++)
        add_flag(out, f);
    add_flag(out, &(Flag){ "--help", NULL, "print this page" });
    if (c->epilogue)
        text_add(out, "\n%s", c->epilogue);
    if (c->add_help)
        c->add_help(out);
    option_describe(out, c->reference, "");
}
