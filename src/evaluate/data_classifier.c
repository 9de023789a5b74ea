/* The classifier of a data set. It knows all classes, also where a config keeps only some of them:
 * one class alone would teach it no features. */
#include "gantrain/evaluate/training_scores.h"

static Status open_on_all(Classifier *c, const Spec *spec, uint64_t seed, Dataset *train,
                          Dataset *test, ProgressFn *progress, void *context, Error *e)
{
    TRY(dataset_open_all_classes(train, spec, "train", seed, e));
    TRY(dataset_open_all_classes(test, spec, "test", seed, e));
    return classifier_open(c, train, test, progress, context, e);
}

Status data_classifier_open(Classifier *c, const Config *config, const Dataset *train,
                            const Dataset *test, ProgressFn *progress, void *context, Error *e)
{
    Dataset all_train = { 0 }, all_test = { 0 };
    if (!dataset_keeps_classes(&config->data))
        return classifier_open(c, train, test, progress, context, e);
    const Status s = open_on_all(c, &config->data, (uint64_t)config->seed, &all_train, &all_test,
                                 progress, context, e);
    dataset_close(&all_train);
    dataset_close(&all_test);
    return s;
}
