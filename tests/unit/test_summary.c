/* Summaries of data sets: values, classes, copies. */
#include "gantrain/data/summary.h"

#include <math.h>

#include "support/nets.h"

static Dataset images_of(uint8_t *bytes, int n, int size, uint8_t *labels)
{
    return (Dataset){ .shape = { 1, 1, size },
                      .count = n,
                      .stored = n,
                      .images = bytes,
                      .bytes = (size_t)n * (size_t)size,
                      .labels = labels };
}

static void values_classes_and_copies_of_images(void **state)
{
    (void)state;
    static Error e;
    uint8_t bytes[] = { 1, 3, 1, 3, 5, 7, 1, 3, 5, 7, 9, 200 }, labels[] = { 0, 2, 2, 2, 0, 255 };
    const Dataset d = images_of(bytes, 6, 2, labels);
    DatasetSummary s;
    assert_int_equal(dataset_summarize(&s, &d, NULL, &e), GT_OK);
    assert_true(s.samples == 6 && s.compared == 6);
    assert_true(s.all.min == 1 && s.all.max == 200);
    assert_true(fabs(s.all.mean - (245 / 12.0)) < 1e-9);
    assert_true(fabs(s.all.std - (54.204)) < 1e-3); /* of the twelve bytes */
    assert_true(s.distinct == 3 && s.repeated == 2 && s.most == 3);
    assert_true(s.classes == 3 && s.unlabelled == 1);
    assert_true(s.class_count[0] == 2 && s.class_count[1] == 0 && s.class_count[2] == 3);
    assert_null(s.column);
    dataset_summary_free(&s);
}

static void columns_of_points(void **state)
{
    (void)state;
    static Error e;
    real x[] = { 1, 1000001, 3, 1000003, 1, 1000001 };
    const Dataset d = { .shape = { 2, 1, 1 }, .count = 3, .points = x, .bytes = sizeof x };
    DatasetSummary s;
    assert_int_equal(dataset_summarize(&s, &d, NULL, &e), GT_OK);
    assert_true(s.columns == 2 && s.column[0].min == 1 && s.column[1].max == 1000003);
    for (int j = 0; j < 2; j++) {
        assert_true(fabs(s.column[j].mean - (j * 1e6 + 5 / 3.0)) < 1e-6);
        assert_true(fabs(s.column[j].std - (0.942809)) < 1e-6);
    }
    double scale[] = { 1, 10 }, offset[] = { 0, -3 };
    const Units units = { .n = 2, .scale = scale, .offset = offset };
    const ValueSummary second = summary_column(&s, &units, 1);
    assert_true(second.min == 10000007 && second.max == 10000027);
    assert_true(fabs(second.std - 9.42809) < 1e-5);
    assert_true(fabs(s.all.mean - (5e5 + 5 / 3.0)) < 1e-6);
    assert_true(fabs(s.all.std - (5e5)) < 1e-4);
    assert_true(s.distinct == 2 && s.repeated == 1 && s.most == 2 && s.classes == 0);
    dataset_summary_free(&s);
    assert_null(s.column);
}

/* Samples may be combined from stored images. */
static void stored_images_are_looked_at(void **state)
{
    (void)state;
    static Error e;
    uint8_t bytes[] = { 1, 1, 2, 3 };
    Dataset d = images_of(bytes, 4, 1, NULL);
    d.count = 16;
    DatasetSummary s;
    assert_int_equal(dataset_summarize(&s, &d, NULL, &e), GT_OK);
    assert_true(s.compared == 4 && s.samples == 4 && s.distinct == 3);
}

static void limits_bound_the_work(void **state)
{
    (void)state;
    static Error e;
    uint8_t bytes[100];
    for (int i = 0; i < 100; i++)
        bytes[i] = (uint8_t)(i < 90 ? i : 0);
    const Dataset d = images_of(bytes, 100, 1, NULL);
    DatasetSummary s;
    assert_int_equal(dataset_summarize(&s, &d, &(SummaryLimits){ 10, 50 }, &e), GT_OK);
    assert_true(s.samples == 10 && s.all.max == 80); /* every tenth */
    assert_true(s.compared == 50 && s.distinct == 50 && s.repeated == 0 && s.most == 1);
    assert_int_equal(dataset_summarize(&s, &d, &(SummaryLimits){ 1000, 1000 }, &e), GT_OK);
    assert_true(s.samples == 100 && s.compared == 100 && s.distinct == 90 && s.most == 11);
    dataset_summary_free(&s);
}

/* CRC-32 is linear: these two differ, and their checksums do not. */
static void samples_with_one_checksum_are_compared(void **state)
{
    (void)state;
    static Error e;
    uint8_t bytes[2][5] = { { 0 } };
    const uint64_t polynomial = UINT64_C(0x1db710641); /* the CRC's, bits reversed */
    for (int i = 0; i < 5; i++)
        bytes[1][i] = (uint8_t)(polynomial >> 8 * i);
    const Dataset d = images_of(bytes[0], 2, 5, NULL);
    DatasetSummary s;
    assert_int_equal(dataset_summarize(&s, &d, NULL, &e), GT_OK);
    assert_true(s.distinct == 2 && s.repeated == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_classes_and_copies_of_images),
        cmocka_unit_test(columns_of_points),
        cmocka_unit_test(stored_images_are_looked_at),
        cmocka_unit_test(limits_bound_the_work),
        cmocka_unit_test(samples_with_one_checksum_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
