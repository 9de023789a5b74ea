#include "gantrain/evaluate/score.h"

#include <math.h>

#include "gantrain/evaluate/point_scores.h"

bool score_direction(const char *name, Direction *better)
{
    int which;
    const Metric *m = metric_of_value(name, &which);
    if (m)
        *better = m->better[which];
    return m || point_scores_direction(name, better);
}

bool score_better(double a, double b, Direction better)
{
    return !isnan(a) && (isnan(b) || (better == HIGHER ? a > b : a < b));
}
