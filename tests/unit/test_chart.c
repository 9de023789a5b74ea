/* Charts: ticks, labels, thinning, gaps, logarithmic axes, escapes. */
#include <math.h>
#include <stdbool.h>

#include "gantrain/io/html.h"
#include "report/chart.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* ---- axes ------------------------------------------------------------------------------------ */

static void assert_near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-9 * fmax(1, fabs(b)));
}

static void assert_ticks(const Axis *a, const char *labels)
{
    char all[512] = "", one[NUMBER_TEXT];
    for (int i = 0; i < a->n; i++) {
        axis_label(a, i, one);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " | " : "", one);
    }
    assert_string_equal(all, labels);
}

static void test_round_ticks(void **state)
{
    (void)state;
    static const struct {
        Scale scale;
        double least, most;
        const char *labels;
    } cases[] = {
        { SCALE_LINEAR, 0.61, 1.39, "0.6 | 0.8 | 1.0 | 1.2 | 1.4" },
        { SCALE_LINEAR, -3, 7, "−4 | −2 | 0 | 2 | 4 | 6 | 8" },
        { SCALE_LINEAR, 6700, 7100, "6,700 | 6,800 | 6,900 | 7,000 | 7,100" },
        { SCALE_LINEAR, 0, 4.2e6, "0 | 1M | 2M | 3M | 4M | 5M" },
        { SCALE_LINEAR, 0, 4e-5, "0 | 10⁻⁵ | 2·10⁻⁵ | 3·10⁻⁵ | 4·10⁻⁵" },
        { SCALE_LINEAR, 5, 5, "4.4 | 4.6 | 4.8 | 5.0 | 5.2 | 5.4 | 5.6" },
        { SCALE_LINEAR, 0, 0, "−1.0 | −0.5 | 0.0 | 0.5 | 1.0" },
        { SCALE_SHARE, 0.3, 0.4, "0 % | 25 % | 50 % | 75 % | 100 %" },
        { SCALE_COUNT, 0, 2813, "0 | 1,000 | 2,000" },
        { SCALE_COUNT, 0, 3, "0 | 1 | 2 | 3" },
        { SCALE_LOG, 0.19, 8, "0.1 | 0.2 | 0.5 | 1 | 2 | 5 | 10" },
        { SCALE_LOG, 2e-6, 3e3, "10⁻⁵ | 0.001 | 0.1 | 10 | 1,000" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Axis a = axis_for_range(cases[i].scale, cases[i].least, cases[i].most);
        assert_ticks(&a, cases[i].labels);
        const double rounding = 1e-9 * (a.to - a.from);
        assert_true(a.from <= cases[i].least + rounding && cases[i].most <= a.to + rounding);
    }
}

/* For any range: from < to, no tick outside. */
static void test_any_range_has_an_axis(void **state)
{
    (void)state;
    static const double ends[] = { -1.7e308, -1e9, -1,   -1e-9, -1e-310, 0,
                                   1e-310,   1e-9, 1e-3, 1,     1e9,     1.7e308 };
    enum { N = sizeof ends / sizeof *ends };
    char label[NUMBER_TEXT];
    for (int i = 0; i < N; i++)
        for (int j = i; j < N; j++)
            for (int s = SCALE_LINEAR; s <= SCALE_COUNT; s++) {
                const Axis a = axis_for_range((Scale)s, ends[i], ends[j]);
                assert_true(a.from < a.to);
                assert_true(a.n >= 1 && a.n <= AXIS_TICKS);
                for (int k = 0; k < a.n; k++) {
                    const double position = axis_position(&a, a.tick[k]);
                    assert_true(position >= -1e-6 && position <= 1 + 1e-6);
                    axis_label(&a, k, label);
                    assert_true(strlen(label) > 0 && strlen(label) < NUMBER_TEXT - 1);
                }
            }
}

static void test_positions(void **state)
{
    (void)state;
    const Axis line = axis_for_range(SCALE_LINEAR, 0, 10),
               powers = axis_for_range(SCALE_LOG, 0.01, 100);
    assert_near(axis_position(&line, 0), 0);
    assert_near(axis_position(&line, 2.5), 0.25);
    assert_near(axis_position(&powers, 0.01), 0);
    assert_near(axis_position(&powers, 1), 0.5);
    assert_true(isnan(axis_position(&line, (double)NAN)));
    assert_true(isnan(axis_position(&line, (double)INFINITY)));
    assert_true(isnan(axis_position(&powers, 0)));
    assert_true(isnan(axis_position(&powers, -1)));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { 12345678, "12,345,678" },
        { -1000, "−1,000" },
        { 1.386294, "1.386" },
        { -0.25, "−0.25" },
        { 0.00123456, "0.001235" },
        { 58501.4, "58,501" },
        { 1e-4, "10⁻⁴" },
        { 3.214e-6, "3.21·10⁻⁶" },
        { 1.5e300, "1.5·10³⁰⁰" },
        { -2e-12, "−2·10⁻¹²" },
        { (double)NAN, "–" },
    };
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        number_text(cases[i].v, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- thinning -------------------------------------------------------------------------------- */

enum { LONG = 100000 };

typedef struct Points {
    double x[LONG], y[LONG];
    Vertex out[CURVE_VERTICES];
} Points;

static Points *make_points(void)
{
    Points *p = malloc(sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < LONG; i++) {
        p->x[i] = i;
        p->y[i] = sin(i * 0.37);
    }
    return p;
}

static int thin(Points *p, int n)
{
    const Axis ax = axis_for_range(SCALE_COUNT, 0, n - 1), ay = axis_for_range(SCALE_LINEAR, -1, 1);
    return curve_thin(&ax, &ay, p->x, p->y, n, p->out);
}

static bool has_y(const Points *p, int n, double y)
{
    const Axis ay = axis_for_range(SCALE_LINEAR, -1, 1);
    for (int i = 0; i < n; i++)
        if (fabs(p->out[i].y - axis_position(&ay, y)) < 1e-12)
            return true;
    return false;
}

static void test_long_curve_keeps_extremes(void **state)
{
    (void)state;
    Points *p = make_points();
    p->y[51234] = 0.99999; /* single rows, which subsampling would miss */
    p->y[77777] = -0.99999;
    const int n = thin(p, LONG);
    assert_true(n > CURVE_BUCKETS && n <= 4 * CURVE_BUCKETS);
    assert_true(has_y(p, n, 0.99999) && has_y(p, n, -0.99999));
    assert_true(has_y(p, n, p->y[0]) && has_y(p, n, p->y[LONG - 1]));
    for (int i = 1; i < n; i++)
        assert_true(p->out[i].x >= p->out[i - 1].x);
    free(p);
}

static void test_short_curve_is_kept(void **state)
{
    (void)state;
    Points *p = make_points();
    assert_int_equal(thin(p, 2 * CURVE_BUCKETS), 2 * CURVE_BUCKETS);
    assert_int_equal(thin(p, 1), 1);
    assert_int_equal(thin(p, 0), 0);
    free(p);
}

/* Breaks between corners, neither at the ends nor two in a row. */
static int count_breaks(const Points *p, int n)
{
    int breaks = 0;
    for (int i = 0; i < n; i++) {
        if (!isnan(p->out[i].y))
            continue;
        breaks++;
        assert_true(i > 0 && !isnan(p->out[i - 1].y));
    }
    return breaks;
}

static void test_gap_breaks_the_line(void **state)
{
    (void)state;
    Points *p = make_points();
    p->y[3] = (double)NAN;
    assert_int_equal(thin(p, 8), 8); /* 7 values and a break */
    assert_int_equal(count_breaks(p, 8), 1);

    p = (free(p), make_points());
    for (int i = 40000; i < 60000; i++)
        p->y[i] = (double)NAN;
    assert_true(count_breaks(p, thin(p, LONG)) >= 1);
    p->y[20000] = (double)NAN; /* 1 of 250 rows of its bucket */
    const int n = thin(p, LONG);
    assert_true(n <= CURVE_VERTICES);
    assert_true(count_breaks(p, n) >= 2);
    free(p);
}

static void test_worst_curves_fit(void **state)
{
    (void)state;
    Points *p = make_points();
    for (int i = 0; i < LONG; i += 2)
        p->y[i] = (double)NAN;
    assert_true(thin(p, LONG) <= CURVE_VERTICES);
    assert_true(thin(p, 2 * CURVE_BUCKETS) <= CURVE_VERTICES);
    for (int i = 0; i < LONG; i++)
        p->x[i] = i * 7919 % LONG; /* unordered */
    assert_true(thin(p, LONG) <= CURVE_VERTICES);
    free(p);
}

static void test_smoothing(void **state)
{
    (void)state;
    double x[CURVE_MEANS], y[CURVE_MEANS];
    Points *p = make_points();
    for (int i = 0; i < LONG; i++)
        p->y[i] = i % 2 ? 10 : 1000;
    p->y[LONG / 3] = 1e300; /* affects one window only */
    assert_true(curve_smooth(p->x, p->y, LONG, false, x, y) > 100);
    assert_true(fabs(y[0] - 505) < 1 && fabs(y[CURVE_MEANS - 1] - 505) < 1);
    p->y[LONG / 3] = 0;
    assert_true(curve_smooth(p->x, p->y, LONG, true, x, y) > 100);
    for (int i = 0; i < CURVE_MEANS; i++)
        assert_true(fabs(y[i] - 100) < 1); /* the geometric mean, without the 0 */
    assert_int_equal(curve_smooth(p->x, p->y, 10, false, x, y), 0);
    free(p);
}

/* ---- the figure ------------------------------------------------------------------------------ */

static int count_of(const char *text, const char *word)
{
    int n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

static void test_a_chart(void **state)
{
    (void)state;
    static const double x[] = { 1, 2, 3, 4 }, a[] = { 1, (double)NAN, 3, 4 },
                        b[] = { 0, 0.5, 2, 8 };
    Chart c = { .title = "T<", .about = "a & b", .x_name = "step", .scale = SCALE_LINEAR };
    c.series[0] = (Series){ "\"one\"", x, a, 4, 0 };
    c.series[1] = (Series){ "two", x, b, 4, 1 };
    c.n = 2;
    Text out = { 0 };
    chart_add(&out, &c);
    assert_false(out.failed);
    assert_int_equal(count_of(out.at, "<path class=\"curve"), 2);
    assert_int_equal(count_of(out.at, "<h3>T&lt;</h3>"), 1);
    assert_int_equal(count_of(out.at, "a &amp; b"), 1);
    assert_int_equal(count_of(out.at, "\"one\""), 0);
    assert_int_equal(count_of(out.at, "M2500 8750h0"),
                     2); /* a single point before a gap, and its dot */
    assert_int_equal(count_of(out.at, "1 values are missing or not finite"), 1);
    assert_int_equal(count_of(out.at, "aria-label="), 1);

    c.scale = SCALE_LOG;
    text_free(&out);
    chart_add(&out, &c);
    assert_int_equal(count_of(out.at, "1 values of 0 or below are not shown"), 1);
    text_free(&out);
}

static void test_chart_without_values_is_empty(void **state)
{
    (void)state;
    static const double x[] = { 1, 2 }, y[] = { (double)NAN, (double)NAN };
    Chart c = { .title = "T", .x_name = "step" };
    Text out = { 0 };
    chart_add(&out, &c);
    c.series[0] = (Series){ "one", x, y, 2, 0 };
    c.n = 1;
    chart_add(&out, &c);
    assert_int_equal(out.used, 0);
    text_free(&out);
}

static void test_outlier_clips_the_axis(void **state)
{
    (void)state;
    double x[100], y[100];
    for (int i = 0; i < 100; i++) {
        x[i] = i;
        y[i] = 1 + 0.01 * (i % 10);
    }
    Chart c = { .title = "T", .x_name = "step", .series = { { "one", x, y, 100, 0 } }, .n = 1 };
    Text out = { 0 };
    chart_add(&out, &c);
    assert_int_equal(count_of(out.at, "The axis is clipped"), 0);
    text_free(&out);
    y[50] = 1e6;
    chart_add(&out, &c);
    assert_int_equal(count_of(out.at, "The axis is clipped; maximum: 1,000,000."), 1);
    text_free(&out);
}

/* ---- escapes --------------------------------------------------------------------------------- */

static void test_html(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "plain é 字", "plain é 字" },
        { "</script><b a='x' c=\"y\">&amp;",
          "&lt;/script&gt;&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;&amp;amp;" },
        { "a\x01\x1b[2J\x7f", "a\xEF\xBF\xBD\xEF\xBF\xBD[2J\xEF\xBF\xBD" },
        { "a\xff\xc3", "a\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "a\xC2\x85z", "a\xEF\xBF\xBDz" }, /* a C1 control      */
        { "a\xE2\x80\xAEz\xE2\x80\xA6",
          "a\xEF\xBF\xBDz\xE2\x80\xA6" }, /* right to left; an ellipsis */
        { "\n\t", "\n\t" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Text out = { 0 };
        html_add(&out, cases[i][0]);
        assert_string_equal(out.at, cases[i][1]);
        text_free(&out);
    }
}

/* RFC 4648, section 10, and a length beyond one block. */
static void test_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "f", "Zg==" },         { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },       { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    static unsigned char ones[10000];
    Text out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        base64_add(&out, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(out.at, cases[i][1]);
        text_free(&out);
    }
    memset(ones, 0xff, sizeof ones);
    base64_add(&out, ones, sizeof ones);
    assert_int_equal(out.used, (sizeof ones + 2) / 3 * 4);
    assert_int_equal(strspn(out.at, "/"), sizeof ones / 3 * 4 + 1);
    assert_string_equal(out.at + sizeof ones / 3 * 4, "/w==");
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_ticks),
        cmocka_unit_test(test_any_range_has_an_axis),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_curve_keeps_extremes),
        cmocka_unit_test(test_short_curve_is_kept),
        cmocka_unit_test(test_gap_breaks_the_line),
        cmocka_unit_test(test_worst_curves_fit),
        cmocka_unit_test(test_smoothing),
        cmocka_unit_test(test_a_chart),
        cmocka_unit_test(test_chart_without_values_is_empty),
        cmocka_unit_test(test_outlier_clips_the_axis),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
