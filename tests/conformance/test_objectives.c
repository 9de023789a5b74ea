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
    if (!f)
        return;
    for (double t = -50; t <= 50; t += 0.37) {
        const double slope = at(f, options, t).slope, value = at(f, options, t).value;
        const double near = (at(f, options, t + H).value - at(f, options, t - H).value) / (2 * H);
        /* differences of large values lose digits */
        if (!(fabs(slope - near) <= TOLERANCE * fmax(1, fmax(fabs(slope), fabs(value) / 10))))
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
    check_loss(is->name, "g_real", o->g_real, options);
    arena_close(&a);
    json_free(&j);
}

/* dL/dc of a whole batch against differences, through the logits of the other kind as well. */
static void check_batch(const Entry *is, const char *members)
{
    enum { B = 5 };
    const Objective *o = (const Objective *)is;
    Arena a = { 0 };
    Json j = { 0 };
    const Spec spec = { .is = is, .options = read_options(is, members, &a, &j) };
    real c[2 * B], d[2 * B], dg[B], unused[2 * B];
    const Outputs logits = { .real = { B, 1, c }, .fake = { B, 1, c + B } };

    test_fill((Mat){ 2 * B, 1, c }, 9);
    objective_d(&spec, logits, (Mat){ B, 1, d }, (Mat){ B, 1, d + B });
    if (o->g_fake)
        objective_g(&spec, logits, 1, (Mat){ B, 1, dg });
    for (int i = 0; i < 2 * B; i++) {
        const real at = c[i];
        double change[2] = { 0, 0 };
        for (int sign = 1; sign >= -1; sign -= 2) {
            c[i] = at + sign * H;
            change[0] +=
                sign * objective_d(&spec, logits, (Mat){ B, 1, unused }, (Mat){ B, 1, unused + B });
            if (o->g_fake)
                change[1] += sign * objective_g(&spec, logits, 1, (Mat){ B, 1, unused });
        }
        c[i] = at;
        if (!(fabs(d[i] - change[0] / (2 * H)) < TOLERANCE))
            fail_msg("%s: dL_D/dc[%d] is %.12g, differences say %.12g", is->name, i, d[i],
                     change[0] / (2 * H));
        if (i >= B && o->g_fake && !(fabs(dg[i - B] - change[1] / (2 * H)) < TOLERANCE))
            fail_msg("%s: dL_G/dc[%d] is %.12g, differences say %.12g", is->name, i, dg[i - B],
                     change[1] / (2 * H));
    }
    arena_close(&a);
    json_free(&j);
}

static void every_objective(void **state)
{
    (void)state;
    for (const Entry *const *is = objectives.entry; *is; is++) {
        check_objective(*is, "");
        check_batch(*is, "");
        if (strncmp((*is)->name, "f_", 2) == 0) {
            check_objective(*is, "\"saturating\": true");
            check_batch(*is, "\"saturating\": true");
        }
    }
    check_objective(registry_find(&objectives, "minimax"), "\"label_smoothing\": 0.1");
    check_objective(registry_find(&objectives, "non_saturating"),
                    "\"label_smoothing\": 0.1, \"fake_smoothing\": 0.2");
    check_objective(registry_find(&objectives, "least_squares"),
                    "\"real_target\": 1, \"fake_target\": -1, \"generator_target\": 0");
}

/* f*(g(v)) of every divergence against its definition sup over u > 0 of u·g - f(u), with the
 * generator functions of table 1 of the f-GAN paper. */
static double f_kl(double u)
{
    return u * log(u);
}
static double f_reverse_kl(double u)
{
    return -log(u);
}
static double f_pearson(double u)
{
    return (u - 1) * (u - 1);
}
static double f_neyman(double u)
{
    return (1 - u) * (1 - u) / u;
}
static double f_squared_hellinger(double u)
{
    return (sqrt(u) - 1) * (sqrt(u) - 1);
}
static double f_jeffrey(double u)
{
    return (u - 1) * log(u);
}
static double f_jensen_shannon(double u)
{
    return -(u + 1) * log((1 + u) / 2) + u * log(u);
}
static double f_gan(double u)
{
    return u * log(u) - (u + 1) * log(u + 1);
}
static double f_total_variation(double u)
{
    return fabs(u - 1) / 2;
}

/* the largest u·g - f(u), concave in u: golden section over log u */
static double conjugate(double (*f)(double), double g)
{
    double low = -30, high = 30;
    for (int i = 0; i < 200; i++) {
        const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
        if (exp(a) * g - f(exp(a)) > exp(b) * g - f(exp(b)))
            high = b;
        else
            low = a;
    }
    const double u = exp((low + high) / 2);
    return u * g - f(u);
}

static void conjugates(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double (*f)(double);
    } rows[] = {
        { "f_kl", f_kl },
        { "f_reverse_kl", f_reverse_kl },
        { "f_pearson", f_pearson },
        { "f_neyman", f_neyman },
        { "f_squared_hellinger", f_squared_hellinger },
        { "f_jeffrey", f_jeffrey },
        { "f_jensen_shannon", f_jensen_shannon },
        { "f_gan", f_gan },
        { "f_total_variation", f_total_variation },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Objective *o = (const Objective *)registry_find(&objectives, rows[i].name);
        assert_non_null(o);
        const char no_options[64] = { 0 };
        /* above -2, below which Pearson's u would be negative */
        for (double v = -1.9; v < 4; v += 0.37) {
            const double g = -at(o->d_real, no_options, v).value;
            const double want = conjugate(rows[i].f, g), got = at(o->d_fake, no_options, v).value;
            if (!(fabs(got - want) < 1e-7 * fmax(1, fabs(want))))
                fail_msg("%s: f*(g(%g)) is %.12g, the supremum %.12g", rows[i].name, v, got, want);
        }
    }
}

/* The paper's values at D = 1/2 (logit 0): L_D = 2 log 2, L_G = ∓log 2. */
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
        for (double s = 0.01; p->points && s < 10; s += 0.31) {
            const double near =
                (p->phi(options, s + H).value - p->phi(options, s - H).value) / (2 * H);
            if (!(fabs(p->phi(options, s).slope - near) < 1e-7 * fmax(1, fabs(near))))
                fail_msg("%s: φ'(%g) is %g, differences say %g", p->is.name, s,
                         p->phi(options, s).slope, near);
        }
        assert_true(!p->points || isfinite(p->phi(options, 0).slope));
        arena_close(&a);
        json_free(&j);
    }
}

/* A penalty and a critic for it. */
typedef struct Case {
    TestNet t;
    Arena a;
    Json j;
    Spec spec;
    real values[3][4 * 5];
    PenaltyInputs in;
} Case;

static void open_case(Case *c, const Entry *is, const char *members, const char *layers_json)
{
    enum { B = 4, IN = 5 };
    memset(c, 0, sizeof *c);
    c->spec = (Spec){ .is = is, .options = read_options(is, members, &c->a, &c->j) };
    test_net_open(&c->t, layers_json, IN, B);
    for (unsigned i = 0; i < 2; i++)
        test_fill((Mat){ B, IN, c->values[i] }, 5 + i);
    c->in = (PenaltyInputs){ .real = { B, IN, c->values[0] },
                             .fake = { B, IN, c->values[1] },
                             .points = { B, IN, c->values[2] },
                             .draw = rng_draw(3, RNG_POINTS, 0, 1) };
}

static void close_case(Case *c)
{
    test_net_close(&c->t);
    arena_close(&c->a);
    json_free(&c->j);
}

static double cost_of(Case *c)
{
    return penalty_add(&c->spec, &c->t.net, &c->t.trace, c->in, 1).cost;
}

static const char curved[] =
    "[{\"kind\": \"dense\", \"units\": 7}, \"tanh\", {\"kind\": \"dense\", \"units\": 6}, "
    "\"softplus\", {\"kind\": \"dense\", \"units\": 4}, \"leaky_relu\", "
    "{\"kind\": \"dense\", \"units\": 1}]";

/* dP/dθ of a whole curved critic against differences of P: the R-operator at work. */
static void penalty_gradient(const Entry *is, const char *members)
{
    static Case c;
    open_case(&c, is, members, curved);
    Net *net = &c.t.net;
    cost_of(&c);
    real *got = malloc((size_t)net->theta.cols * sizeof *got);
    assert_non_null(got);
    memcpy(got, net->dtheta.at, (size_t)net->theta.cols * sizeof *got);

    for (int i = 0; i < net->theta.cols; i++) {
        const real at = net->theta.at[i];
        net->theta.at[i] = at + H;
        const double up = cost_of(&c);
        net->theta.at[i] = at - H;
        const double down = cost_of(&c);
        net->theta.at[i] = at;
        const double want = (double)penalty_every(&c.spec) * (up - down) / (2 * H);
        if (!(fabs(got[i] - want) <= 1e-6 * fmax(1, fabs(want))))
            fail_msg("%s: dP/dθ[%d] is %.12g, differences say %.12g", is->name, i, got[i], want);
    }
    free(got);
    close_case(&c);
}

static void every_penalty_gradient(void **state)
{
    (void)state;
    for (const Entry *const *is = penalties.entry; *is; is++)
        if (((const Penalty *)*is)->points)
            penalty_gradient(*is, "");
    penalty_gradient(registry_find(&penalties, "r1"), "\"gamma\": 3, \"every\": 4");
    /* slopes of the test's critic are below 1: this is where the one-sided penalty acts */
    penalty_gradient(registry_find(&penalties, "wgan_lp"), "\"target\": 0.01");
}

/* Interpolated points lie between fake and real, at the same ε in all values; perturbed ones within
 * the noise. */
static void computed_points_lie_in_their_range(void **state)
{
    (void)state;
    static Case c;
    open_case(&c, registry_find(&penalties, "wgan_gp"), "", curved);
    cost_of(&c);
    for (int i = 0; i < 4; i++) {
        const real *x = c.values[0] + 5 * i, *f = c.values[1] + 5 * i, *p = c.values[2] + 5 * i;
        const double e = (p[0] - f[0]) / (x[0] - f[0]);
        assert_true(e > 0 && e < 1);
        for (int j = 1; j < 5; j++)
            assert_true(fabs((p[j] - f[j]) / (x[j] - f[j]) - e) < 1e-9);
    }
    close_case(&c);

    double mean = 0, square = 0;
    open_case(&c, registry_find(&penalties, "dragan"), "\"scale\": 0.25", curved);
    cost_of(&c);
    for (int i = 0; i < 20; i++) {
        mean += c.values[0][i] / 20;
        square += c.values[0][i] * c.values[0][i] / 20;
    }
    const double most = 0.25 * sqrt(square - mean * mean);
    for (int i = 0; i < 20; i++)
        assert_true(c.values[2][i] > c.values[0][i] && c.values[2][i] < c.values[0][i] + most);
    close_case(&c);
}

/* Half the weight gives half the gradient and the same value. */
static void the_weight_scales_the_gradient(void **state)
{
    (void)state;
    static Case c;
    open_case(&c, registry_find(&penalties, "wgan_gp"), "", curved);
    const double full = cost_of(&c), norm2 = mat_norm2(view(c.t.net.dtheta));
    mat_fill(c.t.net.dtheta, 0);
    const PenaltyValue half = penalty_add(&c.spec, &c.t.net, &c.t.trace, c.in, 0.5);
    assert_true(fabs(half.cost - full) < 1e-12);
    penalty_add(&c.spec, &c.t.net, &c.t.trace, c.in, 0.5);
    assert_true(fabs(mat_norm2(view(c.t.net.dtheta)) / norm2 - 1) < 1e-9);
    close_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_objective),
        cmocka_unit_test(conjugates),
        cmocka_unit_test(values_at_the_optimum),
        cmocka_unit_test(every_penalty_cost),
        cmocka_unit_test(every_penalty_gradient),
        cmocka_unit_test(computed_points_lie_in_their_range),
        cmocka_unit_test(the_weight_scales_the_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
