/* The confusion matrix of samples by class. */
#ifndef GANTRAIN_EVAL_CONFUSION_H
#define GANTRAIN_EVAL_CONFUSION_H

#include "gantrain/eval/metric.h"

/* confusion_count: count[k·C + l] samples of class k that the classifier assigns to class l, C its
 * classes; labels are below C.
 *   s       in    probabilities [n,C] and labels [n]
 *   count   out   [C,C] */
void confusion_count(const ImageSet *s, int *count);

#endif
