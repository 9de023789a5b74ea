/* Schedules: the share of an optimiser's rate that is used at a step. A row of `schedules` per curve. */
#ifndef GANTRAIN_NN_SCHEDULE_H
#define GANTRAIN_NN_SCHEDULE_H

#include <stdint.h>

#include "gantrain/base/option.h"

typedef struct Schedule {
    Entry is;
    /* The factor when t of the run's `length` generator updates are done; 1 at t = 0. A function of its
     * arguments alone: a resumed run has nothing to save. */
    double (*factor)(const void *options, double t, double length);
} Schedule;

extern const Registry schedules;

/* schedule_factor: of a chosen row; length 0: unknown, curves that need it stay at their beginning. */
double schedule_factor(const Spec *schedule, uint64_t t, uint64_t length);

#endif
