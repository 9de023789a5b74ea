/* Scores of a generator while it trains. */
#ifndef GANTRAIN_EVALUATE_TRAINING_SCORES_H
#define GANTRAIN_EVALUATE_TRAINING_SCORES_H

#include "gantrain/evaluate/image_scores.h"
#include "gantrain/evaluate/point_scores.h"
#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"

enum { TRAINING_SCORES = 64, SCORES_SUMMARY = 48 };

typedef struct TrainingScores {
    bool images;         /* scored by a classifier                                            */
    int samples;         /* of an evaluation                                                  */
    Mat z;               /* latents 0..n-1 of the run's seed, as of `gantrain sample`   [n,Z] */
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

/* training_scores_plan: memory, for arena_build. After training_scores_open. */
void training_scores_plan(TrainingScores *v, const Config *c, const Dataset *d, Arena *a);

/* training_scores_prepare: latents, and the histogram of the data or the classifier, which may have
 * to be trained. Before the first measurement. As image_scores_prepare. */
Status training_scores_prepare(TrainingScores *v, const Config *c, ProgressFn *progress,
                               void *context, Error *e);

/* training_scores_points: the points of the current generator; generated once per step. */
View training_scores_points(TrainingScores *v, Gan *g);

/* training_scores_measure: all scores at the step of g. GT_ERESOURCE: the values are undefined. */
Status training_scores_measure(TrainingScores *v, Gan *g, Error *e);

/* The score with this name, or NULL. */
const Score *training_scores_find(const TrainingScores *v, const char *name);

/* The most telling scores for a progress line, as "score 9.42 fcd 3.1"; "": none. */
void training_scores_summary(const TrainingScores *v, char out[SCORES_SUMMARY]);

void training_scores_close(TrainingScores *v);

#endif
