/* One option table for everything: it parses, checks, defaults, documents and prints.
 *
 * A table is an array of Option rows that describes the fields of one struct, ended by a row
 * without a name. Tables nest: a section is a struct inside a struct, a spec is "one row of a
 * registry with that row's own options", a list is several specs. */
#ifndef GANTRAIN_BASE_OPTION_H
#define GANTRAIN_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/entry.h"
#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/base/value.h"

/* A chosen row with its options: `{"kind": "adam", "lr": 1e-4}`, or just `"adam"`. */
typedef struct Spec {
    const Entry *is; /* the row; never NULL after option_read          */
    void *options;   /* [is->options_size] in the arena of the config  */
    const char *origin;
    int line, column; /* where it was written; 0 for a default          */
} Spec;

/* Several of them. */
typedef struct SpecList {
    Spec *at; /* [n] in the arena of the config */
    int n;
    const char *origin;
    int line, column;
} SpecList;

enum { OPTION_NUMBERS_MAX = 16 };

/* A few numbers. */
typedef struct Numbers {
    double at[OPTION_NUMBERS_MAX];
    int n;
} Numbers;

typedef enum OptionType {
    OPTION_INT,     /* int64_t                                    */
    OPTION_REAL,    /* double                                     */
    OPTION_BOOL,    /* bool                                       */
    OPTION_TEXT,    /* const char *, in the arena of the config   */
    OPTION_CHOICE,  /* const Entry *: a row without options       */
    OPTION_SPEC,    /* Spec                                       */
    OPTION_LIST,    /* SpecList                                   */
    OPTION_SECTION, /* a nested struct with a table of its own    */
    OPTION_NUMBERS, /* Numbers                                    */
    OPTION_TREE,    /* const Value *: as it was written, NULL when it was not; its owner reads it */
} OptionType;

typedef struct Option {
    const char *name;
    OptionType type;
    size_t offset;   /* of the field in its struct                                    */
    double min, max; /* INT, REAL, NUMBERS: range, ends included; LIST: number of elements */
    const char *default_text;  /* the default as written in a config; a LIST has none           */
    const Registry *registry;  /* CHOICE, SPEC, LIST                                            */
    const struct Option *rows; /* SECTION                                                       */
    const char *help;          /* one line                                                      */
    /* OPTIONAL: the default where it depends on the fields before this one; NULL: `default_text` */
    const char *(*default_for)(const void *field);
} Option;

enum { OPTION_LIST_MAX = 64 };

#define OPT_INT(S, f, init, lo, hi, text)                                                          \
    {                                                                                              \
#f, OPTION_INT, offsetof(S, f), lo, hi, init, NULL, NULL, text, NULL                       \
    }
#define OPT_REAL(S, f, init, lo, hi, text)                                                         \
    {                                                                                              \
#f, OPTION_REAL, offsetof(S, f), lo, hi, init, NULL, NULL, text, NULL                      \
    }
#define OPT_BOOL(S, f, init, text)                                                                 \
    {                                                                                              \
#f, OPTION_BOOL, offsetof(S, f), 0, 0, init, NULL, NULL, text, NULL                        \
    }
#define OPT_TEXT(S, f, init, text)                                                                 \
    {                                                                                              \
#f, OPTION_TEXT, offsetof(S, f), 0, 0, init, NULL, NULL, text, NULL                        \
    }
#define OPT_CHOICE(S, f, init, reg, text)                                                          \
    {                                                                                              \
#f, OPTION_CHOICE, offsetof(S, f), 0, 0, init, reg, NULL, text, NULL                       \
    }
#define OPT_SPEC(S, f, init, reg, text)                                                            \
    {                                                                                              \
#f, OPTION_SPEC, offsetof(S, f), 0, 0, init, reg, NULL, text, NULL                         \
    }
#define OPT_LIST(S, f, reg, text)                                                                  \
    {                                                                                              \
#f, OPTION_LIST, offsetof(S, f), 1, OPTION_LIST_MAX, NULL, reg, NULL, text, NULL           \
    }
#define OPT_SECTION(S, f, table, text)                                                             \
    {                                                                                              \
#f, OPTION_SECTION, offsetof(S, f), 0, 0, NULL, NULL, table, text, NULL                    \
    }
/* init as in a config: "[0.5, 1]", "[]" */
#define OPT_NUMBERS(S, f, init, lo, hi, text)                                                      \
    {                                                                                              \
#f, OPTION_NUMBERS, offsetof(S, f), lo, hi, init, NULL, NULL, text, NULL                   \
    }
/* `what` says in the help what it looks like */
#define OPT_TREE(S, f, what, text)                                                                 \
    {                                                                                              \
#f, OPTION_TREE, offsetof(S, f), 0, 0, what, NULL, NULL, text, NULL                        \
    }
#define OPT_END                                                                                    \
    {                                                                                              \
        NULL, OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL, NULL                                    \
    }

/* option_read: fill the struct at `out` from the members of `object` (NULL: all defaults).
 *   a      in/out  specs, lists and texts are taken from here
 *   path   in      dotted path of the object for messages, "" at the top
 * Unknown key, wrong type, out of range, unknown name: one line each is added to `e` (GT_ECONFIG)
 * and reading goes on, so that one run shows all mistakes. Returns the code of `e`. */
Status option_read(Arena *a, const Option *rows, const Value *object, const char *path, void *out,
                   Error *e);

/* option_to_value: the effective values of a struct as an object under `parent` (may be NULL), every
 * key written out: what --dry-run prints and a checkpoint keeps. NULL when the arena is full. */
Value *option_to_value(Arena *a, Value *parent, const char *key, const Option *rows,
                       const void *in);

/* option_report: add "origin:line:column: path: ..." to `e` as GT_ECONFIG (place from `v`). */
Status option_report(Error *e, const Value *v, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a place that was kept in a Spec or a SpecList. */
Status option_report_at(Error *e, const char *origin, int line, int column, const char *path,
                        const char *format, ...) __attribute__((format(printf, 6, 7)));

/* option_describe: the reference of a table, two lines a key: path, type, range and default; then the help.
 * A spec is followed by the keys of its default. */
void option_describe(Text *out, const Option *rows, const char *path);

/* option_set: put `word` at the dotted path ("train.epochs", "generator.layers[2].units") of a tree,
 * making objects on the way. The word is a number, true, false, or else a string; a word that begins
 * with { or [ is refused. GT_EUSAGE names the path and the word. */
Status option_set(Arena *a, Value *root, const char *path, const char *word, Error *e);

/* option_set_value: the same with any value, which is copied (its texts are shared). What a mistake is told with
 * is the value's place: GT_ECONFIG, or GT_EUSAGE for a word of the command line. */
Status option_set_value(Arena *a, Value *root, const char *path, const Value *value, Error *e);

/* option_word_value: a word of the command line as a value, as option_set understands it. `origin` begins with
 * "--" and is told in messages. NULL when the arena is full. */
Value *option_word_value(Arena *a, const char *word, const char *origin);

#endif
