/* A classifier of the data set, whose features and class probabilities the metrics use: a net of
 * our layers, trained once on the training images and cached under the hash of the data. */
#ifndef GANTRAIN_EVAL_CLASSIFIER_H
#define GANTRAIN_EVAL_CLASSIFIER_H

#include "gantrain/data/dataset.h"
#include "gantrain/io/json.h"
#include "gantrain/nn/net.h"

/* Layers and optimizer; they follow from the shape of the images and the number of classes. */
typedef struct Recipe {
    SpecList layers;
    Spec optimizer;
    Json file;   /* owned: the JSON text behind the specs */
    Arena arena; /* owned: memory of the specs            */
} Recipe;

typedef struct Classifier {
    int classes;     /* C                                                                       */
    int features;    /* F, width of the last hidden layer                                       */
    double accuracy; /* on the test images, 0..1; printed beside every score                    */
    char id[32];     /* hash of data and recipe: scores compare only under the same id          */
    bool trained;    /* now, not read from the cache                                            */
    Net net;
    Trace trace;
    Arena arena; /* of both */
    Recipe recipe;
} Classifier;

/* Called about a hundred times during training.
 *   fraction  of the training done, 0..1
 *   accuracy  on the batches since the last call; on the test images when fraction is 1
 * A result other than GT_OK ends the training; classifier_open returns it. */
typedef Status ProgressFn(void *context, double fraction, double accuracy);

/* classifier_check: whether classifier_open can train on these images. GT_EDATA: no labels, images
 * of two sizes, a single class, or test images of classes that the training images lack. */
Status classifier_check(const Dataset *train, const Dataset *test, Error *e);

/* classifier_open: reads the classifier from the cache, or trains it (deterministic: the same data
 * give the same bits for any number of threads) and stores it there. The cache is $GANTRAIN_CACHE,
 * else $XDG_CACHE_HOME/gantrain, else $HOME/.cache/gantrain; if it cannot be read or written, that
 * is a warning, not a failure.
 *   train, test   in   labelled images of one shape and range
 *   progress      in   may be NULL
 * GT_EDATA: as classifier_check; GT_ERESOURCE. The caller closes it, after a failure too. */
Status classifier_open(Classifier *c, const Dataset *train, const Dataset *test,
                       ProgressFn *progress, void *context, Error *e);

/* classifier_fit: trains on `train`, which may lack classes of `test`, without the cache: how much
 * can be learnt from these data, images or points? Otherwise as classifier_open. */
Status classifier_fit(Classifier *c, const Dataset *train, const Dataset *test, Error *e);

/* classifier_apply: features and class probabilities of any number of images, in evaluation mode.
 *   pixels [N,X] in the range of the data; features [N,F], probabilities [N,C] out, or empty */
void classifier_apply(Classifier *c, View pixels, Mat features, Mat probabilities);

/* Accepts a zeroed Classifier. */
void classifier_close(Classifier *c);

#endif
