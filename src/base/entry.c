/* Finding rows by name, and guessing what a misspelt name was meant to be.
 *
 * Distance: Damerau-Levenshtein in the restricted form (no part is edited twice): insert, delete,
 * replace, or swap two neighbours [1]. Letters compare without case, so "Adam" is nearest "adam".
 * A guess is made up to a distance of max(1, length / 3), the rule of rustc and git.
 * [1] Damerau 1964, A technique for computer detection and correction of spelling errors */
#include "gantrain/base/entry.h"

#include <stdbool.h>
#include <string.h>

#include "gantrain/base/int_min.h"

enum { LONGEST = 64 }; /* longer words get no guess: no name of ours is that long */

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* d(i, j) is the distance between the first i letters of a and the first j letters of b; three
 * rows of the table are kept. */
static int edit_distance(const char *a, int n_a, const char *b, int n_b)
{
    int rows[3][LONGEST + 1];
    int *two_up = rows[0], *up = rows[1], *row = rows[2];
    for (int j = 0; j <= n_b; j++)
        row[j] = j;
    for (int i = 1; i <= n_a; i++) {
        int *free_row = two_up;
        two_up = up;
        up = row;
        row = free_row;
        row[0] = i;
        for (int j = 1; j <= n_b; j++) {
            const int replace = up[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            row[j] = int_min(replace, 1 + int_min(up[j], row[j - 1]));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = int_min(row[j], two_up[j - 2] + 1);
        }
    }
    return row[n_b];
}

typedef struct Search {
    const char *word;
    int length;
    int limit; /* a candidate must be nearer than this */
    const char *best;
} Search;

static Search search_for(const char *word)
{
    const size_t length = strlen(word);
    if (length > LONGEST)
        return (Search){ .word = word };
    const int n = (int)length;
    /* below n, or every word of one letter would be near every other one */
    const int limit = int_min(n, n < 6 ? 2 : n / 3 + 1);
    return (Search){ .word = word, .length = n, .limit = limit };
}

static void consider(Search *s, const char *name)
{
    const size_t length = strlen(name);
    if (length > LONGEST || s->limit == 0)
        return;
    const int distance = edit_distance(s->word, s->length, name, (int)length);
    if (distance >= s->limit)
        return;
    s->limit = distance;
    s->best = name;
}

const char *nearest_name(const char *word, const char *const *names)
{
    Search s = search_for(word);
    for (; *names; names++)
        consider(&s, *names);
    return s.best;
}

const char *registry_nearest(const Registry *r, const char *word)
{
    Search s = search_for(word);
    for (const Entry *const *entry = r->entry; *entry; entry++)
        consider(&s, (*entry)->name);
    return s.best;
}

const Entry *registry_find(const Registry *r, const char *name)
{
    for (const Entry *const *entry = r->entry; *entry; entry++)
        if (strcmp((*entry)->name, name) == 0)
            return *entry;
    return NULL;
}
