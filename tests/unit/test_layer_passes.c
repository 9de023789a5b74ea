/* Random layers: distribution of noise and shifts, none when sampling. Messages for misfits. No
 * layer's bits depend on the number of threads. */
#include "gantrain/math/parallel.h"
#include "support/layer_bench.h"

/* ---- random layers --------------------------------------------------------------------------- */

/* Standard deviation of the noise at an update. */
static double noise_at(Bench *b, uint64_t update)
{
    trace_at(&b->t.trace, 7, update);
    const View y = forward(b, WANT_TRAINING);
    double square = 0;
    for (int i = 0; i < BATCH * b->x.cols; i++)
        square += pow((double)(y.at[i] - b->x.at[i]), 2) / (BATCH * b->x.cols);
    return sqrt(square);
}

static void gaussian_noise_value(void **state)
{
    (void)state;
    Bench b;
    open_bench(&b, "{\"kind\": \"gaussian_noise\", \"std\": 0.5, \"until\": 100}",
               (Shape){ 1, 60, 60 });
    /* 36 000 numbers: the deviation is known to 0.4 % */
    assert_true(fabs(noise_at(&b, 0) / 0.5 - 1) < 0.02);
    assert_true(fabs(noise_at(&b, 50) / 0.25 - 1) < 0.02);
    assert_true(fabs(noise_at(&b, 90) / 0.05 - 1) < 0.02);
    assert_true(noise_at(&b, 100) <= 0);
    assert_true(noise_at(&b, 1000000) <= 0);
    trace_at(&b.t.trace, 7, 0);
    assert_memory_equal(forward(&b, 0).at, b.x.at, mat_size(b.x) * sizeof(real));
    close_bench(&b);
    open_bench(&b, "{\"kind\": \"gaussian_noise\", \"std\": 0.5}", (Shape){ 1, 60, 60 });
    assert_true(fabs(noise_at(&b, 1000000) / 0.5 - 1) < 0.02);
    close_bench(&b);
}

/* Whether row i of y is x shifted down by v and to the right by u. */
static bool is_shift(Bench *b, View y, int i, int v, int u, double fill)
{
    const int h = image.h, w = image.w;
    for (int j = 0; j < y.cols; j++) {
        const int from_i = j / w % h - v, from_j = j % w - u;
        const bool inside = from_i >= 0 && from_i < h && from_j >= 0 && from_j < w;
        const double want = inside ? at(b, i, j - v * w - u) : fill;
        if (fabs((double)y.at[i * y.cols + j] - want) > 0)
            return false;
    }
    return true;
}

/* Every row is one of the 25 shifts; over 100 updates they are about equally frequent. */
static void translate_value(void **state)
{
    (void)state;
    enum { MOST = 2, SIDE = 2 * MOST + 1, UPDATES = 100 };
    int seen[SIDE * SIDE] = { 0 };
    Bench b;
    open_bench(&b, "{\"kind\": \"translate\", \"pixels\": 2, \"fill\": -0.5}", image);
    for (int k = 0; k < UPDATES; k++) {
        trace_at(&b.t.trace, 7, (uint64_t)k);
        const View y = forward(&b, WANT_TRAINING);
        for (int i = 0; i < BATCH; i++) {
            int found = 0;
            for (int s = 0; s < SIDE * SIDE; s++)
                if (is_shift(&b, y, i, s / SIDE - MOST, s % SIDE - MOST, -0.5)) {
                    seen[s]++;
                    found++;
                }
            assert_int_equal(found, 1);
        }
    }
    for (int s = 0; s < SIDE * SIDE; s++) /* 40 are expected, give or take 5 times 6.2 */
        assert_true(seen[s] > 9 && seen[s] < 71);
    assert_memory_equal(forward(&b, 0).at, b.x.at, mat_size(b.x) * sizeof(real));
    close_bench(&b);
}

static void shapes_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *message;
        Shape in;
    } row[] = {
        { "[{\"kind\": \"translate\"}]", "its input is 7 x 1 x 1", { 7, 1, 1 } },
        { "[{\"kind\": \"translate\"}]", "its input is 1 x 1 x 9", { 1, 1, 9 } },
        { "[{\"kind\": \"translate\", \"pixels\": 4}]",
          "leaves nothing of an image of 5 x 4",
          { 3, 5, 4 } },
        { "[{\"kind\": \"maxout\", \"units\": 1000000, \"pieces\": 64}]",
          "more than 1e9",
          { 1, 28, 28 } },
        { "[{\"kind\": \"minibatch_discrimination\", \"kernels\": 256, \"dims\": 64}]",
          "more than 1e9",
          { 3, 200, 200 } },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        static Error e;
        TestNet t;
        assert_int_equal(test_net_build(&t, row[i].layer, row[i].in, BATCH, GROUP, &e), GT_ECONFIG);
        if (!strstr(e.text[0], row[i].message))
            fail_msg("%s", e.text[0]);
        test_net_close(&t);
    }
}

/* ---- any number of threads ------------------------------------------------------------------- */

/* The results of the four passes. */
static Mat four_passes(const char *layer, Shape in, int threads)
{
    enum { ROWS = 66 };
    static Error e;
    TestNet t;
    char text[512];

    parallel_set_threads(threads);
    snprintf(text, sizeof text,
             "[{\"kind\": \"dense\", \"units\": 0}, %s, {\"kind\": \"dense\", \"units\": 50}]",
             layer);
    if (test_net_build(&t, text, in, ROWS, ROWS / 2, &e) != GT_OK) {
        test_net_close(&t);
        return (Mat){ 0, 0, NULL };
    }
    const Mat x = { ROWS, shape_size(in), malloc(sizeof(real) * ROWS * (size_t)shape_size(in)) };
    assert_non_null(x.at);
    test_fill(x, 1);
    test_fill(t.trace.rx, 2);
    test_fill(t.trace.dy, 3);
    net_forward(&t.net, &t.trace, view(x), WANT_TRAINING);
    net_backward(&t.net, &t.trace, view(t.trace.dy), WANT_PARAMS | WANT_INPUT);
    if (!t.net.reference) {
        net_tangent_forward(&t.net, &t.trace);
        net_tangent_backward(&t.net, &t.trace);
    }

    const Mat left[] = { t.net.dtheta, t.trace.y[t.net.n - 1], t.trace.dx[0], t.trace.rdx[0],
                         t.trace.ry[t.net.n - 1] };
    size_t n = 0;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        n += mat_size(left[i]);
    const Mat all = { 1, (int)n, malloc(n * sizeof(real)) };
    assert_non_null(all.at);
    n = 0;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        memcpy(all.at + n, left[i].at, mat_size(left[i]) * sizeof(real));
        n += mat_size(left[i]);
    }
    free(x.at);
    test_net_close(&t);
    return all;
}

static void same_bits_for_any_threads(void **state)
{
    (void)state;
    static const Shape shapes[] = { { 300, 1, 1 }, { 2, 13, 11 } };
    for (const Entry *const *kind = layers.entry; *kind; kind++) {
        int fits = 0;
        for (int k = 0; k < 2; k++) {
            char layer[64];
            snprintf(layer, sizeof layer, "{\"kind\": \"%s\"}", (*kind)->name);
            const Mat one = four_passes(layer, shapes[k], 1),
                      three = four_passes(layer, shapes[k], 3);
            assert_true(mat_size(one) == mat_size(three));
            if (one.at && memcmp(one.at, three.at, mat_size(one) * sizeof(real)) != 0)
                fail_msg("%s: 3 threads give other bits than one", layer);
            assert_true(!one.at || mat_finite(view(one)));
            fits += one.at != NULL;
            free(one.at);
            free(three.at);
        }
        assert_true(fits > 0);
    }
    parallel_set_threads(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_noise_value),
        cmocka_unit_test(translate_value),
        cmocka_unit_test(shapes_that_do_not_fit),
        cmocka_unit_test(same_bits_for_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
