/* Nearest neighbours against a double loop; ties, copies, skipped samples, threads. */
#include "gantrain/data/dataset.h"
#include "gantrain/eval/nearest.h"
#include "gantrain/math/parallel.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { COUNT = 1300, SIDE = 5, X = 3 * SIDE * SIDE, MOST = 8 }; /* more than one block */

static uint8_t images[COUNT * X];

static Dataset some_images(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof images; i++) {
        state = state * 1664525 + 1013904223;
        images[i] = (uint8_t)(state >> 24);
    }
    memcpy(images + 700 * X, images + 20 * X, X); /* two that are the same */
    return (Dataset){ .kind = (const DatasetKind *)registry_find(&datasets, "idx"),
                      .shape = { 3, SIDE, SIDE },
                      .count = COUNT,
                      .stored = COUNT,
                      .images = images,
                      .range = (const PixelRange *)pixel_ranges.entry[0] };
}

static int64_t distance2(const uint8_t *a, const uint8_t *b)
{
    int64_t sum = 0;
    for (int j = 0; j < X; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Number of samples before `near` in the order: by distance, then by index. */
static int rank(const uint8_t *x, Neighbour near, int skip)
{
    int before = 0;
    for (int i = 0; i < COUNT; i++) {
        const int64_t d = distance2(x, images + i * X);
        if (i != skip && (d < near.distance2 || (d == near.distance2 && i < near.index)))
            before++;
    }
    return before;
}

static void expect_nearest(const uint8_t *x, const int *skip, int n, int k)
{
    const Dataset d = some_images();
    Neighbour near[8 * MOST];
    assert_int_equal(nearest_images(&d, x, skip, n, k, near, NULL), GT_OK);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < k; j++) {
            const Neighbour found = near[i * k + j];
            assert_true(found.index >= 0 && found.index < COUNT);
            assert_true(!skip || found.index != skip[i]);
            assert_int_equal(found.distance2, distance2(x + i * X, images + found.index * X));
            assert_int_equal(rank(x + i * X, found, skip ? skip[i] : -1), j);
        }
}

static void test_against_a_double_loop(void **state)
{
    uint8_t x[8 * X];
    (void)state;
    for (int i = 0; i < 8 * X; i++)
        x[i] = (uint8_t)(i * i / 11 + 3 * i);
    expect_nearest(x, NULL, 8, 1);
    expect_nearest(x, NULL, 3, MOST);
    parallel_set_threads(3);
    expect_nearest(x, NULL, 8, 5);
    parallel_set_threads(1);
}

static void test_copies_and_skipped_samples(void **state)
{
    const Dataset d = some_images();
    const int skip[2] = { 20, 700 };
    Neighbour near[4];
    uint8_t x[2 * X];
    (void)state;
    memcpy(x, images + 20 * X, X);
    memcpy(x + X, images + 700 * X, X);
    assert_int_equal(nearest_images(&d, x, NULL, 2, 2, near, NULL), GT_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(near[i].distance2, 0);
        assert_int_equal(near[i].index, i % 2 ? 700 : 20);
    }
    expect_nearest(x, skip, 2, 3);
    assert_int_equal(nearest_images(&d, x, skip, 2, 1, near, NULL), GT_OK);
    assert_int_equal(near[0].index, 700);
    assert_int_equal(near[1].index, 20);
}

/* Black against white, over more values than one piece of the sum: no overflow. */
static void test_the_largest_distance(void **state)
{
    enum { HUGE_SIDE = 300, N = HUGE_SIDE * HUGE_SIDE };
    static uint8_t black[N], white[N];
    memset(white, 255, N);
    Dataset d = some_images();
    d.shape = (Shape){ 1, HUGE_SIDE, HUGE_SIDE };
    d.count = d.stored = 1;
    d.images = white;
    Neighbour near;
    (void)state;
    assert_int_equal(nearest_images(&d, black, NULL, 1, 1, &near, NULL), GT_OK);
    assert_int_equal(near.distance2, (int64_t)N * 255 * 255);
    assert_true(neighbour_distance(&near) == HUGE_SIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_double_loop),
        cmocka_unit_test(test_copies_and_skipped_samples),
        cmocka_unit_test(test_the_largest_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
