/* Scores of images while their generator trains: the cheap metrics, on classifier features of
 * samples and of test images. */
#ifndef GANTRAIN_EVALUATE_IMAGE_SCORES_H
#define GANTRAIN_EVALUATE_IMAGE_SCORES_H

#include "gantrain/eval/classifier.h"
#include "gantrain/eval/metric.h"
#include "gantrain/evaluate/score.h"
#include "gantrain/run/config.h"

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
 * remove scores that cannot be measured.   samples  in  of an evaluation
 * As classifier_open. */
Status image_scores_prepare(ImageScores *s, int samples, ProgressFn *progress, void *context,
                            Score *score, int *n, Error *e);

/* image_scores_extract: the features of samples first, first + 1, ...   pixels [b,X] */
void image_scores_extract(ImageScores *s, int first, View pixels);

/* image_scores_measure: all scores, after all features were extracted. GT_ERESOURCE. */
Status image_scores_measure(ImageScores *s, Score *score, Error *e);

/* Accepts a zeroed ImageScores. */
void image_scores_close(ImageScores *s);

#endif
