/* What a generator is measured by while it trains. */
#ifndef GANTRAIN_EVALUATE_TRAINING_SCORES_H
#define GANTRAIN_EVALUATE_TRAINING_SCORES_H

#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"
#include "gantrain/evaluate/image_scores.h"
#include "gantrain/evaluate/point_scores.h"

enum { TRAINING_SCORES = 64 };

typedef struct TrainingScores {
    bool images;    /* scored by a classifier                                          */
    int samples;    /* of an evaluation                                                */
    Mat z;          /* latents 0..n-1 of the run's seed, those of `gantrain sample`      [n,Z] */
    Mat made;       /* points: all that the generator made of them [n,X]; images: some         */
    uint8_t *bytes; /* images: the same as a file would hold them                           [n*X] */
    uint64_t drawn; /* the step at which the points were drawn; UINT64_MAX: never              */
    PointScores point;
    ImageScores image;

    Score score[TRAINING_SCORES]; /* in the order of their columns in metrics.jsonl     */
    int n;                        /* 0: nothing is measured                             */
    uint64_t scored;              /* the step of the values; UINT64_MAX: none           */
} TrainingScores;

/* training_scores_open: what can be measured for these data, before the plan. GT_ECONFIG: the options do not fit
 * the data; GT_EDATA. Whoever opens closes, also after a failure. */
Status training_scores_open(TrainingScores *v, const Config *c, const Dataset *d, Error *e);

/* training_scores_plan: memory, for arena_build. After training_scores_open. */
void training_scores_plan(TrainingScores *v, const Config *c, const Dataset *d, Arena *a);

/* training_scores_prepare: before the first evaluation: latents, the histogram of the data, the classifier, which may have
 * to be trained and then tells how it gets on. */
Status training_scores_prepare(TrainingScores *v, const Config *c, ProgressFn *progress,
                               void *context, Error *e);

/* training_scores_points: the points of the generator as it is now; drawn once a step. */
View training_scores_points(TrainingScores *v, Gan *g);

/* training_scores_measure: measure everything for the step that g stands at. GT_ERESOURCE: nothing is known of it. */
Status training_scores_measure(TrainingScores *v, Gan *g, Error *e);

/* The score called `name`, or NULL. */
const Score *training_scores_find(const TrainingScores *v, const char *name);

/* The values that a person wants to see first, in a few words; "" for none. */
enum { SCORES_SUMMARY = 48 };
void training_scores_summary(const TrainingScores *v, char out[SCORES_SUMMARY]);

void training_scores_close(TrainingScores *v);

#endif
