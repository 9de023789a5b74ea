/* Metrics where the answer is known. */
#include "support/metrics.h"

#include "gantrain/eval/distances.h"

enum { N_SAMPLES = 2000, F = 8 };

/* Normal features around `shift` in every direction; another draw for another `which`. */
static View normals(unsigned which, real shift)
{
    real *at = malloc(N_SAMPLES * F * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ N_SAMPLES, F, at }, rng_draw(5, RNG_SAMPLE, which, 0), 0);
    for (int i = 0; i < N_SAMPLES * F; i++)
        at[i] += shift;
    return (View){ N_SAMPLES, F, at };
}

static MetricInput of_features(View fake, View true_ones)
{
    return (MetricInput){ .fake = { .n = fake.rows, .features = fake },
                          .real = { .n = true_ones.rows, .features = true_ones },
                          .seed = 1 };
}

static void free_view(View v)
{
    union {
        const real *in;
        void *out;
    } at = { v.at };
    free(at.out);
}

/* |a - b|² for two Gaussians of equal spread; estimated covariances alone are about F²/2n apart. */
static void frechet_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0), c = normals(2, (real)0.5);
    MetricInput in = of_features(a, b);
    const double same = metric_number("fcd", &in).value;
    assert_true(same > 0 && same < 3.0 * F * F / N_SAMPLES);
    in = of_features(c, b);
    /* the squared distance of means has a standard deviation of 2·|a - b|·√(2/n) */
    assert_true(fabs(metric_number("fcd", &in).value - F * 0.25 - same) <
                5 * 2 * sqrt(F * 0.25) * sqrt(2.0 / N_SAMPLES));
    in = of_features(b, b);
    assert_true(fabs(metric_number("fcd", &in).value) < 1e-9);
    free_view(a);
    free_view(b);
    free_view(c);
}

static void kernel_distance_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0), c = normals(2, (real)0.5);
    MetricInput in = of_features(a, b);
    const MetricValue same = metric_number("kid", &in);
    in = of_features(c, b);
    const MetricValue other = metric_number("kid", &in);
    assert_true(fabs(same.value) < 0.02 && same.error < 0.005);
    assert_true(other.value > 0.3 && other.value > 20 * other.error);
    free_view(a);
    free_view(b);
    free_view(c);
}

/* Of one distribution every number is near what equal sets have. */
static void manifolds_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0);
    MetricInput in = of_features(a, b);
    assert_true(metric_number("precision", &in).value > 0.7);
    assert_true(metric_number("recall", &in).value > 0.7);
    assert_true(fabs(metric_number("density", &in).value - 1) <
                5 * metric_number("density", &in).error);
    assert_true(fabs(metric_number("coverage", &in).value - (1 - 1 / 32.0)) < 0.02); /* 1 - 2^-k */
    in = of_features(b, b);
    assert_true(metric_number("precision", &in).value >= 1 &&
                metric_number("recall", &in).value >= 1);
    assert_true(metric_number("coverage", &in).value >= 1);
    free_view(a);
    free_view(b);
}

/* One real image a thousand times is perfectly precise and recalls nothing but itself; another one is nothing. */
static void one_image_again_and_again(void **state)
{
    (void)state;
    const View b = normals(1, 0);
    real *same = malloc(N_SAMPLES * F * sizeof *same);
    assert_non_null(same);
    for (int i = 0; i < N_SAMPLES; i++)
        memcpy(same + i * F, b.at + 17 * F, F * sizeof *same);
    MetricInput in = of_features((View){ N_SAMPLES, F, same }, b);
    assert_true(metric_number("precision", &in).value >= 1);
    assert_true(fabs(metric_number("recall", &in).value * N_SAMPLES - 1) < 1e-9);
    assert_true(metric_number("coverage", &in).value < 0.02);
    for (int i = 0; i < N_SAMPLES * F; i++)
        same[i] = 9;
    assert_true(metric_number("precision", &in).value <= 0 &&
                metric_number("recall", &in).value <= 0);
    assert_true(metric_number("density", &in).value <= 0 &&
                metric_number("coverage", &in).value <= 0);
    assert_true(metric_number("fcd", &in).value >
                9 * 9 * F); /* a covariance of zeros is no difficulty */
    free(same);
    free_view(b);
}

/* n images that are surely of class i mod `classes`. */
static View sure(int n, int classes)
{
    enum { C = 10 };
    real *p = calloc((size_t)n * C, sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < n; i++)
        p[i * C + i % classes] = 1;
    return (View){ n, C, p };
}

static void score_has_its_bounds(void **state)
{
    (void)state;
    for (int classes = 1; classes <= 10; classes++) {
        const View p = sure(50000, classes);
        const MetricInput in = { .fake = { .n = p.rows, .probabilities = p }, .seed = 3 };
        const MetricValue score = metric_number("score", &in);
        assert_true(fabs(score.value - classes) < 0.01 && score.error < 0.01);
        free_view(p);
    }
}

/* Samples of five of ten even classes: KL = log 2. */
static void half_the_classes(void **state)
{
    (void)state;
    uint8_t labels[1000];
    for (int i = 0; i < 1000; i++)
        labels[i] = (uint8_t)(i % 10);
    const View p = sure(1000, 5);
    MetricInput in = { .fake = { .n = 1000, .probabilities = p, .labels = labels },
                       .real = { .n = 1000, .labels = labels } };
    assert_true(fabs(metric_number("class_kl", &in).value - log(2)) < 1e-12);
    assert_true(fabs(metric_number("classes", &in).value - 5) < 1e-12);
    assert_true(fabs(metric_number("label_agreement", &in).value - 0.5) < 1e-12);
    free_view(p);
}

/* One sample at 0: log N(0; σ² I) of images that are 0 is largest for the least σ, 0.1. In -1..1 the grey of
 * 0 is -1. */
static void parzen_of_one_window(void **state)
{
    (void)state;
    enum { X = 4 };
    const real black[3 * X] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
    const real grey[X] = { 0, 0, 0, 0 };
    MetricInput in = { .fake = { .n = 1, .pixels = { 1, X, black } },
                       .real = { .n = 1, .pixels = { 1, X, black } },
                       .train = { .n = 3, .pixels = { 3, X, black } },
                       .range = (const PixelRange *)registry_find(&pixel_ranges, "signed") };
    const double norm = -0.5 * X * log(6.283185307179586 * 0.01);
    assert_true(fabs(metric_number("parzen", &in).value - norm) < 1e-5);
    in.real.pixels.at = grey; /* half a unit away in every pixel */
    assert_true(fabs(metric_number("parzen", &in).value - (norm - X * 0.25 / 0.02)) < 1e-4);
}

static void copies_are_found(void **state)
{
    (void)state;
    const View train = normals(0, 0), test = normals(1, 0), fresh = normals(2, 0);
    MetricInput in = { .fake = { .n = N_SAMPLES, .pixels = train },
                       .real = { .n = N_SAMPLES, .pixels = test },
                       .train = { .n = N_SAMPLES, .pixels = train } };
    assert_true(metric_number("nearest_ratio", &in).value <=
                0); /* equal rows are 0 apart, exactly */
    assert_true(metric_number("copying", &in).value >= 1 &&
                metric_number("copies", &in).value >= 1);
    in.fake.pixels = fresh;
    const MetricValue ratio = metric_number("nearest_ratio", &in),
                      copying = metric_number("copying", &in);
    assert_true(fabs(ratio.value - 1) < 5 * ratio.error && ratio.error < 0.02);
    assert_true(fabs(copying.value - 0.5) < 5 * copying.error);
    assert_true(metric_number("copies", &in).value < 0.01);
    free_view(train);
    free_view(test);
    free_view(fresh);
}

/* ---- distances ------------------------------------------------------------------------------------ */

typedef struct Seen {
    View a, b;
    double worst;
    int n;
} Seen;

static void compare(void *args, int i, int first, int n, const real *d2)
{
    Seen *s = args; /* one thread */
    for (int j = 0; j < n; j++) {
        double want = 0;
        for (int k = 0; k < s->a.cols; k++) {
            const double d =
                (double)view_rows(s->a, i, 1).at[k] - (double)view_rows(s->b, first + j, 1).at[k];
            want += d * d;
        }
        s->worst = fmax(s->worst, fabs((double)d2[j] - want) / (1 + want));
        s->n++;
    }
}

/* Far from 0, where squares are a million times the distances; more rows than a block has. */
static void distances_are_differences(void **state)
{
    (void)state;
    Error e = { 0 };
    const View b = normals(1, 1000);
    enum { BLOCKS = 2 };
    real *twice = malloc(BLOCKS * N_SAMPLES * F * sizeof *twice);
    assert_non_null(twice);
    for (int i = 0; i < BLOCKS; i++)
        memcpy(twice + i * N_SAMPLES * F, b.at, N_SAMPLES * F * sizeof *twice);
    const double centre[F] = { 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 };
    Seen s = { .a = b, .b = { BLOCKS * N_SAMPLES, F, twice } };
    assert_int_equal(distances_visit(s.a, s.b, centre, compare, &s, &e), GT_OK);
    assert_int_equal(s.n, BLOCKS * N_SAMPLES * N_SAMPLES);
    assert_true(s.worst < 2e-6);
    free(twice);
    free_view(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frechet_of_gaussians),      cmocka_unit_test(kernel_distance_of_gaussians),
        cmocka_unit_test(manifolds_of_gaussians),    cmocka_unit_test(one_image_again_and_again),
        cmocka_unit_test(score_has_its_bounds),      cmocka_unit_test(half_the_classes),
        cmocka_unit_test(parzen_of_one_window),      cmocka_unit_test(copies_are_found),
        cmocka_unit_test(distances_are_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
