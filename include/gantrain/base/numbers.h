/* Minimum, maximum, sorting, and lists of numbers as text: "1,5,9-12". */
#ifndef GANTRAIN_BASE_NUMBERS_H
#define GANTRAIN_BASE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline int int_min(int a, int b)
{
    return a < b ? a : b;
}

static inline int int_max(int a, int b)
{
    return a > b ? a : b;
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sort_ascending: x [n] in place; no element may be NaN. */
static inline void sort_ascending(double *x, size_t n)
{
    if (n > 0)
        qsort(x, n, sizeof *x, compare_doubles);
}

/* ranges_next (ranges.c): parses the range at *at, "5" or "9-12", and advances *at past it and
 * past a comma that is followed by more; the list ends where **at is NUL. No signs, no spaces, 0
 * <= first <= last <= RNG_MAX_SEED. False: *at does not start with a valid range. */
bool ranges_next(const char **at, int64_t *first, int64_t *last);

#endif
