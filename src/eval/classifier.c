/* The classifier: which data it is for, its net, and what it sees. How it is made: classifier_recipe.c,
 * classifier_train.c; where it is kept: classifier_cache.c. */
#include "gantrain/eval/classifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "classifier_parts.h"
#include "gantrain/base/hash.h"
#include "cross_entropy.h"
#include "gantrain/math/vec.h"

/* ---- the data -------------------------------------------------------------------------------------- */

/* One more than the largest label; 0 without labels. */
static int count_classes(const Dataset *d)
{
    int classes = 0;
    for (int i = 0; d->labels && i < d->count; i++)
        if (d->labels[i] >= classes)
            classes = d->labels[i] + 1;
    return classes;
}

static bool same_kind(const Dataset *a, const Dataset *b)
{
    return a->shape.c == b->shape.c && a->shape.h == b->shape.h && a->shape.w == b->shape.w &&
           a->range == b->range;
}

static Status check_kinds(const Dataset *train, const Dataset *test, Error *e)
{
    const Shape a = train->shape, b = test->shape;
    if (!train->images || !test->images || !train->labels || !test->labels)
        return fail(e, GT_EDATA, "a classifier needs labelled training and test images");
    if (!same_kind(train, test))
        return fail(e, GT_EDATA,
                    "training images are %dx%dx%d and test images %dx%dx%d: expected the same", a.c,
                    a.h, a.w, b.c, b.h, b.w);
    return GT_OK;
}

static Status check_data(Classifier *c, const Dataset *train, const Dataset *test, Error *e)
{
    const int in_train = count_classes(train), in_test = count_classes(test);
    TRY(check_kinds(train, test, e));
    if (in_train < 2 || in_test > in_train)
        return fail(e, GT_EDATA,
                    "training labels are below %d, test labels below %d: expected two classes or "
                    "more, and no others among the test images",
                    in_train, in_test);
    c->classes = in_train;
    return GT_OK;
}

static uint64_t hash_set(uint64_t so_far, const Dataset *d)
{
    const int32_t extents[] = { d->count, d->shape.c, d->shape.h, d->shape.w };
    const double range[] = { d->range->low, d->range->high };
    uint64_t h = hash_more(so_far, extents, sizeof extents);
    h = hash_more(h, range, sizeof range);
    h = hash_more(h, d->images, d->bytes);
    return hash_more(h, d->labels, (size_t)d->count);
}

static void name(Classifier *c, const Dataset *train, const Dataset *test)
{
    uint64_t h = hash_more(HASH_BEGIN, REAL_NAME, sizeof REAL_NAME);
    h = hash_set(hash_set(h, train), test);
    snprintf(c->id, sizeof c->id, "%0*" PRIx64 "-%d", HASH_DIGITS, h, RECIPE_VERSION);
}

/* ---- the net --------------------------------------------------------------------------------------- */

static void plan(Arena *a, void *plan_me)
{
    Classifier *c = plan_me;
    const int B = c->trace.batch;
    net_plan(&c->net, a);
    trace_plan(&c->trace, &c->net, (TracePlan){ .batch = B, .group = B }, a);
}

static Status build(Classifier *c, const Dataset *train, Error *e)
{
    TRY(recipe_open(&c->recipe, train->shape, train->range->low, c->classes, e));
    TRY(net_infer(&c->net, "classifier", train->shape, train->shape, &c->recipe.layers, "layers",
                  e));
    c->features = shape_size(c->net.layer[c->net.n - 1].in);
    c->trace.batch = recipe_batch(train->count);
    return arena_build(&c->arena, plan, c, e);
}

Status classifier_open(Classifier *c, const Dataset *train, const Dataset *test,
                       ProgressFn *progress, void *context, Error *e)
{
    memset(c, 0, sizeof *c);
    TRY(check_data(c, train, test, e));
    TRY(build(c, train, e));
    name(c, train, test);
    if (cache_read(c))
        return GT_OK;
    TRY(classifier_train(c, train, test, progress, context, e));
    cache_write(c);
    return GT_OK;
}

Status classifier_fit(Classifier *c, const Dataset *train, const Dataset *test, Error *e)
{
    const int in_train = count_classes(train), in_test = count_classes(test);
    memset(c, 0, sizeof *c);
    TRY(check_kinds(train, test, e));
    c->classes = in_train > in_test ? in_train : in_test;
    TRY(build(c, train, e));
    return classifier_train(c, train, test, NULL, NULL, e);
}

void classifier_close(Classifier *c)
{
    arena_close(&c->arena);
    recipe_close(&c->recipe);
    memset(c, 0, sizeof *c);
}

/* ---- its use --------------------------------------------------------------------------------------- */

void classifier_apply(Classifier *c, View pixels, Mat features, Mat probabilities)
{
    const int last = c->net.n - 1;
    for (int i = 0; i < pixels.rows; i += c->trace.batch) {
        const int rows = pixels.rows - i < c->trace.batch ? pixels.rows - i : c->trace.batch;
        const View logits = net_forward(&c->net, &c->trace, view_rows(pixels, i, rows), 0);
        if (features.at)
            mat_copy(mat_rows(features, i, rows), view(mat_rows(c->trace.y[last - 1], 0, rows)));
        if (probabilities.at)
            softmax(logits, mat_rows(probabilities, i, rows));
    }
}
