/* Numbers in order, for ranks: medians, quantiles. */
#ifndef GANTRAIN_BASE_SORT_H
#define GANTRAIN_BASE_SORT_H

#include <stddef.h>

/* sort_ascending: x [n] in place; none of them NaN. */
void sort_ascending(double *x, size_t n);

#endif
