/* Finding rows by name, and suggestions for misspelt names.
 *
 * Distance: Damerau-Levenshtein in the restricted form (optimal string alignment): insert, delete,
 * replace, or swap two neighbours [1], ignoring case. Suggestions go up to a distance of
 * max(1, length / 3), as in rustc and git.
 * [1] Damerau 1964, A technique for computer detection and correction of spelling errors */
#include "gantrain/base/entry.h"

#include <assert.h>
#include <string.h>

#include "gantrain/base/numbers.h"

enum { MAX_LENGTH = 64 }; /* longer than any name */

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* d(i, j) is the distance between the first i letters of a and the first j letters of b; the last
 * three rows are kept. */
static int edit_distance(const char *a, int n_a, const char *b, int n_b)
{
    int rows[3][MAX_LENGTH + 1];
    int *two_up = rows[0], *up = rows[1], *row = rows[2];
    for (int j = 0; j <= n_b; j++)
        row[j] = j;
    for (int i = 1; i <= n_a; i++) {
        int *oldest = two_up;
        two_up = up;
        up = row;
        row = oldest;
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

const char *nearest_name(const char *word, const char *const *names)
{
    const size_t length = strlen(word);
    const char *best = NULL;
    if (length > MAX_LENGTH)
        return NULL;
    const int n = (int)length;
    /* exclusive; at most n, or every word of one letter would be near every other one */
    int limit = int_min(n, n < 6 ? 2 : n / 3 + 1);
    for (; *names && limit > 0; names++) {
        const size_t other = strlen(*names);
        const int distance =
            other > MAX_LENGTH ? limit : edit_distance(word, n, *names, (int)other);
        if (distance < limit) {
            limit = distance;
            best = *names;
        }
    }
    return best;
}

const char *registry_nearest(const Registry *r, const char *word)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = { NULL };
    for (int n = 0; r->entry[n]; n++) {
        assert(n < MOST);
        names[n] = r->entry[n]->name;
    }
    return nearest_name(word, names);
}

const Entry *registry_find(const Registry *r, const char *name)
{
    for (const Entry *const *entry = r->entry; *entry; entry++)
        if (strcmp((*entry)->name, name) == 0)
            return *entry;
    return NULL;
}
