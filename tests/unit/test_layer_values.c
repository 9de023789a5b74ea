/* What the layers compute, against their formulas written out plainly in double. Derivatives are
 * tested in conformance/test_layers.c. */
#include "support/layer_bench.h"

/* Sums of a few dozen floats. */
static const double TOLERANCE = 2e-5;

static void expect(const char *what, View y, int i, int j, double want)
{
    const double got = (double)y.at[i * y.cols + j];
    if (!(fabs(got - want) <= TOLERANCE * fmax(1, fabs(want))))
        fail_msg("%s: y[%d,%d] is %.9g, not %.9g", what, i, j, got, want);
}

/* ---- each row on its own --------------------------------------------------------------------- */

static void layer_norm_value(void **state)
{
    (void)state;
    Bench b;
    open_bench(&b, "{\"kind\": \"layer_norm\", \"epsilon\": 0.01}", image);
    const int F = b.x.cols;
    for (int j = 0; j < 2 * F; j++) /* gain, then bias: on lines of their own */
        b.t.net.layer[0].param[j / F].value.at[j % F] = (real)sin(j);
    const View y = forward(&b, WANT_TRAINING);
    for (int i = 0; i < BATCH; i++) {
        double mean = 0, square = 0;
        for (int j = 0; j < F; j++)
            mean += at(&b, i, j) / F;
        for (int j = 0; j < F; j++)
            square += (at(&b, i, j) - mean) * (at(&b, i, j) - mean) / F;
        for (int j = 0; j < F; j++)
            expect("layer_norm", y, i, j,
                   sin(j) * (at(&b, i, j) - mean) / sqrt(square + 0.01) + sin(F + j));
    }
    close_bench(&b);
}

static void pixel_norm_value(void **state)
{
    (void)state;
    const Shape shapes[] = {
        flat, image, { 2, 9, 9 }, { 150, 1, 1 }
    }; /* and more than one piece */
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        Bench b;
        open_bench(&b, "{\"kind\": \"pixel_norm\", \"epsilon\": 0.01}", shapes[k]);
        const int hw = shapes[k].h * shapes[k].w, C = shapes[k].c;
        const View y = forward(&b, 0);
        for (int i = 0; i < BATCH; i++)
            for (int pixel = 0; pixel < hw; pixel++) {
                double square = 0;
                for (int c = 0; c < C; c++)
                    square += at(&b, i, c * hw + pixel) * at(&b, i, c * hw + pixel) / C;
                for (int c = 0; c < C; c++)
                    expect("pixel_norm", y, i, c * hw + pixel,
                           at(&b, i, c * hw + pixel) / sqrt(square + 0.01));
            }
        close_bench(&b);
    }
}

static void prelu_value(void **state)
{
    (void)state;
    Bench b;
    open_bench(&b, "{\"kind\": \"prelu\"}", image);
    View y = forward(&b, 0);
    for (int i = 0; i < BATCH * b.x.cols; i++)
        expect("prelu", y, 0, i, at(&b, 0, i) > 0 ? at(&b, 0, i) : 0.25 * at(&b, 0, i));
    assert_int_equal(net_parameters(&b.t.net), 1);
    close_bench(&b);

    open_bench(&b, "{\"kind\": \"prelu\", \"shared\": false, \"slope\": 0.5}", flat);
    weight_of(&b)[2] = -3;
    y = forward(&b, 0);
    for (int i = 0; i < BATCH; i++)
        for (int j = 0; j < b.x.cols; j++)
            expect("prelu of each", y, i, j,
                   (at(&b, i, j) > 0 ? 1
                    : j == 2         ? -3
                                     : 0.5) *
                       at(&b, i, j));
    close_bench(&b);
}

/* The largest piece; a NaN is not hidden by a number that is compared with it. */
static void maxout_value(void **state)
{
    (void)state;
    enum { U = 21, PIECES = 3 };
    Bench b;
    open_bench(&b, "{\"kind\": \"maxout\", \"units\": 21, \"pieces\": 3}", flat);
    real *bias = b.t.net.layer[0].param[1].value.at;
    for (int j = 0; j < U * PIECES; j++)
        bias[j] = (real)cos(j);
    View y = forward(&b, 0);
    for (int i = 0; i < BATCH; i++)
        for (int u = 0; u < U; u++) {
            double most = -INFINITY;
            for (int k = 0; k < PIECES; k++) {
                double a = (double)bias[k * U + u];
                for (int j = 0; j < b.x.cols; j++)
                    a += (double)weight_of(&b)[(k * U + u) * b.x.cols + j] * at(&b, i, j);
                most = fmax(most, a);
            }
            expect("maxout", y, i, u, most);
        }
    for (int k = 0; k < PIECES; k++) {
        const real before = bias[k * U + 3];
        bias[k * U + 3] = (real)NAN;
        y = forward(&b, 0);
        assert_true(isnan(y.at[3]) && isfinite(y.at[4]));
        bias[k * U + 3] = before;
    }
    close_bench(&b);
}

/* ---- rows of a group ------------------------------------------------------------------------- */

static void minibatch_discrimination_value(void **state)
{
    (void)state;
    enum { K = 6, D = 3 };
    Bench b;
    open_bench(&b,
               "{\"kind\": \"minibatch_discrimination\", \"kernels\": 6, \"dims\": 3,"
               " \"init\": \"xavier\"}",
               flat);
    const int A = b.x.cols;
    const View y = forward(&b, WANT_TRAINING);
    for (int i = 0; i < BATCH; i++) {
        for (int j = 0; j < A; j++)
            expect("minibatch_discrimination, x", y, i, j, at(&b, i, j));
        for (int k = 0; k < K; k++) {
            double near = 0;
            for (int other = i / GROUP * GROUP; other < i / GROUP * GROUP + GROUP; other++) {
                double distance = 0;
                for (int d = 0; d < D; d++) {
                    double m = 0;
                    for (int j = 0; j < A; j++)
                        m += (double)weight_of(&b)[(d * K + k) * A + j] *
                             (at(&b, i, j) - at(&b, other, j));
                    distance += fabs(m);
                }
                near += other == i ? 0 : exp(-distance);
            }
            expect("minibatch_discrimination, o", y, i, A + k, near);
        }
    }
    close_bench(&b);
}

/* `first`, `n`: the rows of one sub-group */
static void check_stddev(Bench *b, View y, int first, int n, int places)
{
    const int A = b->x.cols;
    double s = 0;
    for (int j = 0; j < A; j++) {
        double mean = 0, square = 0;
        for (int i = first; i < first + n; i++)
            mean += at(b, i, j) / n;
        for (int i = first; i < first + n; i++)
            square += (at(b, i, j) - mean) * (at(b, i, j) - mean) / n;
        s += sqrt(square + 1e-8) / A;
    }
    for (int i = first; i < first + n; i++) {
        for (int j = 0; j < A; j++)
            expect("minibatch_stddev, x", y, i, j, at(b, i, j));
        for (int j = A; j < A + places; j++)
            expect("minibatch_stddev, s", y, i, j, s);
    }
}

/* 5 rows a group of the pass: in parts of 2 they are 2 and 3; of 4, all 5 of them. */
static void minibatch_stddev_value(void **state)
{
    (void)state;
    Bench b;
    open_bench(&b, "{\"kind\": \"minibatch_stddev\", \"group\": 2}", image);
    View y = forward(&b, WANT_TRAINING);
    assert_int_equal(y.cols, 4 * 5 * 4); /* one more plane */
    for (int first = 0; first < BATCH; first += GROUP) {
        check_stddev(&b, y, first, 2, 20);
        check_stddev(&b, y, first + 2, 3, 20);
    }
    close_bench(&b);
    open_bench(&b, "{\"kind\": \"minibatch_stddev\"}", flat);
    y = forward(&b, WANT_TRAINING);
    check_stddev(&b, y, 0, GROUP, 1);
    check_stddev(&b, y, GROUP, GROUP, 1);
    close_bench(&b);
}

/* ---- a reference batch ----------------------------------------------------------------------- */

/* The paper's formulas, as they stand there; the second group of rows is the reference batch. */
static void virtual_batch_norm_value(void **state)
{
    (void)state;
    Bench b;
    open_bench(&b, "{\"kind\": \"virtual_batch_norm\", \"epsilon\": 0.01}", image);
    const int F = b.x.cols, n = BATCH - GROUP;
    for (int j = 0; j < 2 * F; j++)
        b.t.net.layer[0].param[j / F].value.at[j % F] = (real)sin(j);
    const View y = forward(&b, WANT_TRAINING);
    for (int j = 0; j < F; j++) {
        double m = 0, q = 0;
        for (int i = GROUP; i < BATCH; i++) {
            m += at(&b, i, j) / n;
            q += at(&b, i, j) * at(&b, i, j) / n;
        }
        for (int i = 0; i < BATCH; i++) {
            const double x = at(&b, i, j), own = i < GROUP ? 1 : 0;
            const double mean = (n * m + own * x) / (n + own),
                         square = (n * q + own * x * x) / (n + own);
            expect("virtual_batch_norm", y, i, j,
                   sin(j) * (x - mean) / sqrt(square - mean * mean + 0.01) + sin(F + j));
        }
    }
    close_bench(&b);
}

/* y and dx of every row, [2*BATCH, F], with something added to row i. */
static Mat with_a_changed_row(int i, unsigned want)
{
    Bench b;
    open_bench(&b, "{\"kind\": \"virtual_batch_norm\"}", flat);
    const int F = b.x.cols;
    const Mat all = { 2 * BATCH, F, malloc((size_t)(2 * BATCH * F) * sizeof(real)) };
    assert_non_null(all.at);
    for (int j = 0; i >= 0 && j < F; j++)
        b.x.at[i * F + j] += (real)0.3;
    test_fill(b.t.trace.dy, 2);
    mat_copy(mat_rows(all, 0, BATCH), forward(&b, want));
    mat_copy(mat_rows(all, BATCH, BATCH),
             net_backward(&b.t.net, &b.t.trace, view(b.t.trace.dy), WANT_INPUT));
    close_bench(&b);
    return all;
}

static bool same_row(Mat a, Mat b, int i)
{
    return memcmp(mat_rows(a, i, 1).at, mat_rows(b, i, 1).at, (size_t)a.cols * sizeof(real)) == 0;
}

/* A sample is known to itself and, by its gradient, to the reference batch; that one is known to
 * all. In training and outside it is the same. */
static void who_knows_of_a_reference_batch(void **state)
{
    (void)state;
    const Mat plain = with_a_changed_row(-1, WANT_TRAINING), outside = with_a_changed_row(-1, 0);
    const Mat own = with_a_changed_row(0, WANT_TRAINING);
    const Mat reference = with_a_changed_row(GROUP, WANT_TRAINING);
    for (int i = 0; i < 2 * BATCH; i++) {
        const bool gradient = i >= BATCH, of_reference = i % BATCH >= GROUP;
        assert_true(same_row(plain, outside, i));
        assert_true(same_row(plain, own, i) == (i % BATCH != 0 && !(gradient && of_reference)));
        assert_false(same_row(plain, reference, i));
    }
    free(plain.at);
    free(outside.at);
    free(own.at);
    free(reference.at);
}

/* ---- activations ----------------------------------------------------------------------------- */

static void activation_values(void **state)
{
    (void)state;
    static const struct {
        const char *layer;
        double at, want;
    } row[] = {
        { "\"elu\"", -1, -0.6321205588285577 },
        { "\"elu\"", 3, 3 },
        { "\"elu\"", -100, -1 },
        { "\"elu\"", -1e-6, -1e-6 },
        { "\"selu\"", 1, 1.0507009873554805 },
        { "\"selu\"", -1, -1.1113307378125625 },
        { "\"gelu\"", 1, 0.8413447460685429 },
        { "\"gelu\"", -1, -0.15865525393145707 },
        { "\"gelu\"", -6, -5.91952587e-9 },
        { "\"gelu\"", 50, 50 },
        { "\"gelu\"", -50, 0 },
        { "\"silu\"", 1, 0.7310585786300049 },
        { "\"silu\"", -2, -0.23840584404423515 },
        { "\"silu\"", -200, 0 },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        Bench b;
        open_bench(&b, row[i].layer, flat);
        mat_fill(b.x, (real)row[i].at);
        const View y = forward(&b, 0);
        for (int j = 0; j < BATCH * b.x.cols;
             j++) { /* of the value itself: a tail is no rounding */
            const double apart = fabs((double)y.at[j] - row[i].want);
            if (!(apart <= 5e-6 * fabs(row[i].want) + 1e-30))
                fail_msg("%s(%g) is %.9g", row[i].layer, row[i].at, (double)y.at[j]);
        }
        close_bench(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_norm_value),
        cmocka_unit_test(pixel_norm_value),
        cmocka_unit_test(prelu_value),
        cmocka_unit_test(maxout_value),
        cmocka_unit_test(minibatch_discrimination_value),
        cmocka_unit_test(minibatch_stddev_value),
        cmocka_unit_test(virtual_batch_norm_value),
        cmocka_unit_test(who_knows_of_a_reference_batch),
        cmocka_unit_test(activation_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
