/* What a generator is measured by while it trains. */
#ifndef GANTRAIN_EVALUATE_EVALUATION_H
#define GANTRAIN_EVALUATE_EVALUATION_H

#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"
#include "gantrain/evaluate/image_scores.h"
#include "gantrain/evaluate/point_scores.h"

enum { EVALUATION_SCORES = 64 };

typedef struct Evaluation {
    bool images;    /* scored by a classifier                                          */
    int samples;    /* of an evaluation                                                */
    Mat z;          /* latents 0..n-1 of the run's seed, those of `gantrain sample`      [n,Z] */
    Mat made;       /* points: all that the generator made of them [n,X]; images: some         */
    uint8_t *bytes; /* images: the same as a file would hold them                           [n*X] */
    uint64_t drawn; /* the step at which the points were drawn; UINT64_MAX: never              */
    PointScores point;
    ImageScores image;

    Score score[EVALUATION_SCORES]; /* in the order of their columns in metrics.jsonl     */
    int n;                          /* 0: nothing is measured                             */
    uint64_t scored;                /* the step of the values; UINT64_MAX: none           */
} Evaluation;

/* evaluation_open: what can be measured for these data, before the plan. GT_ECONFIG: the options do not fit
 * the data; GT_EDATA. Whoever opens closes, also after a failure. */
Status evaluation_open(Evaluation *v, const Config *c, const Dataset *d, Error *e);

/* evaluation_plan: memory, for arena_build. After evaluation_open. */
void evaluation_plan(Evaluation *v, const Config *c, const Dataset *d, Arena *a);

/* evaluation_begin: before the first evaluation: latents, the histogram of the data, the classifier, which may have
 * to be trained and then tells how it gets on. */
Status evaluation_begin(Evaluation *v, const Config *c, ProgressFn *progress, void *context,
                        Error *e);

/* evaluation_points: the points of the generator as it is now; drawn once a step. */
View evaluation_points(Evaluation *v, Gan *g);

/* evaluation_score: measure everything for the step that g stands at. GT_ERESOURCE: nothing is known of it. */
Status evaluation_score(Evaluation *v, Gan *g, Error *e);

/* The score called `name`, or NULL. */
const Score *evaluation_find(const Evaluation *v, const char *name);

/* The values that a person wants to see first, in a few words; "" for none. */
enum { EVALUATION_WORDS = 48 };
void evaluation_words(const Evaluation *v, char out[EVALUATION_WORDS]);

void evaluation_close(Evaluation *v);

#endif
