/* The smaller of two counts. */
#ifndef GANTRAIN_BASE_LEAST_H
#define GANTRAIN_BASE_LEAST_H

static inline int least(int a, int b)
{
    return a < b ? a : b;
}

#endif
