/* The smaller of two counts. */
#ifndef GANTRAIN_BASE_INT_MIN_H
#define GANTRAIN_BASE_INT_MIN_H

static inline int int_min(int a, int b)
{
    return a < b ? a : b;
}

#endif
