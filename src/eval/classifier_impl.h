/* Declarations shared by the files of the classifier. */
#ifndef GANTRAIN_SRC_EVAL_CLASSIFIER_IMPL_H
#define GANTRAIN_SRC_EVAL_CLASSIFIER_IMPL_H

#include "gantrain/eval/classifier.h"

/* Part of every id: raise it with any change to recipe or training, to ignore old cache files. */
enum { RECIPE_VERSION = 1 };

/* Larger than any seed of a config, so no run has its random numbers. */
#define RECIPE_SEED UINT64_C(0x636c617373696679)

/* classifier_build: the net for images like those of `train`; c->classes is set. GT_ERESOURCE. */
Status classifier_build(Classifier *c, const Dataset *train, Error *e);

/* Number of training steps for `count` images. */
int recipe_steps(int count);

/* classifier_train: sets weights and c->accuracy. GT_ERESOURCE, or what `progress` returns. */
Status classifier_train(Classifier *c, const Dataset *train, const Dataset *test,
                        ProgressFn *progress, void *context, Error *e);

/* classifier_cache_read: weights and accuracy of c->id. False: no file; an invalid one: a
 * warning. */
bool classifier_cache_read(Classifier *c);

/* classifier_cache_write: stores them. A failure is a warning. */
void classifier_cache_write(const Classifier *c);

#endif
