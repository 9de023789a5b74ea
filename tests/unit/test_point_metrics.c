/* Scores of points on samples with known answers. */
#include "gantrain/eval/point_metrics.h"
#include "support/nets.h"

/* Four modes at the corners of a square; that at (4, 4) has twice the std and three times the
 * weight. */
static double centre[] = { 0, 0, 4, 0, 0, 4, 4, 4 };
static double stds[] = { 0.1, 0.1, 0.1, 0.2 };
static double weights[] = { 1 / 6.0, 1 / 6.0, 1 / 6.0, 0.5 };
static const Modes square = { 4, 2, centre, stds, weights };

static ModeScore score(int n, const real *at, int count[4])
{
    return modes_score(&square, (View){ n, 2, at }, count);
}

static void near(double a, double b)
{
    assert_true(fabs(a - b) < 1e-12);
}

static void all_modes_by_weight(void **state)
{
    (void)state;
    int count[4];
    const real at[] = { 0, 0, 4, 0, 0, 4, 4, 4, 4, 4, 4, 4 };
    const ModeScore s = score(6, at, count);
    near(s.modes, 4);
    near(s.high_quality, 1);
    near(s.reverse_kl, 0);
    assert_int_equal(count[3], 3);
}

static void one_mode(void **state)
{
    (void)state;
    int count[4];
    const real at[] = { 0, 0, 0, (real)0.05, (real)0.1, 0 };
    ModeScore s = score(3, at, count);
    near(s.modes, 1);
    near(s.high_quality, 1);
    near(s.reverse_kl, log(6));
    const real heavy[] = { 4, 4 };
    s = score(1, heavy, count);
    near(s.reverse_kl, log(2));
}

/* Two of five are of high quality: one in each of two modes. */
static void only_high_quality_samples_count(void **state)
{
    (void)state;
    int count[4];
    const real at[] = { 0, 0, 4, (real)4.3, 2, 2, 50, -3, (real)0.25, (real)0.25 };
    const ModeScore s = score(5, at, count);
    near(s.modes, 2);
    near(s.high_quality, 0.4);
    near(s.reverse_kl, 0.5 * log(0.5 * 6) + 0.5 * log(0.5 * 2));
}

/* 3σ is 0.3 for a narrow mode and 0.6 for the wide one. */
static void the_border_is_three_standard_deviations(void **state)
{
    (void)state;
    int count[4];
    const real in[] = { (real)0.299, 0, 4, (real)4.599 };
    const real out[] = { (real)0.301, 0, 4, (real)4.601 };
    near(score(2, in, count).high_quality, 1);
    near(score(2, out, count).high_quality, 0);
}

static void no_high_quality_sample(void **state)
{
    (void)state;
    int count[4];
    const real at[] = { 2, 2, (real)NAN, 0, INFINITY, 0, 0, -INFINITY };
    const ModeScore s = score(4, at, count);
    near(s.modes, 0);
    near(s.high_quality, 0);
    assert_true(isnan(s.reverse_kl));
}

/* ---- histograms ------------------------------------------------------------------------------ */

static void bins_cover_the_data(void **state)
{
    (void)state;
    const real x[] = { (real)-0.12, (real)0.1, (real)0.149, (real)0.15, (real)0.31, (real)NAN };
    double scale[] = { 10 }, offset[] = { 0 };
    const Units tenfold = { .n = 1, .scale = scale, .offset = offset };
    const Bins b = bins_over((View){ 6, 1, x }, &tenfold, 0.5); /* -1.2 .. 3.1 in steps of a half */
    near(b.first, -3);
    near(b.n, 10);
    int count[10];
    bins_count(&b, (View){ 6, 1, x }, count);
    const int want[10] = { 1, 0, 0, 0, 0, 2, 1, 0, 0, 1 };
    assert_memory_equal(count, want, sizeof want);
    const real outside[] = { -1, 1, INFINITY, -INFINITY };
    bins_count(&b, (View){ 4, 1, outside }, count);
    for (int i = 0; i < 10; i++)
        assert_int_equal(count[i], 0);
    near(bins_over((View){ 1, 1, x + 5 }, &tenfold, 0.5).n, 0);
}

static void equal_histograms_have_distance_zero(void **state)
{
    (void)state;
    const int data[] = { 10, 0, 30, 60 }, made[] = { 1, 0, 3, 6 };
    const HistogramScore s = histogram_score(4, data, 100, made, 10);
    near(s.chi_square, 0);
    near(s.kl, 0);
}

/* p = (.1, .3, .6); of ten generated numbers two are in an empty bin of the data, two outside all
 * bins. */
static void different_histograms(void **state)
{
    (void)state;
    const int data[] = { 10, 0, 30, 60 }, made[] = { 3, 2, 3, 0 };
    HistogramScore s = histogram_score(4, data, 100, made, 10);
    near(s.chi_square, 0.04 / 0.1 + 0 + 0.36 / 0.6);
    near(s.kl, 0.5 * log(0.5 / 0.1) + 0.5 * log(0.5 / 0.3));
    const int nothing[] = { 0, 5, 0, 0 };
    s = histogram_score(4, data, 100, nothing, 5);
    near(s.chi_square, 1);
    assert_true(isnan(s.kl));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_modes_by_weight),
        cmocka_unit_test(one_mode),
        cmocka_unit_test(only_high_quality_samples_count),
        cmocka_unit_test(the_border_is_three_standard_deviations),
        cmocka_unit_test(no_high_quality_sample),
        cmocka_unit_test(bins_cover_the_data),
        cmocka_unit_test(equal_histograms_have_distance_zero),
        cmocka_unit_test(different_histograms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
