/* Metrics: numbers that measure how good a set of samples is; a row of `metrics` each. */
#ifndef GANTRAIN_EVAL_METRIC_H
#define GANTRAIN_EVAL_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/entry.h"
#include "gantrain/base/status.h"
#include "gantrain/data/dataset.h"
#include "gantrain/math/mat.h"

/* A set of images with what is known of them. Unknown views are empty (at == NULL). */
typedef struct ImageSet {
    int n;
    View pixels;           /* or values of points                    [n,X] */
    View features;         /* of the classifier                      [n,F] */
    View probabilities;    /* of the classifier                      [n,C] */
    const uint8_t *labels; /* true or requested classes; may be NULL [n]   */
} ImageSet;

/* Rows that are read when they are needed: training images may be many. Zeroed: none. */
typedef struct RowSource {
    int n, cols;
    void (*read)(const void *context, int first, Mat out); /* rows first, first + 1, ... */
    const void *context;
} RowSource;

/* The rows of *v, which outlives the source. */
RowSource rows_of_view(const View *v);

/* Samples of `data` in the order of `order`, from order[first] on. */
typedef struct OrderedSamples {
    const Dataset *data;
    const int *order;
    int first;
} OrderedSamples;
RowSource rows_of_samples(const OrderedSamples *s, int n);

typedef struct MetricInput {
    ImageSet fake;           /* the samples to score                                            */
    ImageSet real;           /* test images, the reference                                      */
    RowSource train;         /* training images of the generator; metrics ignore their order    */
    Shape shape;             /* of an image                                                     */
    const PixelRange *range; /* of all pixels                                                   */
    uint64_t seed;           /* of random subsets                                               */
} MetricInput;

typedef struct MetricValue {
    double value;
    double error; /* its standard error, unless `about` says otherwise; NaN: not estimated */
} MetricValue;

/* Which values are better. */
typedef enum Direction { LOWER = -1, NEITHER = 0, HIGHER = 1 } Direction;

/* "lower", "higher", or for NEITHER "as real": best is the value of real images. */
const char *direction_name(Direction better);

/* What a metric requires of its input: bits of Metric.inputs. */
typedef enum MetricInputs {
    INPUT_FEATURES = 1,      /* of samples and real images */
    INPUT_PROBABILITIES = 2, /* of samples                 */
    INPUT_PIXELS = 4,        /* of samples and real images */
    INPUT_TRAIN_PIXELS = 8,
    INPUT_LABELS = 16, /* of samples */
    INPUT_REAL_LABELS = 32,
} MetricInputs;

/* The sub-streams of RNG_METRIC. Append only: the numbers are part of the results. */
enum {
    METRIC_DRAW_SPLITS,      /* of the inception score                       */
    METRIC_DRAW_FAKE_SUBSET, /* of the kernel distance; step: subset         */
    METRIC_DRAW_REAL_SUBSET, /* likewise                                     */
    METRIC_DRAW_BASELINE,    /* training images that are scored like samples */
    METRIC_DRAW_PATCHES,     /* corners of patches; step: level, row: patch  */
    METRIC_DRAW_DIRECTIONS,  /* of projections; step: level, row: direction  */
    METRIC_DRAW_PAIRS,       /* of images whose similarity is measured       */
    METRIC_DRAW_HALVES,      /* of the two-sample test                       */
};

enum { METRIC_VALUES = 8 };

/* A row: one computation that gives one or a few named numbers. */
typedef struct Metric {
    Entry is;                         /* of the computation                                       */
    const char *value[METRIC_VALUES]; /* names of its numbers, as columns of metrics.jsonl        */
    const char *about[METRIC_VALUES]; /* one line each for users                                  */
    Direction better[METRIC_VALUES];
    bool while_training; /* cheap enough for every evaluation, where pixels are not available */
    const char *needs;   /* the next two fields for users, after "needs"                      */
    unsigned inputs;     /* MetricInputs                                                      */
    int min_samples;     /* and as many real images for INPUT_FEATURES and INPUT_PIXELS       */
    /* OPTIONAL: how many of its values images of this shape have; the others stay NaN */
    int (*values)(Shape shape);
    /* OPTIONAL: must succeed once before the first `measure`; may be called again. GT_ERESOURCE */
    Status (*prepare)(Error *e);
    /* out [METRIC_VALUES]; scratch: an empty arena to build, which the caller closes. GT_ERESOURCE.
     * The same bits for any number of threads. */
    Status (*measure)(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e);
} Metric;

extern const Registry metrics;

/* The row that computes the number `value`, and its index there; NULL: none. */
const Metric *metric_of_value(const char *value, int *which);

/* How many values m has for images of this shape: the first of m->value. */
int metric_values(const Metric *m, Shape shape);

/* Whether `in` has what m requires. */
bool metric_possible(const Metric *m, const MetricInput *in);

/* metric_measure: m->prepare and m->measure. Numbers that m does not compute are NaN.
 *   out   [METRIC_VALUES] out */
Status metric_measure(const Metric *m, const MetricInput *in, MetricValue *out, Error *e);

#endif
