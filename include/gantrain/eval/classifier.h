/* A classifier of the data's own, which says what samples look like: a net of our layers, trained once on
 * the labelled training images and kept in a cache under the hash of the data. */
#ifndef GANTRAIN_EVAL_CLASSIFIER_H
#define GANTRAIN_EVAL_CLASSIFIER_H

#include "gantrain/data/dataset.h"
#include "gantrain/nn/net.h"

typedef struct Classifier {
    int classes;     /* C                                                                       */
    int features;    /* F, width of the last hidden layer                                       */
    double accuracy; /* on the test images, 0..1; printed beside every score                    */
    char id[32];     /* names data and recipe: two scores compare when their ids are the same   */
    bool trained;    /* now, not read from the cache                                            */
    Net net;
    Trace trace;
    Arena arena;
} Classifier;

/* Told while it trains; may be NULL.   done 0..1 */
typedef void ClassifierTalk(void *talker, double done, double accuracy);

/* classifier_open: from the cache when it is there and sound, else trained now (deterministic: the same
 * data give the same bits) and put there. A cache that cannot be written is a warning, no failure.
 *   train, test   in   labelled images of one shape and range
 * GT_EDATA: no labels, or the sets do not fit each other; GT_ERESOURCE. Whoever opens closes. */
Status classifier_open(Classifier *c, const Dataset *train, const Dataset *test,
                       ClassifierTalk *talk, void *talker, Error *e);

/* classifier_apply: what it sees in images, in evaluation mode; any number of rows.
 *   pixels [N,X] in the range of the data   features [N,F] out   probabilities [N,C] out (each may be
 *   empty: not wanted) */
void classifier_apply(Classifier *c, View pixels, Mat features, Mat probabilities);

/* Accepts a zeroed Classifier. */
void classifier_close(Classifier *c);

#endif
