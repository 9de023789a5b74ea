/* Minimum, maximum and sorting. */
#ifndef GANTRAIN_BASE_NUMBERS_H
#define GANTRAIN_BASE_NUMBERS_H

#include <stddef.h>
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

#endif
