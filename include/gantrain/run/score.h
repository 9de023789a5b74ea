/* One number that an evaluation measures: a column of metrics.jsonl. */
#ifndef GANTRAIN_RUN_SCORE_H
#define GANTRAIN_RUN_SCORE_H

typedef enum Direction { LOWER = -1, NEITHER = 0, HIGHER = 1 } Direction;

typedef struct Score {
    const char *name;
    Direction better;
    double value; /* NaN: not known */
} Score;

#endif
