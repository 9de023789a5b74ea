/* A classifier of small synthetic images, with a fresh cache for each test. */
#ifndef GANTRAIN_TESTS_SMALL_CLASSIFIER_H
#define GANTRAIN_TESTS_SMALL_CLASSIFIER_H

#include <dirent.h>

#include "gantrain/eval/classifier.h"
#include "eval/numerics.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

#include "support/scratch.h"

enum { SIDE = 6, PIXELS = SIDE * SIDE, CLASSES = 3, TRAIN = 60, TEST = 40, F = 128 };

/* A labelled set: class k is a bright bar at row 2k, with noise. */
typedef struct Set {
    Dataset data;
    uint8_t images[TRAIN * PIXELS], labels[TRAIN];
} Set;

static inline void make_set(Set *s, int count, uint64_t seed)
{
    uint32_t word[4];
    for (int i = 0; i < count; i++) {
        s->labels[i] = (uint8_t)(i % CLASSES);
        for (int j = 0; j < PIXELS; j++) {
            rng_words(rng_draw(seed, RNG_DATA, 0, 0), (uint32_t)i, (uint32_t)j, word);
            const bool bar = j / SIDE == 2 * s->labels[i];
            s->images[i * PIXELS + j] = (uint8_t)((bar ? 120 : 0) + word[0] % 120);
        }
    }
    s->data = (Dataset){ .kind = (const DatasetKind *)registry_find(&datasets, "idx"),
                         .shape = { 1, SIDE, SIDE },
                         .count = count,
                         .images = s->images,
                         .stored = count,
                         .bytes = (size_t)count * PIXELS,
                         .labels = s->labels,
                         .range = (const PixelRange *)registry_find(&pixel_ranges, "signed") };
}

static Set train, test;

/* Output of a classifier for the test images. */
typedef struct Result {
    real features[TEST * F], p[TEST * CLASSES];
    double accuracy;
    bool trained;
} Result;

static inline Result classify(void)
{
    static int index[TEST];
    real x[TEST * PIXELS];
    static Result a;
    Classifier c;
    Error e = { 0 };

    for (int i = 0; i < TEST; i++)
        index[i] = i;
    if (classifier_open(&c, &train.data, &test.data, NULL, NULL, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    assert_int_equal(c.classes, CLASSES);
    assert_int_equal(c.features, F);
    dataset_gather(&test.data, index, (Mat){ TEST, PIXELS, x });
    classifier_apply(&c, (View){ TEST, PIXELS, x }, (Mat){ TEST, F, a.features },
                     (Mat){ TEST, CLASSES, a.p });
    a.accuracy = c.accuracy;
    a.trained = c.trained;
    classifier_close(&c);
    return a;
}

static inline void assert_same(const Result *a, const Result *b)
{
    assert_memory_equal(a->features, b->features, sizeof a->features);
    assert_memory_equal(a->p, b->p, sizeof a->p);
    assert_true(a->accuracy == b->accuracy);
}

/* ---- a fresh cache for each test ------------------------------------------------------------- */

static inline int open_cache(void **state)
{
    if (scratch_open(state) != 0)
        return -1;
    const Scratch *s = *state;
    setenv("GANTRAIN_CACHE", s->folder, 1);
    make_set(&train, TRAIN, 1);
    make_set(&test, TEST, 2);
    return 0;
}

/* The path of the only file in the cache. */
static inline void cached_file(const Scratch *s, char path[600])
{
    int n = 0;
    DIR *dir = opendir(s->folder);
    assert_non_null(dir);
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir))
        if (*d->d_name != '.') {
            snprintf(path, 600, "%s/%s", s->folder, d->d_name);
            n++;
        }
    closedir(dir);
    assert_int_equal(n, 1);
}

static inline int close_cache(void **state)
{
    const Scratch *s = *state;
    char path[600] = "";
    DIR *dir = opendir(s->folder);
    for (const struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir))
        if (*d->d_name != '.') {
            snprintf(path, sizeof path, "%s/%s", s->folder, d->d_name);
            unlink(path);
        }
    if (dir)
        closedir(dir);
    parallel_set_threads(1);
    return scratch_close(state);
}

#define CACHE_TEST(test) cmocka_unit_test_setup_teardown(test, open_cache, close_cache)

#endif
