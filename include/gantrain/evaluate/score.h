/* One number that an evaluation measures: a column of metrics.jsonl. */
#ifndef GANTRAIN_EVALUATE_SCORE_H
#define GANTRAIN_EVALUATE_SCORE_H

#include <stdbool.h>

#include "gantrain/eval/metric.h"

typedef struct Score {
    const char *name;
    Direction better;
    double value; /* NaN: not known */
} Score;

/* score_direction: which way the score called `name`, of images or of points, gets better; false: no score
 * is called so. */
bool score_direction(const char *name, Direction *better);

/* score_better: whether value a is better than b; a NaN is worse than any number. */
bool score_better(double a, double b, Direction better);

#endif
