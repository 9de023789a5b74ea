/* Entry and Registry: what every table of named things has in common.
 *
 * A layer, an objective, an optimiser, a data source ... is a row that begins with an Entry. Lists,
 * help, the config reader and the tests use the Entry alone, so a new row is everywhere at once. */
#ifndef GANTRAIN_BASE_ENTRY_H
#define GANTRAIN_BASE_ENTRY_H

#include <stddef.h>

struct Option;

typedef struct Entry {
    const char *name;             /* as written in a config                       */
    const char *summary;          /* one line for people                          */
    const char *source;           /* paper and section, or "-"                    */
    const struct Option *options; /* its own keys, ended by a row without a name  */
    size_t options_size;          /* bytes of the struct that the options fill    */
} Entry;

/* A named list of rows of one kind; `entry` ends with NULL. */
typedef struct Registry {
    const char *name; /* "layers": the word after `gantrain list`  */
    const char *one;  /* "layer": for messages                     */
    const Entry *const *entry;
} Registry;

/* The row called `name` (exact bytes), or NULL. */
const Entry *registry_find(const Registry *r, const char *name);

/* The candidate nearest to `word` by edit distance when it is near enough to be a slip, else NULL.
 * `names` ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);

/* The same over the rows of a registry. */
const char *registry_nearest(const Registry *r, const char *word);

#endif
