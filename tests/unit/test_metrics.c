/* Metrics against numpy and scipy (scripts/metric_reference.py). */
#include "support/metrics.h"
#include "support/torch.h"

#include "gantrain/eval/kernel.h"
#include "gantrain/math/parallel.h"

/* Kernels of float features, summed in double, differ by 1e-7 each; the rest is nearer. */
static const double tolerance = 2e-5;

static Error e;

/* ---- the fixture ---------------------------------------------------------------------------------- */

typedef struct Fixture {
    TensorFile file;
    MetricInput in;
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

static Judged judged(Fixture *f, const char *which)
{
    Judged j = { .pixels = numbers_of(f, which, "pixels"),
                 .features = numbers_of(f, which, "features"),
                 .probabilities = numbers_of(f, which, "probabilities"),
                 .labels = torch_find(&f->file, which, "labels")->at };
    j.n = j.pixels.rows;
    return j;
}

static void fixture_open(Fixture *f)
{
    *f = (Fixture){ 0 };
    torch_open(&f->file, "metrics", &e);
    f->in = (MetricInput){ .fake = judged(f, "fake"),
                           .real = judged(f, "real"),
                           .train = judged(f, "train"),
                           .shape = { 1, 3, 4 },
                           .range = (const PixelRange *)registry_find(&pixel_ranges, "signed"),
                           .seed = (uint64_t)atoi(tensors_text(&f->file, "seed")) };
}

static void fixture_close(Fixture *f)
{
    for (int i = 0; i < f->n; i++)
        free(f->numbers[i]);
    tensors_close(&f->file);
}

/* ---- against numpy and scipy ---------------------------------------------------------------------- */

static void near(const char *name, const char *what, double ours, double theirs)
{
    if (isnan(theirs) ? !isnan(ours) : !(fabs(ours - theirs) <= tolerance * fabs(theirs)))
        fail_msg("%s: the %s is %.9g, scipy's %.9g", name, what, ours, theirs);
}

/* Every number of every row, so that a new row needs a reference. */
static void rows_agree_with_scipy(void **state)
{
    (void)state;
    Fixture f;
    fixture_open(&f);
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        MetricValue out[METRIC_VALUES];
        if (strcmp(m->is.name, "gan_train") == 0) /* trains a net: see labels_can_be_learnt */
            continue;
        assert_true(m->possible(&f.in));
        metric_numbers(m, &f.in, out);
        for (int i = 0; i < METRIC_VALUES && m->value[i]; i++) {
            const Tensor *t = torch_find(&f.file, "expected", m->value[i]);
            near(m->value[i], "value", out[i].value, torch_at(t, 0));
            near(m->value[i], "error", out[i].error, torch_at(t, 1));
        }
    }
    double mmd2 = 0;
    assert_int_equal(kernel_mmd2(f.in.fake.features, f.in.real.features, &mmd2, &e), GT_OK);
    near("mmd2", "value", mmd2, torch_at(torch_find(&f.file, "expected", "mmd2"), 0));
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
        metric_numbers(m, &f.in, one);
        parallel_set_threads(3);
        metric_numbers(m, &f.in, more);
        parallel_set_threads(1);
        for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
            assert_memory_equal(&one[i].value, &more[i].value, sizeof(double));
    }
    fixture_close(&f);
}

static void rows_are_whole(void **state)
{
    (void)state;
    const MetricInput nothing = { 0 };
    int which = -1;
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        assert_non_null(m->value[0]);
        assert_false(m->possible(&nothing));
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

/* Samples with their own classes teach a classifier; with the next ones they teach it to be wrong. */
static void labels_can_be_learnt(void **state)
{
    (void)state;
    Fixture f;
    uint8_t next[512];
    fixture_open(&f);
    const MetricValue right = metric_number("gan_train", &f.in);
    assert_true(right.value > 0.9 && right.error < 0.03);
    for (int i = 0; i < f.in.fake.n; i++)
        next[i] = (uint8_t)((f.in.fake.labels[i] + 1) % 5);
    f.in.fake.labels = next;
    assert_true(metric_number("gan_train", &f.in).value < 0.1);
    for (int i = 0; i < f.in.fake.n; i++)
        next[i] = 0; /* no other class is known */
    const MetricValue one = metric_number("gan_train", &f.in);
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
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(labels_can_be_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
