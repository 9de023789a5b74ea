/* What a generator of points is measured by while it trains. */
#ifndef GANTRAIN_RUN_EVALUATION_H
#define GANTRAIN_RUN_EVALUATION_H

#include "gantrain/eval/histogram.h"
#include "gantrain/eval/modes.h"
#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"

enum { EVALUATION_BINS = 1 << 20 };

/* In the order of their columns in metrics.jsonl: only append. */
typedef enum Score {
    SCORE_MODES,
    SCORE_HIGH_QUALITY,
    SCORE_REVERSE_KL,
    SCORE_CHI_SQUARE,
    SCORE_KL,
    SCORES
} Score;

extern const char *const score_names[SCORES];

typedef struct Evaluation {
    const Dataset *data;
    unsigned known; /* 1 << score: it can be computed for these data                           */
    Mat z;          /* latents 0..n-1 of the run's seed, those of `gantrain sample`      [n,Z] */
    Mat points;     /* what the generator made of them                                   [n,X] */
    uint64_t drawn; /* the step at which; UINT64_MAX: never                                    */
    int *tally;     /* high-quality samples of every mode                                  [M] */
    Bins bins;
    int *data_bins, *bin; /* numbers in every bin: of the data, generated          [n_bins] */
    uint64_t scored;      /* the step of the scores; UINT64_MAX: none                         */
    double score[SCORES];
} Evaluation;

/* evaluation_plan: memory, for arena_build. After evaluation_open. */
void evaluation_plan(Evaluation *v, const EvaluateOptions *o, int latent, Arena *a);

/* evaluation_open: what can be computed for these data, before the plan. GT_ECONFIG: too many bins. */
Status evaluation_open(Evaluation *v, const EvaluateOptions *o, const Dataset *d, Error *e);

/* evaluation_begin: after the plan: latents, histogram of the data. */
void evaluation_begin(Evaluation *v, uint64_t seed);

/* evaluation_points: the points of the generator as it is now; drawn once a step. */
View evaluation_points(Evaluation *v, Gan *g);

/* evaluation_score: compute every score that is known, for the step that g stands at. */
void evaluation_score(Evaluation *v, Gan *g);

#endif
