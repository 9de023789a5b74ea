/* The classifier on small images made here: that it learns, that its bits depend on the data alone, and
 * what it does with its cache. */
#include "support/scratch.h"

#include <dirent.h>
#include <sys/stat.h>

#include "gantrain/eval/classifier.h"
#include "gantrain/eval/cross_entropy.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

#include <cmocka.h>

enum { SIDE = 6, PIXELS = SIDE * SIDE, CLASSES = 3, TRAIN = 60, TEST = 40, F = 128 };

/* A labelled set: class k is a bright bar at row 2k, with noise. */
typedef struct Set {
    Dataset data;
    uint8_t images[TRAIN * PIXELS], labels[TRAIN];
} Set;

static void make_set(Set *s, int count, uint64_t seed)
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

/* What a classifier says of the test images. */
typedef struct Answers {
    real features[TEST * F], p[TEST * CLASSES];
    double accuracy;
    bool trained;
} Answers;

static Answers ask(void)
{
    static int index[TEST];
    real x[TEST * PIXELS];
    static Answers a;
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

static void assert_same(const Answers *a, const Answers *b)
{
    assert_memory_equal(a->features, b->features, sizeof a->features);
    assert_memory_equal(a->p, b->p, sizeof a->p);
    assert_true(a->accuracy == b->accuracy);
}

/* ---- a cache of its own for every test ---------------------------------------------------------------- */

static int open_cache(void **state)
{
    if (scratch_open(state) != 0)
        return -1;
    const Scratch *s = *state;
    setenv("GANTRAIN_CACHE", s->folder, 1);
    make_set(&train, TRAIN, 1);
    make_set(&test, TEST, 2);
    return 0;
}

/* The one file in the cache, by its path. */
static void cached_file(const Scratch *s, char path[600])
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

static int close_cache(void **state)
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

/* ---- the tests ---------------------------------------------------------------------------------------- */

static void test_learns_once(void **state)
{
    const Answers a = ask(), again = ask();
    int right = 0;
    (void)state;
    for (int i = 0; i < TEST; i++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += (double)a.p[i * CLASSES + k];
        assert_true(fabs(sum - 1) < 1e-6);
        right += largest((View){ 1, CLASSES, a.p + i * CLASSES }) == test.labels[i];
    }
    assert_true(a.trained && a.accuracy > 0.95);
    assert_true(fabs(a.accuracy - (double)right / TEST) < 1e-12);
    assert_false(again.trained);
    assert_same(&a, &again);
}

static void test_same_bits_for_any_threads(void **state)
{
    const Scratch *s = *state;
    char path[600];
    const Answers one = ask();
    for (int threads = 2; threads <= 3; threads++) {
        cached_file(s, path);
        unlink(path);
        parallel_set_threads(threads);
        const Answers more = ask();
        assert_true(more.trained);
        assert_same(&one, &more);
    }
}

static void test_other_data_have_another(void **state)
{
    (void)state;
    assert_true(ask().trained);
    train.labels[0] = 1;
    assert_true(ask().trained);
    assert_false(ask().trained);
    train.labels[0] = 0;
    assert_false(ask().trained);
    test.images[5] ^= 1;
    assert_true(ask().trained);
}

/* Every damage: trained again, the same bits, and put back sound. */
static void test_damaged_cache_is_replaced(void **state)
{
    const Scratch *s = *state;
    char path[600];
    const Answers sound = ask();
    struct stat st;
    cached_file(s, path);
    assert_int_equal(stat(path, &st), 0);

    const long places[] = { 200, st.st_size / 2, -1 }; /* header, data; -1: cut off */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] < 0) {
            assert_int_equal(truncate(path, st.st_size / 3), 0);
        } else {
            FILE *f = fopen(path, "r+b");
            assert_non_null(f);
            fseek(f, places[i], SEEK_SET);
            const int byte = fgetc(f);
            fseek(f, places[i], SEEK_SET);
            fputc(byte ^ 0x10, f);
            fclose(f);
        }
        const Answers again = ask();
        assert_true(again.trained);
        assert_same(&sound, &again);
        assert_false(ask().trained);
    }
}

/* A sound file of another classifier under this one's name. */
static void test_foreign_cache_is_replaced(void **state)
{
    const Scratch *s = *state;
    char mine[600], other[640];
    ask();
    cached_file(s, mine);
    snprintf(other, sizeof other, "%s/.kept", s->folder);
    assert_int_equal(rename(mine, other), 0);
    train.labels[0] = 1;
    ask();
    cached_file(s, mine);
    assert_int_equal(rename(other, mine), 0);
    assert_true(ask().trained);
    assert_false(ask().trained);
}

static void test_unwritable_cache_is_no_failure(void **state)
{
    const Scratch *s = *state;
    scratch_put(s, "x", 1); /* a file where the folder should be */
    setenv("GANTRAIN_CACHE", s->path, 1);
    assert_true(ask().trained);
}

static void refuses(const char *phrase)
{
    Classifier c;
    Error e = { 0 };
    assert_int_equal(classifier_open(&c, &train.data, &test.data, NULL, NULL, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], phrase));
    classifier_close(&c);
}

static void test_data_that_do_not_fit(void **state)
{
    (void)state;
    test.data.labels = NULL;
    refuses("labelled");
    test.data.labels = test.labels;
    test.data.shape.h = 2 * SIDE;
    refuses("1x6x6");
    test.data.shape.h = SIDE;
    test.labels[3] = CLASSES;
    refuses("below 3, test labels below 4");
    test.labels[3] = 0;
    memset(train.labels, 0, sizeof train.labels);
    memset(test.labels, 0, sizeof test.labels);
    refuses("two classes");
}

static Status stop_half_way(void *talker, double done, double accuracy)
{
    (void)talker, (void)accuracy;
    return done < 0.5 ? GT_OK : GT_ETERMINATE;
}

static void test_whoever_is_told_may_stop_it(void **state)
{
    const Scratch *s = *state;
    Classifier c;
    Error e = { 0 };
    assert_int_equal(classifier_open(&c, &train.data, &test.data, stop_half_way, NULL, &e),
                     GT_ETERMINATE);
    classifier_close(&c);
    assert_int_equal(rmdir(s->folder), 0); /* nothing was kept */
    assert_int_equal(mkdir(s->folder, 0700), 0);
}

#define CACHE_TEST(test) cmocka_unit_test_setup_teardown(test, open_cache, close_cache)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_learns_once),
        CACHE_TEST(test_same_bits_for_any_threads),
        CACHE_TEST(test_other_data_have_another),
        CACHE_TEST(test_damaged_cache_is_replaced),
        CACHE_TEST(test_foreign_cache_is_replaced),
        CACHE_TEST(test_unwritable_cache_is_no_failure),
        CACHE_TEST(test_data_that_do_not_fit),
        CACHE_TEST(test_whoever_is_told_may_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
