/* What images are measured by while their generator trains: the metrics that are cheap enough, on what a
 * classifier of the data sees in samples and in test images. */
#ifndef GANTRAIN_EVALUATE_IMAGE_SCORES_H
#define GANTRAIN_EVALUATE_IMAGE_SCORES_H

#include "gantrain/eval/classifier.h"
#include "gantrain/eval/metric.h"
#include "gantrain/run/config.h"
#include "gantrain/evaluate/score.h"

typedef struct ImageScores {
    const Config *config;
    const Dataset *data; /* what the generator learns from                       */
    Dataset test;        /* owned: what samples are compared with                */
    Classifier classifier;
    MetricInput in; /* real is filled once, fake by image_scores_extract        */
    Mat features;   /* of samples                                   [n,F]    */
    Mat p;          /* their probabilities                          [n,C]    */
    Arena arena;    /* of all that the input shows                           */
} ImageScores;

/* image_scores_open: check that the data have what a classifier needs, and open the test images of their
 * folder; these are it, too, for a generator that learns from test images. The scores that there may be
 * go into score [room], *n how many. GT_ECONFIG: no labelled images; GT_EDATA: no test images. Whoever
 * opens closes, also after a failure. */
Status image_scores_open(ImageScores *s, const Config *c, const Dataset *d, Score *score, int room,
                         int *n, Error *e);

/* image_scores_prepare: get the classifier, which may take a minute, and what it sees in the test images; the
 * scores that cannot be measured are taken out of score.   samples  in  how many there will be
 * As classifier_open. */
Status image_scores_prepare(ImageScores *s, int samples, ProgressFn *progress, void *context,
                            Score *score, int *n, Error *e);

/* image_scores_extract: samples number first, first + 1, ...   pixels [some,X] */
void image_scores_extract(ImageScores *s, int first, View pixels);

/* image_scores_measure: all scores, after all samples were seen. GT_ERESOURCE. */
Status image_scores_measure(ImageScores *s, Score *score, Error *e);

/* Accepts a zeroed ImageScores. */
void image_scores_close(ImageScores *s);

#endif
