/* Metrics without labels, of images and of points: against numpy and scipy
 * (scripts/two_sample_reference.py), and known answers. */
#include "support/nets.h"
#include "support/torch.h"
#include "support/views.h"

#include "eval/numerics.h"
#include "eval/pyramid.h"
#include "gantrain/eval/point_metrics.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/math/parallel.h"

/* Projections and levels in float, sums of thousands of them in double. */
static const double tolerance = 2e-5;

static Error e;

static const Metric *const point_rows[] = { &metric_point_slices, &metric_marginals,
                                            &metric_correlation, &metric_energy_distance };
enum { POINT_ROWS = sizeof point_rows / sizeof *point_rows };

static const Metric *image_row(const char *name)
{
    return (const Metric *)registry_find(&metrics, name);
}

static double value_of(const Metric *m, int which, View fake, View other, Shape shape)
{
    MetricValue out[METRIC_VALUES];
    const MetricInput in = { .fake = { .n = fake.rows, .pixels = fake },
                             .real = { .n = other.rows, .pixels = other },
                             .shape = shape,
                             .range = (const PixelRange *)registry_find(&pixel_ranges, "unit"),
                             .seed = 7 };
    assert_true(metric_possible(m, &in));
    if (metric_measure(m, &in, out, &e) != GT_OK)
        fail_msg("%s: %s", m->is.name, e.text[0]);
    for (int i = 0; i < METRIC_VALUES; i++)
        assert_true(isnan(out[i].value) == (i >= metric_values(m, shape)));
    return out[which].value;
}

static double of_points(const Metric *m, int which, View fake, View other)
{
    return value_of(m, which, fake, other, (Shape){ fake.cols, 1, 1 });
}

/* ---- against numpy and scipy ----------------------------------------------------------------- */

static View numbers_of(const TensorFile *f, const char *which)
{
    const Tensor *t = torch_find(f, which, "pixels");
    real *at = malloc(torch_size(t) * sizeof *at);
    assert_non_null(at);
    for (size_t i = 0; i < torch_size(t); i++)
        at[i] =
            t->type == TENSOR_U8 ? (real)((const uint8_t *)t->at)[i] / 255 : (real)torch_at(t, i);
    return (View){ (int)t->shape[0], (int)(torch_size(t) / (size_t)t->shape[0]), at };
}

static void near(const char *name, double ours, double theirs)
{
    if (!(isnan(ours) && isnan(theirs)) && !(fabs(ours - theirs) <= tolerance * fabs(theirs)))
        fail_msg("%s is %.9g, scipy's %.9g", name, ours, theirs);
}

static void compare(const Metric *m, const TensorFile *f, const MetricInput *in)
{
    MetricValue one[METRIC_VALUES], more[METRIC_VALUES];
    assert_int_equal(metric_measure(m, in, one, &e), GT_OK);
    parallel_set_threads(3);
    assert_int_equal(metric_measure(m, in, more, &e), GT_OK);
    parallel_set_threads(1);
    for (int i = 0; i < metric_values(m, in->shape); i++) {
        const Tensor *t = torch_find(f, "expected", m->value[i]);
        near(m->value[i], one[i].value, torch_at(t, 0));
        near(m->value[i], one[i].error, torch_at(t, 1));
        assert_memory_equal(&one[i].value, &more[i].value, sizeof(double));
    }
}

static void compare_all(const char *fixture, Shape shape, int rows, const Metric *const *row)
{
    TensorFile f;
    torch_open(&f, fixture, &e);
    const View fake = numbers_of(&f, "fake"), other = numbers_of(&f, "real");
    const MetricInput in = { .fake = { .n = fake.rows, .pixels = fake },
                             .real = { .n = other.rows, .pixels = other },
                             .shape = shape,
                             .range = (const PixelRange *)registry_find(&pixel_ranges, "unit"),
                             .seed = (uint64_t)atoi(tensors_text(&f, "seed")) };
    assert_int_equal(fake.cols, shape_size(shape));
    for (int i = 0; i < rows; i++)
        compare(row[i], &f, &in);
    free_view(fake);
    free_view(other);
    tensors_close(&f);
}

static void colour_images_agree_with_scipy(void **state)
{
    (void)state;
    const Metric *const rows[] = { image_row("swd"), image_row("ms_ssim") };
    compare_all("images", (Shape){ 3, 29, 33 }, 2, rows);
}

static void points_agree_with_scipy(void **state)
{
    (void)state;
    compare_all("points", (Shape){ 6, 1, 1 }, POINT_ROWS, point_rows);
}

/* ---- sorting --------------------------------------------------------------------------------- */

static void floats_are_sorted(void **state)
{
    (void)state;
    const real x[] = { 3, -1, (real)-0.0, 0, 1e-30F, -1e30F, (real)INFINITY, 3, (real)-INFINITY };
    const double sorted[] = { -INFINITY, -1e30F, -1, 0, 0, 1e-30F, 3, 3, INFINITY };
    enum { COUNT = sizeof x / sizeof *x };
    uint32_t key[COUNT], spare[COUNT];
    float_sort(COUNT, x, 1, key, spare);
    for (int i = 0; i < COUNT; i++)
        assert_true(!(float_of_key(key[i]) < sorted[i] || float_of_key(key[i]) > sorted[i]));
    assert_int_equal(key[3], key[4]); /* -0 equals 0 */
    float_sort(3, x, 3, key, spare);  /* 3, 0, inf */
    assert_true(float_of_key(key[0]) <= 0 && float_of_key(key[1]) < 4);
}

/* {0, 3} and {1, 1, 1}: half of the mass moves by 1, half by 2. */
static void lists_of_other_lengths(void **state)
{
    (void)state;
    const real a[] = { 3, 0 }, b[] = { 1, 1, 1 };
    uint32_t x[2], y[3], spare[3];
    float_sort(2, a, 1, x, spare);
    float_sort(3, b, 1, y, spare);
    assert_true(fabs(wasserstein_1(2, x, 3, y) - 1.5) < 1e-12);
    assert_true(fabs(wasserstein_1(3, y, 2, x) - 1.5) < 1e-12);
    assert_true(wasserstein_1(3, y, 3, y) <= 0);
}

/* ---- known answers: points ------------------------------------------------------------------- */

/* Normal points around `shift` in every direction; another draw for another `which`. */
static View normals(int n, int D, unsigned which, real shift)
{
    real *at = malloc((size_t)n * (size_t)D * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ n, D, at }, rng_draw(5, RNG_SAMPLE, which, 0), 0);
    for (int i = 0; i < n * D; i++)
        at[i] += shift;
    return (View){ n, D, at };
}

static void equal_points_have_no_distance(void **state)
{
    (void)state;
    const View x = normals(200, 5, 0, 3);
    for (int i = 0; i < POINT_ROWS; i++)
        assert_true(fabs(of_points(point_rows[i], 0, x, x)) < 1e-9);
    assert_true(fabs(of_points(&metric_two_sample_test, 0, x, x) - 0.5) < 1e-12);
    free_view(x);
}

/* A shift by s: W1 along u is |s·u|; the mean over directions of |u_1| is Γ(D/2) / √π Γ((D+1)/2).
 * In one dimension the energy distance of N(0,1) and N(s,1) is 2 E|s + √2 Z| - 2 E|√2 Z|. */
static void shifted_normal_points(void **state)
{
    (void)state;
    enum { COUNT = 20000, D = 4 };
    const double pi = 3.141592653589793, s = 0.5;
    const View x = normals(COUNT, D, 0, 0), y = normals(COUNT, D, 1, (real)s);
    const double length = s * sqrt(D), share = tgamma(D / 2.0) / sqrt(pi) / tgamma((D + 1) / 2.0);
    assert_true(fabs(of_points(&metric_point_slices, 0, x, y) - length * share) < 0.02);
    assert_true(fabs(of_points(&metric_marginals, 0, x, y) - erf(s / 2 / sqrt(2))) < 0.015);
    assert_true(of_points(&metric_correlation, 0, x, y) < 0.02);
    const View u = { COUNT, 1, x.at }, v = { COUNT, 1, y.at };
    const double folded = 2 / sqrt(pi) * exp(-s * s / 4) + s * erf(s / 2);
    assert_true(fabs(of_points(&metric_energy_distance, 0, u, v) - 2 * folded + 4 / sqrt(pi)) <
                0.02);
    free_view(x);
    free_view(y);
}

static void two_sample_test_of_normal_points(void **state)
{
    (void)state;
    const View x = normals(2000, 3, 0, 0), y = normals(1500, 3, 1, 0), z = normals(2000, 3, 2, 4);
    assert_true(fabs(of_points(&metric_two_sample_test, 0, x, y) - 0.5) < 0.05);
    assert_true(of_points(&metric_two_sample_test, 0, z, y) > 0.99);
    free_view(x);
    free_view(y);
    free_view(z);
}

/* A generator that diverged has no scores instead of any. */
static void points_that_are_not_finite(void **state)
{
    (void)state;
    real x[] = { 0, 1, 2, (real)NAN, 4, 5, 6, 7 };
    const real y[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    const View broken = { 4, 2, x }, whole = { 4, 2, y };
    MetricValue out[METRIC_VALUES];
    for (int i = 0; i < POINT_ROWS; i++) {
        x[3] = (real)(i % 2 ? INFINITY : NAN);
        assert_int_equal(point_metric_measure(point_rows[i], broken, whole, 1, out, &e), GT_OK);
        assert_true(isnan(out[0].value));
        assert_int_equal(point_metric_measure(point_rows[i], whole, whole, 1, out, &e), GT_OK);
        assert_true(fabs(out[0].value) < 1e-6);
    }
}

/* Columns that are equal in one set and opposite in the other; a constant one. */
static void correlations_of_opposite_columns(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    real a[2 * COUNT], b[2 * COUNT];
    for (int i = 0; i < COUNT; i++) {
        a[2 * i] = a[2 * i + 1] = b[2 * i] = (real)(i * i % 17);
        b[2 * i + 1] = -b[2 * i];
    }
    const View x = { COUNT, 2, a }, y = { COUNT, 2, b };
    assert_true(fabs(of_points(&metric_correlation, 0, x, y) - 2) < 1e-5);
    for (int i = 0; i < COUNT; i++)
        b[2 * i + 1] = (real)0.1;
    assert_true(fabs(of_points(&metric_correlation, 0, x, y) - 1) < 1e-5);
    assert_int_equal(metric_values(&metric_correlation, (Shape){ 1, 1, 1 }), 0);
}

/* ---- known answers: images ------------------------------------------------------------------- */

/* Waves of random direction and phase. */
static View pictures(int n, Shape s, unsigned which)
{
    const View u = normals(n, 3, which, 0);
    const int X = shape_size(s);
    real *at = malloc((size_t)n * (size_t)X * sizeof *at);
    assert_non_null(at);
    for (int i = 0; i < n * X; i++) {
        const real *k = u.at + 3 * (i / X);
        const int x = i % s.w, y = i / s.w % s.h;
        at[i] = (real)(0.5 + 0.4 * cos(0.3 * (double)(k[0] * (real)x + k[1] * (real)y + 9 * k[2])));
    }
    free_view(u);
    return (View){ n, X, at };
}

static void image_distances(Shape s)
{
    const View x = pictures(60, s, 0), y = pictures(90, s, 1), noise = normals(60, x.cols, 2, 0);
    const Metric *swd = image_row("swd"), *ssim = image_row("ms_ssim");
    assert_true(value_of(swd, 0, x, x, s) <= 0);
    assert_true(value_of(ssim, 1, x, x, s) <= 0);
    const double same = value_of(swd, 0, x, y, s);
    assert_true(same > 0 && value_of(swd, 0, noise, y, s) > 1.2 * same);
    const View once = { 2, x.cols, x.at };
    real *twice = malloc(2 * (size_t)x.cols * sizeof *twice);
    assert_non_null(twice);
    memcpy(twice, once.at, (size_t)x.cols * sizeof *twice);
    memcpy(twice + x.cols, once.at, (size_t)x.cols * sizeof *twice);
    assert_true(fabs(value_of(ssim, 0, (View){ 2, x.cols, twice }, y, s) - 1) < 1e-9);
    assert_true(value_of(ssim, 0, x, y, s) < 0.5);
    free(twice);
    free_view(x);
    free_view(y);
    free_view(noise);
}

static void images_of_any_size(void **state)
{
    (void)state;
    const Shape shapes[] = {
        { 1, 28, 28 }, { 3, 16, 16 }, { 4, 9, 33 }, { 2, 64, 31 }, { 1, 7, 8 }
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        image_distances(shapes[i]);
}

/* Tiny images and a single one: nothing is read out of bounds, values are finite. */
static void the_smallest_images(void **state)
{
    (void)state;
    const Shape shapes[] = { { 1, 1, 1 }, { 3, 1, 5 }, { 1, 2, 2 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const View x = normals(2, shape_size(shapes[i]), 0, 0), one = view_rows(x, 0, 1);
        assert_true(isfinite(value_of(image_row("swd"), 0, one, x, shapes[i])));
        assert_true(isfinite(value_of(image_row("ms_ssim"), 0, x, x, shapes[i])));
        free_view(x);
    }
}

/* The paper's levels for powers of two; a pyramid of a constant image is empty but for the last. */
static void levels_of_a_pyramid(void **state)
{
    (void)state;
    enum { SIDE = 31 };
    real plane[SIDE * SIDE], level[3][SIDE * SIDE];
    const Shape s = { 1, SIDE, SIDE };
    const PyramidScratch p = { level[0], level[1], level[2] };
    assert_int_equal(pyramid_levels((Shape){ 3, 16, 16 }, 14), 1);
    assert_int_equal(pyramid_levels((Shape){ 3, 128, 128 }, 14), 4);
    assert_int_equal(pyramid_levels((Shape){ 1, 28, 28 }, 14), 2);
    assert_int_equal(pyramid_levels((Shape){ 1, 28, 27 }, 14), 2);
    assert_int_equal(pyramid_levels((Shape){ 1, 26, 40 }, 14), 1);
    assert_int_equal(pyramid_shape(s, 2, 0).h, 16);
    assert_int_equal(metric_values(image_row("swd"), s), 3);
    assert_int_equal(metric_values(image_row("swd"), (Shape){ 1, 5000, 5000 }), METRIC_VALUES);
    for (int i = 0; i < SIDE * SIDE; i++)
        plane[i] = (real)0.3;
    pyramid_level(&p, s, 2, 1, plane);
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_true(fabs((double)p.level[i]) < 1e-6);
    pyramid_level(&p, s, 2, 0, plane);
    for (int i = 0; i < 16 * 16; i++)
        assert_true(fabs((double)p.level[i] - 0.3) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_images_agree_with_scipy),
        cmocka_unit_test(points_agree_with_scipy),
        cmocka_unit_test(floats_are_sorted),
        cmocka_unit_test(lists_of_other_lengths),
        cmocka_unit_test(equal_points_have_no_distance),
        cmocka_unit_test(shifted_normal_points),
        cmocka_unit_test(two_sample_test_of_normal_points),
        cmocka_unit_test(points_that_are_not_finite),
        cmocka_unit_test(correlations_of_opposite_columns),
        cmocka_unit_test(images_of_any_size),
        cmocka_unit_test(the_smallest_images),
        cmocka_unit_test(levels_of_a_pyramid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
