/* A classifier of the data's own, which says what samples look like: a net of our layers, trained once on
 * the labelled training images and kept in a cache under the hash of the data. */
#ifndef GANTRAIN_EVAL_CLASSIFIER_H
#define GANTRAIN_EVAL_CLASSIFIER_H

#include "gantrain/data/dataset.h"
#include "gantrain/io/json.h"
#include "gantrain/nn/net.h"

/* How it is built and trained, settled by the shape of the images and the number of classes. */
typedef struct Recipe {
    SpecList layers;
    Spec optimizer;
    Json file;   /* owned: the text they were read from */
    Arena arena; /* owned: of the specs                 */
} Recipe;

typedef struct Classifier {
    int classes;     /* C                                                                       */
    int features;    /* F, width of the last hidden layer                                       */
    double accuracy; /* on the test images, 0..1; printed beside every score                    */
    char id[32];     /* names data and recipe: two scores compare when their ids are the same   */
    bool trained;    /* now, not read from the cache                                            */
    Net net;
    Trace trace;
    Arena arena; /* of both */
    Recipe recipe;
} Classifier;

/* Told while it trains; may be NULL.   done 0..1
 *   accuracy   share of right answers in the batches since it was told last; of the test images when
 *              done is 1
 * Anything but GT_OK ends the training; classifier_open then returns it. */
typedef Status ProgressFn(void *context, double done, double accuracy);

/* classifier_open: from the cache when it is there and sound, else trained now (deterministic: the same
 * data give the same bits for any number of threads) and put there. The cache is $GANTRAIN_CACHE, else
 * $XDG_CACHE_HOME/gantrain, else $HOME/.cache/gantrain; what cannot be read or written there is a warning,
 * no failure.
 *   train, test   in   labelled images of one shape and range
 * GT_EDATA: no labels, or the sets do not fit each other; GT_ERESOURCE. Whoever opens closes, also after a
 * failure. */
Status classifier_open(Classifier *c, const Dataset *train, const Dataset *test,
                       ProgressFn *progress, void *context, Error *e);

/* classifier_fit: trained now on `train`, which need not hold every class that `test` has; the cache is left
 * alone. For judging data by what can be learnt from them. Otherwise as classifier_open. */
Status classifier_fit(Classifier *c, const Dataset *train, const Dataset *test, Error *e);

/* classifier_apply: what it sees in images, in evaluation mode; any number of rows.
 *   pixels [N,X] in the range of the data   features [N,F] out   probabilities [N,C] out (each may be
 *   empty: not wanted) */
void classifier_apply(Classifier *c, View pixels, Mat features, Mat probabilities);

/* Accepts a zeroed Classifier. */
void classifier_close(Classifier *c);

#endif
