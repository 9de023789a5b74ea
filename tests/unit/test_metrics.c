/* Metrics against numpy and scipy (scripts/metric_reference.py), and known answers. */
#include "support/nets.h"
#include "support/torch.h"
#include "support/views.h"

#include "gantrain/eval/metric.h"
#include "gantrain/math/parallel.h"

/* Kernels of float features, summed in double, differ by 1e-7 each; the others by less. */
static const double tolerance = 2e-5;

static Error e;

/* ---- the fixture ----------------------------------------------------------------------------- */

typedef struct Fixture {
    TensorFile file;
    MetricInput in;
    View train;
    real *numbers[9];
    int n;
} Fixture;

static View numbers_of(Fixture *f, const char *which, const char *name)
{
    const Tensor *t = torch_find(&f->file, which, name);
    real *at = malloc(torch_size(t) * sizeof *at);
    assert_non_null(at);
    for (size_t i = 0; i < torch_size(t); i++)
        at[i] = (real)torch_at(t, i);
    f->numbers[f->n++] = at;
    return (View){ (int)t->shape[0], (int)t->shape[1], at };
}

static ImageSet image_set(Fixture *f, const char *which)
{
    ImageSet set = { .pixels = numbers_of(f, which, "pixels"),
                     .features = numbers_of(f, which, "features"),
                     .probabilities = numbers_of(f, which, "probabilities"),
                     .labels = torch_find(&f->file, which, "labels")->at };
    set.n = set.pixels.rows;
    return set;
}

static void fixture_open(Fixture *f)
{
    *f = (Fixture){ 0 };
    torch_open(&f->file, "metrics", &e);
    f->in = (MetricInput){ .fake = image_set(f, "fake"),
                           .real = image_set(f, "real"),
                           .shape = { 1, 3, 4 },
                           .range = (const PixelRange *)registry_find(&pixel_ranges, "signed"),
                           .seed = (uint64_t)atoi(tensors_text(&f->file, "seed")) };
    f->train = numbers_of(f, "train", "pixels");
    f->in.train = rows_of_view(&f->train);
}

static void fixture_close(Fixture *f)
{
    for (int i = 0; i < f->n; i++)
        free(f->numbers[i]);
    tensors_close(&f->file);
}

static void measure(const Metric *m, const MetricInput *in, MetricValue *out)
{
    if (metric_measure(m, in, out, &e) != GT_OK)
        fail_msg("%s: %s", m->is.name, e.text[0]);
}

/* The number called `name`. */
static MetricValue value_of(const char *name, const MetricInput *in)
{
    int which = 0;
    MetricValue out[METRIC_VALUES];
    const Metric *m = metric_of_value(name, &which);
    assert_non_null(m);
    assert_true(metric_possible(m, in));
    measure(m, in, out);
    return out[which];
}

/* ---- against numpy and scipy ----------------------------------------------------------------- */

static void near(const char *name, const char *what, double ours, double theirs)
{
    if (isnan(theirs) ? !isnan(ours) : !(fabs(ours - theirs) <= tolerance * fabs(theirs)))
        fail_msg("%s: the %s is %.9g, scipy's %.9g", name, what, ours, theirs);
}

/* Every number of every row: a new row needs a reference. */
static void rows_agree_with_scipy(void **state)
{
    (void)state;
    Fixture f;
    fixture_open(&f);
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        MetricValue out[METRIC_VALUES];
        if (strcmp(m->is.name, "gan_train") ==
            0) /* trains a net: see gan_train_learns_from_labels */
            continue;
        assert_true(metric_possible(m, &f.in));
        measure(m, &f.in, out);
        for (int i = 0; i < metric_values(m, f.in.shape); i++) {
            const Tensor *t = torch_find(&f.file, "expected", m->value[i]);
            near(m->value[i], "value", out[i].value, torch_at(t, 0));
            near(m->value[i], "error", out[i].error, torch_at(t, 1));
        }
    }
    fixture_close(&f);
}

static void the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    Fixture f;
    fixture_open(&f);
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        MetricValue one[METRIC_VALUES], more[METRIC_VALUES];
        parallel_set_threads(1);
        measure(m, &f.in, one);
        parallel_set_threads(3);
        measure(m, &f.in, more);
        parallel_set_threads(1);
        for (int i = 0; i < metric_values(m, f.in.shape); i++)
            assert_memory_equal(&one[i].value, &more[i].value, sizeof(double));
    }
    fixture_close(&f);
}

static void rows_are_complete(void **state)
{
    (void)state;
    const MetricInput nothing = { 0 };
    int which = -1;
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        assert_non_null(m->value[0]);
        assert_false(metric_possible(m, &nothing));
        assert_true(m->needs && strlen(m->needs) > 5);
        for (int i = 0; i < METRIC_VALUES; i++) {
            assert_int_equal(m->value[i] != NULL, m->about[i] != NULL);
            if (m->value[i]) /* names are unique over all rows */
                assert_ptr_equal(metric_of_value(m->value[i], &which), m);
            if (m->value[i])
                assert_int_equal(which, i);
        }
    }
    assert_null(metric_of_value("fid", &which));
}

/* ---- known answers --------------------------------------------------------------------------- */

enum { N_SAMPLES = 1200, F = 8 };

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

static MetricInput of_features(View fake, View real_ones)
{
    return (MetricInput){ .fake = { .n = fake.rows, .features = fake },
                          .real = { .n = real_ones.rows, .features = real_ones },
                          .seed = 1 };
}

/* |a - b|² for two Gaussians of equal covariance; estimated covariances add about F²/2n. */
static void frechet_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0), c = normals(2, (real)0.5);
    MetricInput in = of_features(a, b);
    const double same = value_of("fcd", &in).value;
    assert_true(same > 0 && same < 3.0 * F * F / N_SAMPLES);
    in = of_features(c, b);
    /* the squared distance of means has a standard deviation of 2·|a - b|·√(2/n) */
    assert_true(fabs(value_of("fcd", &in).value - F * 0.25 - same) <
                5 * 2 * sqrt(F * 0.25) * sqrt(2.0 / N_SAMPLES));
    in = of_features(b, b);
    assert_true(fabs(value_of("fcd", &in).value) < 1e-9);
    free_view(a);
    free_view(b);
    free_view(c);
}

static void kernel_distance_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0), c = normals(2, (real)0.5);
    MetricInput in = of_features(a, b);
    const MetricValue same = value_of("kid", &in);
    in = of_features(c, b);
    const MetricValue other = value_of("kid", &in);
    assert_true(fabs(same.value) < 0.02 && same.error < 0.005);
    assert_true(other.value > 0.3 && other.value > 20 * other.error);
    free_view(a);
    free_view(b);
    free_view(c);
}

/* Two sets of one distribution score nearly like equal sets. */
static void manifolds_of_gaussians(void **state)
{
    (void)state;
    const View a = normals(0, 0), b = normals(1, 0);
    MetricInput in = of_features(a, b);
    assert_true(value_of("precision", &in).value > 0.7);
    assert_true(value_of("recall", &in).value > 0.7);
    assert_true(fabs(value_of("density", &in).value - 1) < 5 * value_of("density", &in).error);
    assert_true(fabs(value_of("coverage", &in).value - (1 - 1 / 32.0)) < 0.02); /* 1 - 2^-k */
    in = of_features(b, b);
    assert_true(value_of("precision", &in).value >= 1 && value_of("recall", &in).value >= 1);
    assert_true(value_of("coverage", &in).value >= 1);
    free_view(a);
    free_view(b);
}

/* Mode collapse: one real image a thousand times has precision 1 and recalls only itself; an
 * outlier scores 0. */
static void mode_collapse(void **state)
{
    (void)state;
    const View b = normals(1, 0);
    real *same = malloc(N_SAMPLES * F * sizeof *same);
    assert_non_null(same);
    for (int i = 0; i < N_SAMPLES; i++)
        memcpy(same + i * F, b.at + 17 * F, F * sizeof *same);
    MetricInput in = of_features((View){ N_SAMPLES, F, same }, b);
    assert_true(value_of("precision", &in).value >= 1);
    assert_true(fabs(value_of("recall", &in).value * N_SAMPLES - 1) < 1e-9);
    assert_true(value_of("coverage", &in).value < 0.02);
    for (int i = 0; i < N_SAMPLES * F; i++)
        same[i] = 9;
    assert_true(value_of("precision", &in).value <= 0 && value_of("recall", &in).value <= 0);
    assert_true(value_of("density", &in).value <= 0 && value_of("coverage", &in).value <= 0);
    assert_true(value_of("fcd", &in).value > 9 * 9 * F); /* a zero covariance works */
    free(same);
    free_view(b);
}

/* Probabilities 1 of class i mod `classes` for n images. */
static View certain(int n, int classes)
{
    enum { C = 10 };
    real *p = calloc((size_t)n * C, sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < n; i++)
        p[i * C + i % classes] = 1;
    return (View){ n, C, p };
}

static void inception_score_counts_classes(void **state)
{
    (void)state;
    for (int classes = 1; classes <= 10; classes++) {
        const View p = certain(50000, classes);
        const MetricInput in = { .fake = { .n = p.rows, .probabilities = p }, .seed = 3 };
        const MetricValue score = value_of("score", &in);
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
    const View p = certain(1000, 5);
    MetricInput in = { .fake = { .n = 1000, .probabilities = p, .labels = labels },
                       .real = { .n = 1000, .labels = labels } };
    assert_true(fabs(value_of("class_kl", &in).value - log(2)) < 1e-12);
    assert_true(fabs(value_of("classes", &in).value - 5) < 1e-12);
    assert_true(fabs(value_of("label_agreement", &in).value - 0.5) < 1e-12);
    free_view(p);
}

/* One sample and all images at 0 (-1 in the range): the likelihood is maximal for the smallest σ,
 * 0.1. */
static void parzen_of_one_window(void **state)
{
    (void)state;
    enum { X = 4 };
    const real black[3 * X] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
    const real grey[X] = { 0, 0, 0, 0 };
    const View train = { 3, X, black };
    MetricInput in = { .fake = { .n = 1, .pixels = { 1, X, black } },
                       .real = { .n = 1, .pixels = { 1, X, black } },
                       .train = rows_of_view(&train),
                       .range = (const PixelRange *)registry_find(&pixel_ranges, "signed") };
    const double norm = -0.5 * X * log(6.283185307179586 * 0.01);
    assert_true(fabs(value_of("parzen", &in).value - norm) < 1e-5);
    in.real.pixels.at = grey; /* half a unit away in every pixel */
    assert_true(fabs(value_of("parzen", &in).value - (norm - X * 0.25 / 0.02)) < 1e-4);
}

static void copies_are_found(void **state)
{
    (void)state;
    const View train = normals(0, 0), test = normals(1, 0), fresh = normals(2, 0);
    MetricInput in = { .fake = { .n = N_SAMPLES, .pixels = train },
                       .real = { .n = N_SAMPLES, .pixels = test },
                       .train = rows_of_view(&train) };
    assert_true(value_of("nearest_ratio", &in).value <= 0); /* equal rows have distance 0 exactly */
    assert_true(value_of("copying", &in).value >= 1 && value_of("copies", &in).value >= 1);
    in.fake.pixels = fresh;
    const MetricValue ratio = value_of("nearest_ratio", &in), copying = value_of("copying", &in);
    assert_true(fabs(ratio.value - 1) < 5 * ratio.error && ratio.error < 0.02);
    assert_true(fabs(copying.value - 0.5) < 5 * copying.error);
    assert_true(value_of("copies", &in).value < 0.01);
    free_view(train);
    free_view(test);
    free_view(fresh);
}

/* Correct labels train a correct classifier, shifted labels a wrong one. */
static void gan_train_learns_from_labels(void **state)
{
    (void)state;
    Fixture f;
    uint8_t next[512];
    fixture_open(&f);
    const MetricValue right = value_of("gan_train", &f.in);
    assert_true(right.value > 0.9 && right.error < 0.03);
    for (int i = 0; i < f.in.fake.n; i++)
        next[i] = (uint8_t)((f.in.fake.labels[i] + 1) % 5);
    f.in.fake.labels = next;
    assert_true(value_of("gan_train", &f.in).value < 0.1);
    for (int i = 0; i < f.in.fake.n; i++)
        next[i] = 0; /* a single class */
    const MetricValue one = value_of("gan_train", &f.in);
    int zeros = 0;
    for (int i = 0; i < f.in.real.n; i++)
        zeros += f.in.real.labels[i] == 0;
    assert_true(fabs(one.value * f.in.real.n - zeros) < 1e-9);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree_with_scipy),
        cmocka_unit_test(the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(rows_are_complete),
        cmocka_unit_test(frechet_of_gaussians),
        cmocka_unit_test(kernel_distance_of_gaussians),
        cmocka_unit_test(manifolds_of_gaussians),
        cmocka_unit_test(mode_collapse),
        cmocka_unit_test(inception_score_counts_classes),
        cmocka_unit_test(half_the_classes),
        cmocka_unit_test(parzen_of_one_window),
        cmocka_unit_test(copies_are_found),
        cmocka_unit_test(gan_train_learns_from_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
