/* The scores of a generator while it trains: columns of metrics.jsonl. */
#ifndef GANTRAIN_EVALUATE_TRAINING_SCORES_H
#define GANTRAIN_EVALUATE_TRAINING_SCORES_H

#include <stdbool.h>

#include "gantrain/eval/classifier.h"
#include "gantrain/eval/metric.h"
#include "gantrain/eval/point_metrics.h"
#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"

typedef struct Score {
    const char *name;
    Direction better;
    double value; /* NaN: unknown */
} Score;

/* The metric of images or of points that has this number, and its index there; NULL: none. */
const Metric *score_metric(const char *name, int *which);

/* Whether there is a score of this name, and which direction is better. */
bool score_direction(const char *name, Direction *better);

/* Whether a is better than b; NaN is worse than any number. */
bool score_better(double a, double b, Direction better);

/* ---- points: modes of a mixture, histograms of scalars --------------------------------------- */

/* Those without `measure` are PointScores; the others compare with test points. */
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

/* ---- the classifier (data_classifier.c) ------------------------------------------------------ */

/* data_classifier_open: of all classes of the data of a config, which keeps those of `train` and
 * `test`. As classifier_open. */
Status data_classifier_open(Classifier *c, const Config *config, const Dataset *train,
                            const Dataset *test, ProgressFn *progress, void *context, Error *e);

/* ---- points of any dimension, compared with test points -------------------------------------- */

enum { TEST_POINTS = 10000 };

typedef struct PointComparison {
    const Config *config;
    const Dataset *data; /* of the training                                             */
    const char *metrics; /* evaluate.metrics; NULL: the cheap ones, or none             */
    Dataset test;        /* owned: what samples are compared with; zeroed: no scores    */
    Mat reference;       /* points of it                                          [m,D] */
} PointComparison;

/* point_comparison_open: append the scores that the config asks for, or by default those that are
 * cheap, for points that come from files and have no modes, to score [room], *n of them before and
 * after; open the test points. The caller closes it, also after a failure. GT_ECONFIG, GT_EDATA. */
Status point_comparison_open(PointComparison *p, const Config *c, const Dataset *d, Score *score,
                             int room, int *n, Error *e);

/* Memory, for arena_build. */
void point_comparison_plan(PointComparison *p, Arena *a);

/* Copies the test points. After the plan. */
void point_comparison_prepare(PointComparison *p);

/* The values of all scores of point_comparison_open.   points [n,D]. GT_ERESOURCE. */
Status point_comparison_measure(const PointComparison *p, View points, Score *score, Error *e);

/* Accepts a zeroed PointComparison. */
void point_comparison_close(PointComparison *p);

/* point_metric_measure: a metric of points that compares with test points. Points that are not
 * finite have NaN.   samples [n,D], test [m,D], out [METRIC_VALUES]. GT_ERESOURCE. */
Status point_metric_measure(const Metric *m, View samples, View test, uint64_t seed,
                            MetricValue *out, Error *e);

/* Whether it is possible for so many points of this shape. */
bool point_metric_possible(const Metric *m, Shape shape, int samples, int test);

/* test_points_open: points of the same distribution that the training does not see, in units `u`:
 * the split "test" of files, generated data of another seed. As dataset_open_split. */
Status test_points_open(Dataset *test, const Config *c, const Units *u, Error *e);

/* out = evenly spaced samples of d.   out [at most d->count, D] */
void points_spaced(const Dataset *d, Mat out);

/* ---- images: cheap metrics of classifier features, those of evaluate.metrics ----------------- */

typedef struct ImageScores {
    const Config *config;
    const Dataset *data;     /* of the training                                           */
    Dataset test;            /* owned: what samples are compared with                     */
    const Dataset *train;    /* training images: `data`, or own_train                     */
    Dataset own_train;       /* owned: where the generator trains on test images          */
    Classifier classifier;   /* zeroed without evaluate.classifier                       */
    MetricInput in;          /* real is filled once, fake by image_scores_extract               */
    Mat features;            /* of samples                                                [n,F] */
    Mat p;                   /* their class probabilities                                 [n,C] */
    Mat pixels;              /* of samples, if a score needs them                         [n,X] */
    int *confusion;          /* counts by class asked for and class found, of a conditional model
                                [C,C] */
    int *order;              /* of training images, if a score needs them                       */
    OrderedSamples shuffled; /* they in that order                                     */
    Arena arena;             /* of everything in `in`                                           */
} ImageScores;

/* image_scores_open: check that the data suit the classifier, if it is asked for, open the test
 * images of their source, also for a generator that trains on test images, and list the possible
 * scores in score [room], *n of them. The caller closes it, also after a failure. GT_ECONFIG: no
 * labelled images, or metrics that cannot be measured; GT_EDATA: no test images. */
Status image_scores_open(ImageScores *s, const Config *c, const Dataset *d, Score *score, int room,
                         int *n, Error *e);

/* image_scores_prepare: load or train the classifier, take the test images with their features, and
 * remove scores that cannot be measured.
 *   samples  in  of an evaluation;  label  in  their classes [samples]; NULL: the model has none
 * As classifier_open. */
Status image_scores_prepare(ImageScores *s, int samples, const uint8_t *label, ProgressFn *progress,
                            void *context, Score *score, int *n, Error *e);

/* image_scores_extract: the features and pixels of samples first, first + 1, ...   pixels [b,X] */
void image_scores_extract(ImageScores *s, int first, View pixels);

/* image_scores_measure: all scores, after all features were extracted. GT_ERESOURCE. */
Status image_scores_measure(ImageScores *s, Score *score, Error *e);

/* Accepts a zeroed ImageScores. */
void image_scores_close(ImageScores *s);

/* ---- both ------------------------------------------------------------------------------------ */

enum { TRAINING_SCORES = 64, SCORES_SUMMARY = 48 };

typedef struct TrainingScores {
    bool images;         /* ImageScores are measured                                          */
    int samples;         /* of an evaluation                                                  */
    Mat z;               /* inputs 0..n-1 of the run's seed, as of `gantrain sample`   [n,W] */
    uint8_t *label;      /* classes asked for, of a conditional model               [n]   */
    Mat made;            /* all points [n,X], or a batch of images                            */
    uint8_t *bytes;      /* a batch of images in 8 bits                                       */
    uint64_t drawn_step; /* at which the points were generated; UINT64_MAX: never             */
    PointScores point;
    PointComparison comparison;
    ImageScores image;

    Score score[TRAINING_SCORES]; /* in the order of their columns in metrics.jsonl */
    int n;                        /* 0: nothing is measured                         */
    int compared;                 /* of points: the first score of `comparison`     */
    uint64_t scored_step;         /* of the values; UINT64_MAX: none                */
} TrainingScores;

/* training_scores_open: determine the scores of these data, before the plan. The caller closes it,
 * also after a failure. GT_ECONFIG: the options do not fit the data; GT_EDATA. */
Status training_scores_open(TrainingScores *v, const Config *c, const Dataset *d, Error *e);

/* training_scores_plan: memory, for arena_build. After training_scores_open.
 *   inputs   in   numbers that a sample is made from */
void training_scores_plan(TrainingScores *v, const Config *c, const Dataset *d, int inputs,
                          Arena *a);

/* training_scores_prepare: latents, and the histogram of the data or the classifier, which may have
 * to be trained. Before the first measurement. As image_scores_prepare. */
Status training_scores_prepare(TrainingScores *v, const Gan *g, const Config *c,
                               ProgressFn *progress, void *context, Error *e);

/* training_scores_points: the points of the current generator; generated once per step. */
View training_scores_points(TrainingScores *v, Gan *g);

/* training_scores_of_points: the scores of any points.   out [v->n]. GT_ERESOURCE. */
Status training_scores_of_points(TrainingScores *v, View points, Score *out, Error *e);

/* training_scores_measure: all scores at the step of g. GT_ERESOURCE: the values are undefined. */
Status training_scores_measure(TrainingScores *v, Gan *g, Error *e);

/* training_scores_real: the same scores for real samples, which a perfect generator reaches.
 * After training_scores_prepare, before the first measurement.
 *   d      in   the data of the training
 *   out    out  [*n]; none when the data are fewer than the samples of an evaluation
 * GT_ERESOURCE. */
Status training_scores_real(TrainingScores *v, const Dataset *d, uint64_t seed,
                            Score out[TRAINING_SCORES], int *n, Error *e);

/* The score with this name, or NULL. */
const Score *training_scores_find(const TrainingScores *v, const char *name);

/* The most telling scores for a progress line, as "score 9.42 fcd 3.1"; "": none. */
void training_scores_summary(const TrainingScores *v, char out[SCORES_SUMMARY]);

void training_scores_close(TrainingScores *v);

#endif
