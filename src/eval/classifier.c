/* Opening a classifier: check the data, name it by their hash, then cache or training. */
#include "gantrain/eval/classifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "classifier_impl.h"
#include "gantrain/base/hash.h"

/* One more than the largest label; 0 without labels. */
static int count_classes(const Dataset *d)
{
    int classes = 0;
    for (int i = 0; d->labels && i < d->count; i++)
        if (d->labels[i] >= classes)
            classes = d->labels[i] + 1;
    return classes;
}

static Status check_samples(const Dataset *train, const Dataset *test, Error *e)
{
    const Shape a = train->shape, b = test->shape;
    if (!train->labels || !test->labels)
        return fail(e, GT_EDATA, "a classifier needs labelled training and test images");
    if (a.c != b.c || a.h != b.h || a.w != b.w || train->range != test->range)
        return fail(e, GT_EDATA,
                    "training images are %dx%dx%d and test images %dx%dx%d: expected the same", a.c,
                    a.h, a.w, b.c, b.h, b.w);
    return GT_OK;
}

static uint64_t hash_dataset(uint64_t hash, const Dataset *d)
{
    const int32_t extents[] = { d->count, d->shape.c, d->shape.h, d->shape.w };
    const double range[] = { d->range->low, d->range->high };
    hash = hash_update(hash, extents, sizeof extents);
    hash = hash_update(hash, range, sizeof range);
    hash = hash_update(hash, d->images, d->bytes);
    return hash_update(hash, d->labels, (size_t)d->count);
}

static void set_id(Classifier *c, const Dataset *train, const Dataset *test)
{
    const uint64_t precision = hash_update(HASH_INIT, REAL_NAME, sizeof REAL_NAME);
    const uint64_t hash = hash_dataset(hash_dataset(precision, train), test);
    snprintf(c->id, sizeof c->id, "%0*" PRIx64 "-%d", HASH_DIGITS, hash, RECIPE_VERSION);
}

Status classifier_check(const Dataset *train, const Dataset *test, Error *e)
{
    const int in_train = count_classes(train), in_test = count_classes(test);
    TRY(check_samples(train, test, e));
    if (!train->images || !test->images)
        return fail(e, GT_EDATA, "a classifier needs labelled training and test images");
    if (in_train < 2 || in_test > in_train)
        return fail(e, GT_EDATA,
                    "training labels are below %d, test labels below %d: expected two classes or "
                    "more, and no others among the test images",
                    in_train, in_test);
    return GT_OK;
}

Status classifier_open(Classifier *c, const Dataset *train, const Dataset *test,
                       ProgressFn *progress, void *context, Error *e)
{
    memset(c, 0, sizeof *c);
    TRY(classifier_check(train, test, e));
    c->classes = count_classes(train);
    TRY(classifier_build(c, train, e));
    set_id(c, train, test);
    if (classifier_cache_read(c))
        return GT_OK;
    TRY(classifier_train(c, train, test, progress, context, e));
    classifier_cache_write(c);
    return GT_OK;
}

Status classifier_fit(Classifier *c, const Dataset *train, const Dataset *test, Error *e)
{
    const int in_train = count_classes(train), in_test = count_classes(test);
    memset(c, 0, sizeof *c);
    TRY(check_samples(train, test, e));
    c->classes = in_train > in_test ? in_train : in_test;
    TRY(classifier_build(c, train, e));
    return classifier_train(c, train, test, NULL, NULL, e);
}
