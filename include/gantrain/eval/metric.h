/* Metrics: numbers that say how good a set of samples is; a row of `metrics` each. */
#ifndef GANTRAIN_EVAL_METRIC_H
#define GANTRAIN_EVAL_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/entry.h"
#include "gantrain/base/status.h"
#include "gantrain/data/dataset.h"
#include "gantrain/math/mat.h"

/* A set of images as metrics see it. Views are empty (at == NULL) where something is not known. */
typedef struct ImageSet {
    int n;
    View pixels;           /* [n,X]                                                     */
    View features;         /* of the classifier                                   [n,F] */
    View probabilities;    /* of the classifier                                   [n,C] */
    const uint8_t *labels; /* the classes they have or were asked for; may be NULL  [n] */
} ImageSet;

/* The class that the classifier finds most probable in image i. */
int predicted_class(const ImageSet *j, int i);

/* What a metric works on. */
typedef struct MetricInput {
    ImageSet fake;           /* the samples that are scored                                    */
    ImageSet real;           /* what they are compared with: test images                       */
    ImageSet train;          /* the images the generator learnt from, in no order that matters */
    Shape shape;             /* of an image                                                    */
    const PixelRange *range; /* of all pixels                                                  */
    uint64_t seed;           /* of subsets that are drawn                                      */
} MetricInput;

/* One number. */
typedef struct MetricValue {
    double value;
    double error; /* its standard error, unless `about` says otherwise; NaN: not estimated */
} MetricValue;

/* Which values are better. */
typedef enum Direction { LOWER = -1, NEITHER = 0, HIGHER = 1 } Direction;

/* For people: what is best, "lower", "higher", or "as real" where neither is: as real samples have it. */
const char *direction_name(Direction better);

enum { METRIC_VALUES = 4 };

/* A row: one computation that gives one or a few named numbers. */
typedef struct Metric {
    Entry is;                         /* of the computation                                    */
    const char *value[METRIC_VALUES]; /* names of its numbers, as columns of metrics.jsonl     */
    const char *about[METRIC_VALUES]; /* one line each for people                              */
    Direction better[METRIC_VALUES];  /* which way each gets better                            */
    bool while_training;              /* cheap enough for every evaluation; sees no pixels there */
    const char *needs;                /* in words, after "needs": what `possible` asks for */
    bool (*possible)(const MetricInput *in); /* its inputs are there                            */
    /* OPTIONAL: what must succeed once before the first `measure`; may be called again. GT_ERESOURCE */
    Status (*prepare)(Error *e);
    /* GT_ERESOURCE; out has METRIC_VALUES places. The same bits for any number of threads. */
    Status (*measure)(const MetricInput *in, MetricValue *out, Error *e);
} Metric;

extern const Registry metrics;

/* The row that gives the number `value`, and which of its numbers that is; NULL: none does. */
const Metric *metric_of_value(const char *value, int *which);

/* metric_measure: m->prepare and m->measure. Numbers that m does not give are NaN.
 *   out   [METRIC_VALUES] out */
Status metric_measure(const Metric *m, const MetricInput *in, MetricValue *out, Error *e);

#endif
