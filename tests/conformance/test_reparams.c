/* Every row of the reparametrisations: how it begins, and its gradients where the passes of
 * test_layers.c do not reach. Built with real = double. */
#include "gantrain/nn/reparam.h"
#include "support/nets.h"
#include "support/spectrum.h"

_Static_assert(sizeof(real) == 8, "differences need double precision");

enum { BATCH = 4, IN = 5 };
static const double H = 1e-6;
static const double TOLERANCE = 1e-7;

/* A curved critic, every weight of it made by `reparam`. */
static void open_critic(TestNet *t, const char *reparam)
{
    char text[1024];
    snprintf(text, sizeof text,
             "[{\"kind\": \"dense\", \"units\": 7, \"weight\": \"%s\", \"activation\": \"tanh\"},"
             " {\"kind\": \"dense\", \"units\": 6, \"weight\": \"%s\", \"bias\": false},"
             " \"softplus\", {\"kind\": \"dense\", \"units\": 1, \"weight\": \"%s\"}]",
             reparam, reparam, reparam);
    test_net_open(t, text, IN, BATCH);
}

/* P = ½ Σ ‖∂D/∂x‖², and the direction u = ∂P/∂g into rx */
static double penalty(TestNet *t, View x)
{
    net_refresh_weights(&t->net);
    net_forward(&t->net, &t->trace, x, WANT_TRAINING);
    mat_fill(t->trace.dy, 1);
    const View g = net_backward(&t->net, &t->trace, view(t->trace.dy), WANT_INPUT);
    mat_copy(t->trace.rx, g);
    return mat_norm2(g) / 2;
}

/* L = Σ y, with weights whose estimates have settled */
static double settled_loss(TestNet *t, View x)
{
    double sum = 0;
    for (int n = 0; n < 400; n++)
        for (int i = 0; i < t->net.n; i++)
            weights_refresh(&t->net.layer[i], true);
    const View y = net_forward(&t->net, &t->trace, x, 0);
    for (int i = 0; i < y.rows; i++)
        sum += y.at[i];
    return sum;
}

/* dθ against (f(+h) - f(-h)) / 2h */
static void check(TestNet *t, View x, const char *name, double (*f)(TestNet *, View))
{
    const int P = t->net.theta.cols;
    real *got = calloc((size_t)P, sizeof *got);
    assert_non_null(got);
    memcpy(got, t->net.dtheta.at, (size_t)P * sizeof *got);
    assert_true(mat_norm2(view(t->net.dtheta)) > 0);
    for (int i = 0; i < P; i++) {
        const real at = t->net.theta.at[i];
        t->net.theta.at[i] = at + H;
        const double up = f(t, x);
        t->net.theta.at[i] = at - H;
        const double down = f(t, x);
        t->net.theta.at[i] = at;
        const double want = (up - down) / (2 * H);
        if (!(fabs(got[i] - want) <= TOLERANCE * fmax(1, fabs(want))))
            fail_msg("%s: dθ[%d] is %.12g, differences say %.12g", name, i, got[i], want);
    }
    free(got);
}

static void a_penalty_through_every_row(void **state)
{
    (void)state;
    for (const Entry *const *is = reparams.entry; *is; is++) {
        static TestNet t;
        real points[BATCH * IN];
        const Mat x = { BATCH, IN, points };
        open_critic(&t, (*is)->name);
        test_fill(x, 5);
        penalty(&t, view(x));
        net_tangent_forward(&t.net, &t.trace);
        net_tangent_backward(&t.net, &t.trace);
        net_pull_back(&t.net);
        check(&t, view(x), (*is)->name, penalty);
        test_net_close(&t);
    }
}

/* Its gradient, pulled back to the parameters. */
static void settled_gradient(TestNet *t, View x)
{
    settled_loss(t, x);
    mat_fill(t->trace.dy, 1);
    net_backward(&t->net, &t->trace, view(t->trace.dy), WANT_PARAMS);
    net_pull_back(&t->net);
}

/* u and v are constants in the derivative; where they are singular vectors, that is also the
 * derivative of the norm itself (envelope theorem). */
static void the_gradient_of_the_norm_itself(void **state)
{
    (void)state;
    for (const Entry *const *is = reparams.entry; *is; is++) {
        static TestNet t;
        real points[BATCH * IN];
        const Mat x = { BATCH, IN, points };
        open_critic(&t, (*is)->name);
        test_fill(x, 5);
        settled_gradient(&t, view(x));
        check(&t, view(x), (*is)->name, settled_loss);
        test_net_close(&t);
    }
}

/* Pulling back zeroes the gradient of the weight: a second time changes nothing. */
static void a_gradient_is_pulled_back_once(void **state)
{
    (void)state;
    for (const Entry *const *is = reparams.entry; *is; is++) {
        static TestNet t;
        real points[BATCH * IN];
        const Mat x = { BATCH, IN, points };
        open_critic(&t, (*is)->name);
        test_fill(x, 5);
        settled_gradient(&t, view(x));
        const double norm2 = mat_norm2(view(t.net.dtheta));
        for (int i = 0; i < t.net.n; i++)
            if (t.net.layer[i].reparametrised)
                assert_true(mat_norm2(view(t.net.layer[i].weight[0].grad)) <= 0);
        net_pull_back(&t.net);
        assert_true(norm2 > 0 && mat_norm2(view(t.net.dtheta)) >= norm2 &&
                    mat_norm2(view(t.net.dtheta)) <= norm2);
        test_net_close(&t);
    }
}

/* ---- how they begin -------------------------------------------------------------------------- */

enum { WIDE = 90, UNITS = 60 };

static void open_dense(TestNet *t, const char *members)
{
    char text[256];
    snprintf(text, sizeof text, "[{\"kind\": \"dense\", \"units\": %d%s}]", UNITS, members);
    test_net_open(t, text, WIDE, BATCH);
}

static void expect_names(const Layer *l, const char *names)
{
    char got[256] = "";
    for (int j = 0; j < l->n_params + l->n_buffers; j++) {
        const LayerArray *a = j < l->n_params ? &l->param[j] : &l->buffer[j - l->n_params];
        const size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%s", j ? " " : "", a->name);
    }
    assert_string_equal(got, names);
}

static void none_is_the_parameter(void **state)
{
    (void)state;
    static TestNet t;
    open_dense(&t, "");
    const Layer *l = &t.net.layer[0];
    expect_names(l, "weight bias");
    assert_ptr_equal(l->weight[0].value.at, l->param[0].value.at);
    assert_ptr_equal(l->weight[0].grad.at, l->param[0].grad.at);
    assert_ptr_equal(l->weight[1].value.at, l->param[1].value.at);
    assert_false(l->reparametrised);
    test_net_close(&t);
}

static void spectral_norm_begins_at_one(void **state)
{
    (void)state;
    static TestNet t;
    open_dense(&t, ", \"weight\": \"spectral_norm\"");
    const Layer *l = &t.net.layer[0];
    expect_names(l, "weight_orig bias weight_u weight_v");
    const double norm = largest_singular_value(view(l->weight[0].value));
    assert_true(fabs(norm - 1) < 0.01);
    const double before = largest_singular_value(view(l->param[0].value));
    assert_true(fabs(l->weight[0].norm / before - 1) < 0.01 && fabs(before - 1) > 0.1);
    for (int i = 0; i < 2; i++)
        assert_true(fabs(mat_norm2(view(l->buffer[i].value)) - 1) < 1e-12);
    test_net_close(&t);
}

/* to = x/‖x‖ */
static void expect_direction(View to, const double *x)
{
    double norm2 = 0;
    for (int i = 0; i < to.cols; i++)
        norm2 += x[i] * x[i];
    for (int i = 0; i < to.cols; i++)
        assert_true(fabs(to.at[i] - x[i] / sqrt(norm2)) < 1e-14);
}

/* One power iteration a step, and none without a step. */
static void spectral_norm_follows_a_step(void **state)
{
    (void)state;
    static TestNet t;
    double u[UNITS], v[WIDE], x[WIDE];
    open_dense(&t, ", \"weight\": {\"kind\": \"spectral_norm\", \"iterations\": 1}");
    Layer *l = &t.net.layer[0];
    const Mat W = l->param[0].value, U = l->buffer[0].value, V = l->buffer[1].value;
    test_fill(W, 4);
    for (int i = 0; i < UNITS; i++)
        u[i] = U.at[i];
    for (int j = 0; j < WIDE; j++)
        x[j] = V.at[j];
    net_refresh_weights(&t.net);
    expect_direction(view(U), u);
    expect_direction(view(V), x);
    weights_refresh(l, true);
    spectrum_multiply(view(W), true, u, v); /* v = Wᵀu */
    expect_direction(view(V), v);
    for (int j = 0; j < WIDE; j++)
        x[j] = V.at[j];
    spectrum_multiply(view(W), false, x, u); /* u = Wv */
    expect_direction(view(U), u);
    for (size_t i = 0; i < mat_size(W); i++) /* w = W/uᵀWv */
        assert_true(fabs(l->weight[0].value.at[i] -
                         W.at[i] / sqrt(mat_norm2((View){ 1, UNITS, u }))) < 1e-14);
    test_net_close(&t);
}

static void weight_norm_begins_as_init_says(void **state)
{
    (void)state;
    static TestNet t;
    open_dense(&t, ", \"weight\": \"weight_norm\", \"init\": \"he\"");
    const Layer *l = &t.net.layer[0];
    expect_names(l, "weight_v bias weight_g");
    for (size_t i = 0; i < mat_size(l->param[0].value); i++)
        assert_true(fabs(l->weight[0].value.at[i] - l->param[0].value.at[i]) < 1e-14);
    /* twice the length of a row, three times the direction's: twice the weight */
    l->param[2].value.at[1] *= 2;
    for (int j = 0; j < WIDE; j++)
        l->param[0].value.at[WIDE + j] *= 3;
    net_refresh_weights(&t.net);
    assert_true(fabs(mat_norm2(view(mat_rows(l->weight[0].value, 1, 1))) -
                     l->param[2].value.at[1] * l->param[2].value.at[1]) < 1e-12);
    test_net_close(&t);
}

static void equalized_begins_at_unit_variance(void **state)
{
    (void)state;
    static TestNet t;
    open_dense(&t, ", \"weight\": {\"kind\": \"equalized\", \"gain\": 0.5}");
    const Layer *l = &t.net.layer[0];
    const double n = WIDE * UNITS, variance = mat_norm2(view(l->param[0].value)) / n;
    expect_names(l, "weight_orig bias");
    assert_true(fabs(variance - 1) < 5 * sqrt(2 / n)); /* 5 standard errors */
    for (size_t i = 0; i < mat_size(l->param[0].value); i++)
        assert_true(fabs(l->weight[0].value.at[i] -
                         0.5 * sqrt(2.0 / WIDE) * l->param[0].value.at[i]) < 1e-14);
    test_net_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_penalty_through_every_row),
        cmocka_unit_test(the_gradient_of_the_norm_itself),
        cmocka_unit_test(a_gradient_is_pulled_back_once),
        cmocka_unit_test(none_is_the_parameter),
        cmocka_unit_test(spectral_norm_begins_at_one),
        cmocka_unit_test(spectral_norm_follows_a_step),
        cmocka_unit_test(weight_norm_begins_as_init_says),
        cmocka_unit_test(equalized_begins_at_unit_variance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
