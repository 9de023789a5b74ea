/* What points are measured by while their generator trains: modes of a mixture, histograms of numbers. */
#ifndef GANTRAIN_EVALUATE_POINT_SCORES_H
#define GANTRAIN_EVALUATE_POINT_SCORES_H

#include <stdbool.h>

#include "gantrain/eval/histogram.h"
#include "gantrain/eval/modes.h"
#include "gantrain/run/config.h"
#include "gantrain/evaluate/score.h"

/* What can be measured of points, to be listed and looked up: `possible` and `measure` are NULL, the functions
 * below do it. */
extern const Registry point_metrics;

enum { POINT_SCORES = 5, POINT_BINS = 1 << 20 };

typedef struct PointScores {
    const Dataset *data;
    int *tally; /* high-quality samples of every mode                      [M] */
    Bins bins;
    int *data_bins, *bin; /* numbers in every bin: of the data, generated     [n_bins] */
} PointScores;

/* point_scores_open: what can be computed for these data, in the order of the columns, into
 * score [POINT_SCORES]; *n how many. GT_ECONFIG: too many bins. */
Status point_scores_open(PointScores *p, const EvaluateOptions *o, const Dataset *d, Score *score,
                         int *n, Error *e);

/* Which way the score of that name gets better; false: it is none of points. */
bool point_scores_direction(const char *name, Direction *better);

/* Memory, for arena_build. */
void point_scores_plan(PointScores *p, Arena *a);

/* After the plan: the histogram of the data. */
void point_scores_prepare(PointScores *p);

/* The values of all scores that point_scores_open named.   points [n, dim] */
void point_scores_measure(PointScores *p, View points, Score *score);

#endif
