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

/* Whether a score of images or points has this name, and which direction is better.
 * */
bool score_direction(const char *name, Direction *better);

/* Whether a is better than b; NaN is worse than any number. */
bool score_better(double a, double b, Direction better);

/* ---- points: modes of a mixture, histograms of scalars --------------------------------------- */

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

/* ---- the classifier (data_classifier.c) ------------------------------------------------------ */

/* data_classifier_open: of all classes of the data of a config, which keeps those of `train` and
 * `test`. As classifier_open. */
Status data_classifier_open(Classifier *c, const Config *config, const Dataset *train,
                            const Dataset *test, ProgressFn *progress, void *context, Error *e);

/* ---- images: cheap metrics, on classifier features of samples and test images ---------------- */

typedef struct ImageScores {
    const Config *config;
    const Dataset *data; /* of the training                                       */
    Dataset test;        /* owned: what samples are compared with                 */
    Classifier classifier;
    MetricInput in; /* real is filled once, fake by image_scores_extract     */
    Mat features;   /* of samples                                      [n,F] */
    Mat p;          /* their class probabilities                       [n,C] */
    Arena arena;    /* of everything in `in`                                 */
} ImageScores;

/* image_scores_open: check that the data suit a classifier, open the test images of their folder,
 * also for a generator that trains on test images, and list the possible scores in score [room], *n
 * of them. The caller closes it, also after a failure. GT_ECONFIG: no labelled images; GT_EDATA: no
 * test images. */
Status image_scores_open(ImageScores *s, const Config *c, const Dataset *d, Score *score, int room,
                         int *n, Error *e);

/* image_scores_prepare: load or train the classifier, extract the features of the test images, and
 * remove scores that cannot be measured.
 *   samples  in  of an evaluation;  label  in  their classes [samples]; NULL: the model has none
 * As classifier_open. */
Status image_scores_prepare(ImageScores *s, int samples, const uint8_t *label, ProgressFn *progress,
                            void *context, Score *score, int *n, Error *e);

/* image_scores_extract: the features of samples first, first + 1, ...   pixels [b,X] */
void image_scores_extract(ImageScores *s, int first, View pixels);

/* image_scores_measure: all scores, after all features were extracted. GT_ERESOURCE. */
Status image_scores_measure(ImageScores *s, Score *score, Error *e);

/* Accepts a zeroed ImageScores. */
void image_scores_close(ImageScores *s);

/* ---- both ------------------------------------------------------------------------------------ */

enum { TRAINING_SCORES = 64, SCORES_SUMMARY = 48 };

typedef struct TrainingScores {
    bool images;         /* scored by a classifier                                            */
    int samples;         /* of an evaluation                                                  */
    Mat z;               /* inputs 0..n-1 of the run's seed, as of `gantrain sample`   [n,W] */
    uint8_t *label;      /* classes asked for, of a conditional model               [n]   */
    Mat made;            /* all points [n,X], or a batch of images                            */
    uint8_t *bytes;      /* a batch of images in 8 bits                                       */
    uint64_t drawn_step; /* at which the points were generated; UINT64_MAX: never             */
    PointScores point;
    ImageScores image;

    Score score[TRAINING_SCORES]; /* in the order of their columns in metrics.jsonl */
    int n;                        /* 0: nothing is measured                         */
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
