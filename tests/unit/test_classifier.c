/* The classifier on small synthetic images: learning, same bits for the same data, the cache. */
#include <sys/stat.h>

#include "support/small_classifier.h"

static void test_learns_once(void **state)
{
    const Result a = classify(), again = classify();
    int right = 0;
    (void)state;
    for (int i = 0; i < TEST; i++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += (double)a.p[i * CLASSES + k];
        assert_true(fabs(sum - 1) < 1e-6);
        right += argmax((View){ 1, CLASSES, a.p + i * CLASSES }) == test.labels[i];
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
    const Result one = classify();
    for (int threads = 2; threads <= 3; threads++) {
        cached_file(s, path);
        unlink(path);
        parallel_set_threads(threads);
        const Result more = classify();
        assert_true(more.trained);
        assert_same(&one, &more);
    }
}

static void test_other_data_train_another(void **state)
{
    (void)state;
    assert_true(classify().trained);
    train.labels[0] = 1;
    assert_true(classify().trained);
    assert_false(classify().trained);
    train.labels[0] = 0;
    assert_false(classify().trained);
    test.images[5] ^= 1;
    assert_true(classify().trained);
}

/* After any damage: trained again to the same bits, and cached again. */
static void test_damaged_cache_is_replaced(void **state)
{
    const Scratch *s = *state;
    char path[600];
    const Result reference = classify();
    struct stat st;
    cached_file(s, path);
    assert_int_equal(stat(path, &st), 0);

    const long places[] = { 200, st.st_size / 2, -1 }; /* header, data; -1: truncated */
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
        const Result again = classify();
        assert_true(again.trained);
        assert_same(&reference, &again);
        assert_false(classify().trained);
    }
}

/* A valid file of another classifier under this name. */
static void test_foreign_cache_is_replaced(void **state)
{
    const Scratch *s = *state;
    char mine[600], other[640];
    classify();
    cached_file(s, mine);
    snprintf(other, sizeof other, "%s/.kept", s->folder);
    assert_int_equal(rename(mine, other), 0);
    train.labels[0] = 1;
    classify();
    cached_file(s, mine);
    assert_int_equal(rename(other, mine), 0);
    assert_true(classify().trained);
    assert_false(classify().trained);
}

static void test_unwritable_cache_is_ignored(void **state)
{
    const Scratch *s = *state;
    scratch_put(s, "x", 1); /* a file where the folder should be */
    setenv("GANTRAIN_CACHE", s->path, 1);
    assert_true(classify().trained);
}

static void refuses(const char *phrase)
{
    Classifier c;
    Error e = { 0 };
    assert_int_equal(classifier_open(&c, &train.data, &test.data, NULL, NULL, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], phrase));
    classifier_close(&c);
}

static void test_data_that_do_not_match(void **state)
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

static Status stop_half_way(void *context, double fraction, double accuracy)
{
    (void)context, (void)accuracy;
    return fraction < 0.5 ? GT_OK : GT_ETERMINATE;
}

static void test_progress_callback_stops_training(void **state)
{
    const Scratch *s = *state;
    Classifier c;
    Error e = { 0 };
    assert_int_equal(classifier_open(&c, &train.data, &test.data, stop_half_way, NULL, &e),
                     GT_ETERMINATE);
    classifier_close(&c);
    assert_int_equal(rmdir(s->folder), 0); /* nothing was cached */
    assert_int_equal(mkdir(s->folder, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_learns_once),
        CACHE_TEST(test_same_bits_for_any_threads),
        CACHE_TEST(test_other_data_train_another),
        CACHE_TEST(test_damaged_cache_is_replaced),
        CACHE_TEST(test_foreign_cache_is_replaced),
        CACHE_TEST(test_unwritable_cache_is_ignored),
        CACHE_TEST(test_data_that_do_not_match),
        CACHE_TEST(test_progress_callback_stops_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
