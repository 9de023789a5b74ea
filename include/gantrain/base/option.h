/* Option tables: each parses, checks, defaults, documents and prints the fields of one struct.
 *
 * A table is an array of Option rows, ended by a row without a name. Tables nest: a section is a
 * struct inside a struct, a spec is a row of a registry with that row's own options, a list is an
 * array of specs. */
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
    const Entry *is;   /* the row; never NULL after option_read         */
    void *options;     /* [is->options_size] in the arena of the config */
    Location location; /* zero for a default                            */
} Spec;

typedef struct SpecList {
    Spec *at; /* [n] in the arena of the config */
    int n;
    Location location;
} SpecList;

enum { OPTION_NUMBERS_MAX = 16, OPTION_LIST_MAX = 64, OPTION_TEXTS_MAX = 4096 };

typedef struct Numbers {
    double at[OPTION_NUMBERS_MAX];
    int n;
} Numbers;

typedef struct Texts {
    const char **at; /* [n] in the arena of the config */
    int n;
} Texts;

typedef enum OptionType {
    OPTION_INT,     /* int64_t                                                */
    OPTION_REAL,    /* double                                                 */
    OPTION_BOOL,    /* bool                                                   */
    OPTION_TEXT,    /* const char *, in the arena of the config               */
    OPTION_CHOICE,  /* const Entry *: a row without options                   */
    OPTION_SPEC,    /* Spec                                                   */
    OPTION_LIST,    /* SpecList                                               */
    OPTION_SECTION, /* a nested struct with a table of its own                */
    OPTION_NUMBERS, /* Numbers                                                */
    OPTION_TEXTS,   /* Texts: strings, or numbers as they are written         */
    OPTION_TREE,    /* const Value *: not interpreted here; NULL when missing */
} OptionType;

typedef struct Option {
    const char *name;
    OptionType type;
    size_t offset;             /* of the field in its struct                                  */
    double min, max;           /* INT, REAL, NUMBERS: inclusive range; LIST: element count    */
    const char *default_text;  /* as written in a config; a LIST has none; TREE: for the help */
    const Registry *registry;  /* CHOICE, SPEC, LIST                                          */
    const struct Option *rows; /* SECTION                                                     */
    const char *help;          /* one line                                                    */
    /* may be NULL: a default that depends on fields before this one; NULL from it: default_text */
    const char *(*default_for)(const void *field);
} Option;

#define OPT_ROW(S, f, type, lo, hi, init, registry, rows, text)                                    \
    {                                                                                              \
#f, type, offsetof(S, f), lo, hi, init, registry, rows, text, NULL                         \
    }
#define OPT_INT(S, f, init, lo, hi, text) OPT_ROW(S, f, OPTION_INT, lo, hi, init, NULL, NULL, text)
#define OPT_REAL(S, f, init, lo, hi, text)                                                         \
    OPT_ROW(S, f, OPTION_REAL, lo, hi, init, NULL, NULL, text)
#define OPT_BOOL(S, f, init, text) OPT_ROW(S, f, OPTION_BOOL, 0, 0, init, NULL, NULL, text)
#define OPT_TEXT(S, f, init, text) OPT_ROW(S, f, OPTION_TEXT, 0, 0, init, NULL, NULL, text)
#define OPT_CHOICE(S, f, init, reg, text) OPT_ROW(S, f, OPTION_CHOICE, 0, 0, init, reg, NULL, text)
#define OPT_SPEC(S, f, init, reg, text) OPT_ROW(S, f, OPTION_SPEC, 0, 0, init, reg, NULL, text)
#define OPT_LIST(S, f, reg, text)                                                                  \
    OPT_ROW(S, f, OPTION_LIST, 1, OPTION_LIST_MAX, NULL, reg, NULL, text)
#define OPT_SECTION(S, f, table, text) OPT_ROW(S, f, OPTION_SECTION, 0, 0, NULL, NULL, table, text)
/* init as in a config: "[0.5, 1]", "[]" */
#define OPT_NUMBERS(S, f, init, lo, hi, text)                                                      \
    OPT_ROW(S, f, OPTION_NUMBERS, lo, hi, init, NULL, NULL, text)
/* none by default; on the command line "a,b" */
#define OPT_TEXTS(S, f, text) OPT_ROW(S, f, OPTION_TEXTS, 0, 0, "[]", NULL, NULL, text)
/* `form` describes the value in the help */
#define OPT_TREE(S, f, form, text) OPT_ROW(S, f, OPTION_TREE, 0, 0, form, NULL, NULL, text)
#define OPT_END                                                                                    \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* option_read: fills the struct at `out` from the members of `object` (NULL: all defaults).
 *   a      in/out  owner of the specs, lists and texts
 *   path   in      dotted path of the object for messages, "" at the top
 * Each unknown key, wrong type, value out of range and unknown name adds a line to `e`
 * (GT_ECONFIG), and reading continues, so that one run reports all of them. Returns the code of
 * `e`. */
Status option_read(Arena *a, const Option *rows, const Value *object, const char *path, void *out,
                   Error *e);

/* option_to_value: the fields of a struct as an object under `parent` (may be NULL) with every key:
 * what --dry-run prints and a checkpoint keeps. NULL when the arena is full. */
Value *option_to_value(Arena *a, Value *parent, const char *key, const Option *rows,
                       const void *in);

/* option_report: adds "origin:line:column: path: ..." to `e` as GT_ECONFIG, or as GT_EUSAGE if the
 * location of `v` (may be NULL) is on the command line. */
Status option_report(Error *e, const Value *v, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for any location. */
Status option_report_at(Error *e, Location location, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* option_describe: the reference of a table: path, type, range, default and help of every key. The
 * keys of a spec's default follow the spec. */
void option_describe(Text *out, const Option *rows, const char *path);

/* option_set: assigns `word` to the dotted path ("train.epochs", "generator.layers[2].units") of a
 * tree and creates missing objects on the way. The word is a number, true, false, or else a
 * string; objects and arrays are refused. GT_EUSAGE names the path and the word. */
Status option_set(Arena *a, Value *root, const char *path, const char *word, Error *e);

/* option_set_value: the same with a copy of any value (its texts are shared). Messages name the
 * location of the value: GT_ECONFIG, or GT_EUSAGE when it comes from the command line. */
Status option_set_value(Arena *a, Value *root, const char *path, const Value *value, Error *e);

/* option_word_value: a command-line argument as a value, typed as by option_set. `origin` begins
 * with "--" and appears in messages. NULL when the arena is full. */
Value *option_word_value(Arena *a, const char *word, const char *origin);

#endif
