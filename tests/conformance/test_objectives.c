/* Every objective and penalty row: slopes against differences, finite for every logit. */
#include "gantrain/gan/objective.h"
#include "gantrain/gan/penalty.h"
#include "support/nets.h"

static const double H = 1e-6;
static const double TOLERANCE = 1e-8;

/* Options of a row from JSON members, such as "\"gamma\": 3". */
static void *read_options(const Entry *is, const char *members, Arena *a, Json *j)
{
    static Error e;
    char text[256];
    memset(&e, 0, sizeof e);
    snprintf(text, sizeof text, "{%s}", members);
    assert_int_equal(json_parse(j, text, strlen(text), "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(a, 4096, &e), GT_OK);
    void *out = arena_take(a, is->options_size + 1);
    if (is->options && option_read(a, is->options, j->root, "", out, &e) != GT_OK)
        fail_msg("%s: %s", is->name, e.text[0]);
    return out;
}

static Jet at(LogitLoss f, const void *options, real t)
{
    Jet j;
    f(options, 1, &t, &j.value, &j.slope);
    return j;
}

static void check_loss(const char *name, const char *which, LogitLoss f, const void *options)
{
    for (double t = -50; t <= 50; t += 0.37) {
        const double slope = at(f, options, t).slope;
        const double near = (at(f, options, t + H).value - at(f, options, t - H).value) / (2 * H);
        if (!(fabs(slope - near) <= TOLERANCE * fmax(1, fabs(slope))))
            fail_msg("%s.%s at %g: slope %.12g, differences say %.12g", name, which, t, slope,
                     near);
    }
    static const double far[] = { -1e30, -1e4, -88.8, 0, 88.8, 1e4, 1e30 };
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        const Jet j = at(f, options, far[i]);
        if (!isfinite(j.value) || !isfinite(j.slope))
            fail_msg("%s.%s at %g is not finite", name, which, far[i]);
    }
}

static void check_objective(const Entry *is, const char *members)
{
    const Objective *o = (const Objective *)is;
    Arena a = { 0 };
    Json j = { 0 };
    const void *options = read_options(is, members, &a, &j);
    check_loss(is->name, "d_real", o->d_real, options);
    check_loss(is->name, "d_fake", o->d_fake, options);
    check_loss(is->name, "g_fake", o->g_fake, options);
    arena_close(&a);
    json_free(&j);
}

static void every_objective(void **state)
{
    (void)state;
    for (const Entry *const *is = objectives.entry; *is; is++)
        check_objective(*is, "");
    check_objective(registry_find(&objectives, "minimax"), "\"label_smoothing\": 0.1");
    check_objective(registry_find(&objectives, "non_saturating"), "\"label_smoothing\": 0.1");
}

/* What the paper says at D = 1/2 (logit 0): L_D = 2 log 2, L_G = ∓log 2. */
static void values_at_the_optimum(void **state)
{
    (void)state;
    const Objective *mm = (const Objective *)registry_find(&objectives, "minimax");
    const Objective *ns = (const Objective *)registry_find(&objectives, "non_saturating");
    Arena a = { 0 };
    Json j = { 0 };
    const void *options = read_options(&mm->is, "", &a, &j);
    assert_true(fabs(at(mm->d_real, options, 0).value - log(2)) < 1e-15);
    assert_true(fabs(at(mm->d_fake, options, 0).value - log(2)) < 1e-15);
    assert_true(fabs(at(mm->g_fake, options, 0).value + log(2)) < 1e-15);
    assert_true(fabs(at(ns->g_fake, options, 0).value - log(2)) < 1e-15);
    arena_close(&a);
    json_free(&j);
}

/* φ' of every penalty against differences */
static void every_penalty_cost(void **state)
{
    (void)state;
    for (const Entry *const *is = penalties.entry; *is; is++) {
        const Penalty *p = (const Penalty *)*is;
        Arena a = { 0 };
        Json j = { 0 };
        const void *options = read_options(*is, "", &a, &j);
        for (double s = 0.01; s < 10; s += 0.31) {
            const double near =
                (p->cost(options, s + H).value - p->cost(options, s - H).value) / (2 * H);
            assert_true(fabs(p->cost(options, s).slope - near) < 1e-7);
        }
        arena_close(&a);
        json_free(&j);
    }
}

/* dP/dθ of a whole curved critic against differences of P: the R-operator at work. */
static void penalty_gradient(const Entry *is, const char *members)
{
    enum { B = 4, IN = 5 };
    TestNet t;
    Arena a = { 0 };
    Json j = { 0 };
    const Spec spec = { .is = is, .options = read_options(is, members, &a, &j) };
    real points[B * IN];
    const Mat x = { B, IN, points };

    test_net_open(&t,
                  "[{\"kind\": \"dense\", \"units\": 7}, \"tanh\", {\"kind\": \"dense\", "
                  "\"units\": 6}, \"softplus\", {\"kind\": \"dense\", \"units\": 4}, "
                  "\"leaky_relu\", {\"kind\": \"dense\", \"units\": 1}]",
                  IN, B);
    test_fill(x, 5);
    penalty_add(&spec, &t.net, &t.trace, view(x));
    real *got = malloc((size_t)t.net.theta.cols * sizeof *got);
    assert_non_null(got);
    memcpy(got, t.net.dtheta.at, (size_t)t.net.theta.cols * sizeof *got);

    for (int i = 0; i < t.net.theta.cols; i++) {
        const real at = t.net.theta.at[i];
        t.net.theta.at[i] = at + H;
        const double up = penalty_add(&spec, &t.net, &t.trace, view(x));
        t.net.theta.at[i] = at - H;
        const double down = penalty_add(&spec, &t.net, &t.trace, view(x));
        t.net.theta.at[i] = at;
        const double want = (double)penalty_every(&spec) * (up - down) / (2 * H);
        if (!(fabs(got[i] - want) <= 1e-6 * fmax(1, fabs(want))))
            fail_msg("%s: dP/dθ[%d] is %.12g, differences say %.12g", is->name, i, got[i], want);
    }
    free(got);
    test_net_close(&t);
    arena_close(&a);
    json_free(&j);
}

static void every_penalty_gradient(void **state)
{
    (void)state;
    for (const Entry *const *is = penalties.entry; *is; is++) {
        const Penalty *p = (const Penalty *)*is;
        Arena a = { 0 };
        Json j = { 0 };
        const bool runs = p->every(read_options(*is, "", &a, &j)) > 0;
        arena_close(&a);
        json_free(&j);
        if (runs)
            penalty_gradient(*is, "");
    }
    penalty_gradient(registry_find(&penalties, "r1"), "\"gamma\": 3, \"every\": 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_objective),
        cmocka_unit_test(values_at_the_optimum),
        cmocka_unit_test(every_penalty_cost),
        cmocka_unit_test(every_penalty_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
