/* Scores of points: modes of a mixture, histograms of scalars. */
#ifndef GANTRAIN_EVALUATE_POINT_SCORES_H
#define GANTRAIN_EVALUATE_POINT_SCORES_H

#include <stdbool.h>

#include "gantrain/eval/point_metrics.h"
#include "gantrain/evaluate/score.h"
#include "gantrain/run/config.h"

/* For listing and lookup: `inputs` and `measure` of its rows are empty. */
extern const Registry point_metrics;

enum { POINT_SCORES = 5, POINT_BINS = 1 << 20 };

typedef struct PointScores {
    const Dataset *data;
    int *tally; /* high-quality samples of each mode                [M]      */
    Bins bins;
    int *data_bins, *bin; /* counts of the data, of the samples     [n_bins] */
} PointScores;

/* point_scores_open: list the scores of these data, in the order of their columns, in score
 * [POINT_SCORES], *n of them. GT_ECONFIG: too many bins. */
Status point_scores_open(PointScores *p, const EvaluateOptions *o, const Dataset *d, Score *score,
                         int *n, Error *e);

/* Memory, for arena_build. */
void point_scores_plan(PointScores *p, Arena *a);

/* Fills the histogram of the data. After the plan. */
void point_scores_prepare(PointScores *p);

/* The values of all scores of point_scores_open.   points [n, dim] */
void point_scores_measure(PointScores *p, View points, Score *score);

#endif
