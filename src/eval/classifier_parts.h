/* What the files of the classifier share. */
#ifndef GANTRAIN_SRC_EVAL_CLASSIFIER_PARTS_H
#define GANTRAIN_SRC_EVAL_CLASSIFIER_PARTS_H

#include "gantrain/eval/classifier.h"

/* Part of every id: to be raised with any change to recipe or training, so that no old file is taken. */
enum { RECIPE_VERSION = 1 };

/* Of everything random in it; no config can name it, so no run shares its numbers. */
#define RECIPE_SEED UINT64_C(0x636c617373696679)

/* ---- the recipe ------------------------------------------------------------------------------------ */

/* recipe_open: the layers for images of this shape and background, and the optimiser. GT_ERESOURCE. */
Status recipe_open(Recipe *r, Shape shape, double background, int classes, Error *e);
void recipe_close(Recipe *r);

/* Images in a batch, batches in all, for `count` training images. */
int recipe_batch(int count);
int recipe_steps(int count);

/* ---- training -------------------------------------------------------------------------------------- */

/* classifier_train: from the first weights to c->accuracy. GT_ERESOURCE, or what `progress` returns. */
Status classifier_train(Classifier *c, const Dataset *train, const Dataset *test,
                        ProgressFn *progress, void *context, Error *e);

/* ---- the cache ------------------------------------------------------------------------------------- */

/* cache_read: weights and accuracy of c->id; false: there is no sound file, of which a warning was given
 * when there is another one. */
bool cache_read(Classifier *c);

/* cache_write: keep them. A failure is a warning. */
void cache_write(const Classifier *c);

#endif
