/* A number measured during training: a column of metrics.jsonl. */
#ifndef GANTRAIN_EVALUATE_SCORE_H
#define GANTRAIN_EVALUATE_SCORE_H

#include <stdbool.h>

#include "gantrain/eval/metric.h"

typedef struct Score {
    const char *name;
    Direction better;
    double value; /* NaN: unknown */
} Score;

/* Whether a score of images or points has this name, and which direction is better.
 * (point_scores.c) */
bool score_direction(const char *name, Direction *better);

/* Whether a is better than b; NaN is worse than any number. (point_scores.c) */
bool score_better(double a, double b, Direction better);

#endif
