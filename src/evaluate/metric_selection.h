/* Lists like "swd,recall": names of metrics, or of single values of them. */
#ifndef GANTRAIN_SRC_EVALUATE_METRIC_SELECTION_H
#define GANTRAIN_SRC_EVALUATE_METRIC_SELECTION_H

#include "gantrain/eval/metric.h"

/* Whether a list, NULL for all, names a metric or its value number `which`; any of its values. */
bool is_value_selected(const char *list, const Metric *m, int which);
bool is_metric_selected(const char *list, const Metric *m);

/* The row of `r` that has a value of this name, number *which; NULL: none. */
const Metric *metric_in(const Registry *r, const char *name, int *which);

/* metric_names_known: whether all names of a list are in `r`.
 *   others   in    metrics that do not fit the samples, for the message
 *   why      out   if not: what is wrong */
enum { METRIC_NAMES_WHY = 256 };
bool metric_names_known(const Registry *r, const Registry *others, const char *list,
                        char why[METRIC_NAMES_WHY]);

#endif
