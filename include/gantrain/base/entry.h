/* Entry and Registry: what all tables of named implementations have in common.
 *
 * A layer, an objective, an optimizer, a data source ... is a table row that begins with an Entry.
 * Lists, help, the config reader and the tests use only the Entry, so they all see a new row. */
#ifndef GANTRAIN_BASE_ENTRY_H
#define GANTRAIN_BASE_ENTRY_H

#include <stddef.h>

struct Option;

typedef struct Entry {
    const char *name;             /* as written in a config                     */
    const char *summary;          /* one line for users                         */
    const char *source;           /* paper and section, or "-"                  */
    const struct Option *options; /* its own keys, ended by a row without name  */
    size_t options_size;          /* bytes of the struct that the options fill  */
} Entry;

/* A named list of rows of one kind; `entry` ends with NULL. */
typedef struct Registry {
    const char *name;     /* "layers": the argument of `gantrain list` */
    const char *singular; /* "layer": for messages                     */
    const Entry *const *entry;
} Registry;

/* The row called `name` (exact bytes), or NULL. */
const Entry *registry_find(const Registry *r, const char *name);

/* The name with the smallest edit distance to `word` if it may be a typing error of it, else NULL.
 * `names` ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);

/* The same among the rows of a registry. */
const char *registry_nearest(const Registry *r, const char *word);

#endif
