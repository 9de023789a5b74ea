/* Requirements for every row of every registry: names, descriptions, options with a default in
 * their range, inits with the statistics they promise, optimisers that find a minimum. */
#include "gantrain/data/dataset.h"
#include "gantrain/eval/metric.h"
#include "gantrain/gan/objective.h"
#include "gantrain/gan/penalty.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/optim.h"
#include "gantrain/nn/reparam.h"
#include "gantrain/run/config.h"
#include "support/optims.h"

static const Registry *const registries[] = {
    &layers,    &activations, &inits,        &reparams,  &optimizers, &objectives,
    &penalties, &datasets,    &pixel_ranges, &schedules, &metrics,    &usr1_actions,
};
enum { REGISTRIES = sizeof registries / sizeof *registries };

static void check_options(const char *owner, const Option *rows)
{
    for (const Option *o = rows; o && o->name; o++) {
        assert_non_null(o->help);
        assert_true(strlen(o->help) > 3);
        if (o->type == OPTION_SECTION) {
            check_options(o->name, o->rows);
            continue;
        }
        if (!o->default_text && o->type != OPTION_LIST)
            fail_msg("%s.%s has no default", owner, o->name);
        if (o->type == OPTION_INT || o->type == OPTION_REAL)
            assert_true(strtod(o->default_text, NULL) >= o->min &&
                        strtod(o->default_text, NULL) <= o->max);
        if (o->type == OPTION_SPEC || o->type == OPTION_CHOICE)
            assert_non_null(registry_find(o->registry, o->default_text));
    }
}

static void rows_are_whole(void **state)
{
    (void)state;
    for (int r = 0; r < REGISTRIES; r++)
        for (const Entry *const *e = registries[r]->entry; *e; e++) {
            assert_true(strlen((*e)->name) > 1 && strlen((*e)->summary) > 3);
            assert_non_null((*e)->source);
            assert_ptr_equal(registry_find(registries[r], (*e)->name), *e); /* names are unique */
            check_options((*e)->name, (*e)->options);
        }
    check_options("config", config_options);
}

/* A config of defaults, printed and read again, prints the same. */
static void defaults_round_trip(void **state)
{
    (void)state;
    static Error e;
    static Config a, b;
    Text first = { 0 }, second = { 0 };
    static const char text[] = "{\"data\": {\"dir\": \"x\"}}";
    assert_int_equal(config_parse(&a, text, sizeof text - 1, "test", &e), GT_OK);
    assert_int_equal(config_text(&a, 2, &first, &e), GT_OK);
    if (config_parse(&b, first.at, first.used, "again", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    assert_int_equal(config_text(&b, 2, &second, &e), GT_OK);
    assert_string_equal(first.at, second.at);
    text_free(&first);
    text_free(&second);
    config_free(&a);
    config_free(&b);
}

/* w by the scheme `name` with these members of its options. */
static void fill(const char *name, const char *members, Draw d, Mat w)
{
    const Init *init = (const Init *)registry_find(&inits, name);
    static Error e;
    char text[64];
    Json j = { 0 };
    Arena a = { 0 };
    snprintf(text, sizeof text, "{%s}", members);
    assert_int_equal(json_parse(&j, text, strlen(text), "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&a, 1024, &e), GT_OK);
    void *options = arena_take(&a, init->is.options_size);
    if (init->is.options)
        assert_int_equal(option_read(&a, init->is.options, j.root, "", options, &e), GT_OK);
    init->fill(options, d, w);
    arena_close(&a);
    json_free(&j);
}

/* Mean 0 and the documented variance, or orthonormal rows, on a sufficiently large matrix. */
static void inits_keep_their_promise(void **state)
{
    (void)state;
    enum { ROWS = 60, COLS = 90 };
    static real at[ROWS * COLS];
    const Mat w = { ROWS, COLS, at };
    static const struct {
        const char *name, *members;
        double variance;
    } promise[] = {
        { "normal", "\"std\": 0.5", 0.25 },   { "xavier", "\"gain\": 2", 4 * 2.0 / (ROWS + COLS) },
        { "he", "\"slope\": 0", 2.0 / COLS }, { "orthogonal", "", 1.0 / COLS },
        { "standard_normal", "", 1 },
    };
    for (size_t i = 0; i < sizeof promise / sizeof *promise; i++) {
        fill(promise[i].name, promise[i].members, rng_draw(3, RNG_INIT, 0, 0), w);
        double sum = 0, squares = mat_norm2(view(w));
        for (size_t k = 0; k < mat_size(w); k++)
            sum += w.at[k];
        const double n = ROWS * COLS;
        /* 5 standard errors of a mean and of a variance */
        assert_true(fabs(sum / n) < 5 * sqrt(promise[i].variance / n));
        assert_true(fabs(squares / n / promise[i].variance - 1) < 5 * sqrt(2 / n));
    }
}

static void orthogonal_lines(int rows, int cols)
{
    static real at[80 * 80];
    const Mat w = { rows, cols, at };
    fill("orthogonal", "", rng_draw(3, RNG_INIT, 1, 0), w);
    const int lines = rows < cols ? rows : cols, length = rows < cols ? cols : rows;
    for (int i = 0; i < lines; i++)
        for (int j = 0; j <= i; j++) {
            double dot = 0;
            for (int k = 0; k < length; k++)
                dot += rows < cols ? w.at[i * cols + k] * w.at[j * cols + k]
                                   : w.at[k * cols + i] * w.at[k * cols + j];
            assert_true(fabs(dot - (i == j)) < 1e-12);
        }
}

static void orthogonal_is_orthogonal(void **state)
{
    (void)state;
    orthogonal_lines(30, 70);
    orthogonal_lines(70, 30);
    orthogonal_lines(40, 40);
}

/* Settings with which a method that is not Adam gets to a minimum of that size in that time. */
static const char *settings_for(const char *name)
{
    static const char *const known[][2] = {
        { "adamw", "{\"lr\": 0.01, \"decay\": 0}" }, /* decay moves the minimum */
        { "rmsprop", "{\"lr\": 0.01, \"schedule\": \"linear\"}" },
        { "adagrad", "{\"lr\": 0.5}" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], name) == 0)
            return known[i][1];
    return "{\"lr\": 0.01}";
}

/* f(θ) = ½ Σ c_i (θ_i - m_i)²: every optimiser gets near m */
static void optimisers_find_a_minimum(void **state)
{
    (void)state;
    enum { P = 16, STEPS = 4000 };
    for (const Entry *const *is = optimizers.entry; *is; is++) {
        TestOptim o;
        real theta[P], dtheta[P];
        test_optim_open(&o, *is, settings_for((*is)->name), P, 1);
        o.optim.length = STEPS;
        for (int i = 0; i < P; i++)
            theta[i] = 3;
        for (int t = 0; t < STEPS; t++) {
            for (int i = 0; i < P; i++)
                dtheta[i] = (1 + i) * (theta[i] - 0.1 * i);
            o.optim.done = (uint64_t)t;
            const double norm2 = test_update(&o.optim, (Mat){ 1, P, theta }, (Mat){ 1, P, dtheta });
            assert_true(isfinite(norm2));
            for (int i = 0; i < P; i++)
                assert_true(dtheta[i] >= 0 && dtheta[i] <= 0); /* used up */
        }
        for (int i = 0; i < P; i++)
            if (!(fabs(theta[i] - 0.1 * i) < 1e-3))
                fail_msg("%s: parameter %d ends at %g, the minimum is at %g", (*is)->name, i,
                         theta[i], 0.1 * i);
        assert_int_equal(o.optim.t, STEPS);
        test_optim_close(&o);
    }
}

/* Every optimizer has all common options, and by default they are off. */
static void optimisers_have_the_common_options(void **state)
{
    (void)state;
    static const char *const common[] = { "lr", "schedule",   "warmup", "clip_norm",           "l1",
                                          "l2", "clip_value", "decay",  "historical_averaging" };
    for (const Entry *const *is = optimizers.entry; *is; is++)
        for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
            const Option *o = (*is)->options;
            while (o->name && strcmp(o->name, common[i]) != 0)
                o++;
            if (!o->name || o->offset >= sizeof(OptimCommon))
                fail_msg("%s has no %s", (*is)->name, common[i]);
        }
}

/* Rates of 1 at the beginning, never above, never below 0, also past the end; those of two lengths
 * differ where the row says so. */
static void schedules_stay_in_range(void **state)
{
    (void)state;
    for (const Entry *const *is = schedules.entry; *is; is++) {
        static Error e;
        Arena a = { 0 };
        assert_int_equal(arena_open(&a, 1 << 12, &e), GT_OK);
        const Option none[] = { OPT_END };
        Spec spec = { .is = *is, .options = arena_take(&a, (*is)->options_size + 1) };
        const Option *rows = (*is)->options ? (*is)->options : none;
        assert_int_equal(option_read(&a, rows, NULL, "", spec.options, &e), GT_OK);
        for (uint64_t length = 0; length <= 30000; length += 15000) {
            assert_true(schedule_factor(&spec, 0, length) == 1);
            for (uint64_t t = 1; t < 40000; t += 97) {
                const double now = schedule_factor(&spec, t, length);
                assert_true(now >= 0 && now <= schedule_factor(&spec, t - 1, length));
            }
        }
        assert_int_equal(schedule_factor(&spec, 9000, 15000) != schedule_factor(&spec, 9000, 30000),
                         ((const Schedule *)*is)->by_length);
        arena_close(&a);
    }
}

/* y stays in the range of the row, comes near to a finite end and passes any infinite one. */
static void activations_stay_in_their_range(void **state)
{
    (void)state;
    enum { COUNT = 4801, FAR = 100 };
    const double near = 0.01, rounding = 1e-6;
    static real a[COUNT], y[COUNT];
    for (int i = 0; i < COUNT; i++)
        a[i] = (real)((i - COUNT / 2) * 0.25);
    for (const Entry *const *is = activations.entry; *is; is++) {
        static Error e;
        const Activation *f = (const Activation *)*is;
        const Option none[] = { OPT_END };
        Arena arena = { 0 };
        double low, high, least = INFINITY, most = -INFINITY;
        assert_int_equal(arena_open(&arena, 1 << 12, &e), GT_OK);
        void *options = arena_take(&arena, (*is)->options_size + 1);
        const Option *rows = (*is)->options ? (*is)->options : none;
        assert_int_equal(option_read(&arena, rows, NULL, "", options, &e), GT_OK);
        f->range(options, &low, &high);
        f->value(options, COUNT, a, y);
        for (int i = 0; i < COUNT; i++) {
            least = fmin(least, (double)y[i]);
            most = fmax(most, (double)y[i]);
        }
        if (isinf(low) ? least > -FAR : least < low - rounding || least > low + near)
            fail_msg("%s: least value %g, range from %g", (*is)->name, least, low);
        if (isinf(high) ? most < FAR : most > high + rounding || most < high - near)
            fail_msg("%s: largest value %g, range to %g", (*is)->name, most, high);
        arena_close(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(defaults_round_trip),
        cmocka_unit_test(inits_keep_their_promise),
        cmocka_unit_test(orthogonal_is_orthogonal),
        cmocka_unit_test(optimisers_find_a_minimum),
        cmocka_unit_test(optimisers_have_the_common_options),
        cmocka_unit_test(schedules_stay_in_range),
        cmocka_unit_test(activations_stay_in_their_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
