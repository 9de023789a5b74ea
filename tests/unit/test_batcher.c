/* Batches: every sample exactly once an epoch, across batch borders; pixels to bytes and back. */
#include "gantrain/data/batcher.h"
#include "support/nets.h"

enum { COUNT = 10, PIXELS = 2, BATCH = 4 };

static const PixelRange range = { { "test", "test", "-", NULL, 0 }, -1, 1 };

/* Sample i is the image (i, 255-i), so a batch shows which samples it holds. */
static Dataset small_data(uint8_t images[COUNT * PIXELS])
{
    for (int i = 0; i < COUNT; i++) {
        images[i * PIXELS] = (uint8_t)i;
        images[i * PIXELS + 1] = (uint8_t)(255 - i);
    }
    return (Dataset){ .kind = (const DatasetKind *)registry_find(&datasets, "idx"),
                      .shape = { 1, 1, PIXELS },
                      .count = COUNT,
                      .images = images,
                      .range = &range };
}

static void every_sample_once_an_epoch(void **state)
{
    (void)state;
    static Error e;
    uint8_t images[COUNT * PIXELS], bytes[BATCH * PIXELS];
    real at[BATCH * PIXELS];
    const Mat out = { BATCH, PIXELS, at };
    const Dataset data = small_data(images);
    Arena a = { 0 };
    Batcher b;
    assert_int_equal(arena_open(&a, 4096, &e), GT_OK);
    batcher_plan(&b, &data, BATCH, 3, &a);

    /* 10 batches of 4 are 4 epochs of 10: the third batch straddles two */
    int seen[4][COUNT] = { { 0 } };
    for (int draw = 0; draw < 10; draw++) {
        batcher_draw(&b, (uint64_t)draw, out);
        pixels_to_bytes(&range, view(out), bytes);
        for (int i = 0; i < BATCH; i++) {
            assert_int_equal(bytes[i * PIXELS + 1], 255 - bytes[i * PIXELS]);
            seen[(draw * BATCH + i) / COUNT][bytes[i * PIXELS]]++;
        }
    }
    for (int epoch = 0; epoch < 4; epoch++)
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(seen[epoch][i], 1);
    arena_close(&a);
}

static void draws_need_no_order(void **state)
{
    (void)state;
    static Error e;
    uint8_t images[COUNT * PIXELS];
    real one[BATCH * PIXELS], other[BATCH * PIXELS];
    const Dataset data = small_data(images);
    Arena a = { 0 };
    Batcher sequential, direct;
    assert_int_equal(arena_open(&a, 4096, &e), GT_OK);
    batcher_plan(&sequential, &data, BATCH, 3, &a);
    batcher_plan(&direct, &data, BATCH, 3, &a);
    for (uint64_t draw = 0; draw <= 7; draw++)
        batcher_draw(&sequential, draw, (Mat){ BATCH, PIXELS, one });
    batcher_draw(&direct, 7, (Mat){ BATCH, PIXELS, other });
    assert_memory_equal(one, other, sizeof one);
    arena_close(&a);
}

/* A flipped image swaps its two pixels; neither order nor rank decides which rows are flipped. */
static void mirrored_rows(void **state)
{
    (void)state;
    static Error e;
    uint8_t images[COUNT * PIXELS];
    real plain[BATCH * PIXELS], whole[BATCH * PIXELS], part[BATCH * PIXELS];
    Dataset data = small_data(images), mirrored = data;
    mirrored.mirror = true;
    Arena a = { 0 };
    Batcher b, m, rows;
    int flipped = 0, n = 0;
    assert_int_equal(arena_open(&a, 4096, &e), GT_OK);
    batcher_plan(&b, &data, BATCH, 3, &a);
    batcher_plan(&m, &mirrored, BATCH, 3, &a);
    batcher_plan(&rows, &mirrored, BATCH, 3, &a);
    batcher_set_rows(&rows, 1, BATCH - 1);
    for (uint64_t draw = 0; draw < 50; draw++) {
        batcher_draw(&b, draw, (Mat){ BATCH, PIXELS, plain });
        batcher_draw(&m, draw, (Mat){ BATCH, PIXELS, whole });
        batcher_draw(&rows, draw, (Mat){ BATCH - 1, PIXELS, part });
        assert_memory_equal(part, whole + PIXELS, (BATCH - 1) * PIXELS * sizeof(real));
        for (int i = 0; i < BATCH; i++, n++) {
            const real *p = plain + i * PIXELS, *w = whole + i * PIXELS;
            const bool same = p[0] == w[0] && p[1] == w[1];
            assert_true(same || (p[0] == w[1] && p[1] == w[0]));
            flipped += !same;
        }
    }
    assert_in_range(flipped, n * 35 / 100, n * 65 / 100);
    arena_close(&a);
}

static void bytes_survive_the_range(void **state)
{
    (void)state;
    uint8_t images[256], back[256];
    real at[256];
    int index[1] = { 0 };
    Dataset data = small_data(images);
    data.shape = (Shape){ 1, 16, 16 };
    data.count = 1;
    for (int i = 0; i < 256; i++)
        images[i] = (uint8_t)i;
    dataset_gather(&data, index, (Mat){ 1, 256, at });
    assert_true(at[0] == -1 && fabs((double)at[255] - 1) < 1e-6);
    pixels_to_bytes(&range, (View){ 1, 256, at }, back);
    assert_memory_equal(images, back, sizeof back);
}

static void values_are_clamped(void **state)
{
    (void)state;
    const real at[5] = { (real)NAN, -INFINITY, INFINITY, -2, 5 };
    uint8_t out[5];
    pixels_to_bytes(&range, (View){ 1, 5, at }, out);
    assert_true(out[0] == 0 && out[1] == 0 && out[2] == 255 && out[3] == 0 && out[4] == 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_once_an_epoch),
        cmocka_unit_test(draws_need_no_order),
        cmocka_unit_test(mirrored_rows),
        cmocka_unit_test(bytes_survive_the_range),
        cmocka_unit_test(values_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
