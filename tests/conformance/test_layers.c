/* Every kind of layer there is, alone and inside a net: first and second derivatives against central
 * differences, and the tangent pass against the transpose. Built with real = double. */
#include "gantrain/nn/reparam.h"
#include "support/nets.h"

_Static_assert(sizeof(real) == 8, "differences need double precision");

enum { BATCH = 5, IN = 6, INSIDE = 4 };

/* Central differences with step H err by H² and by rounding/H: about 1e-10 of values near 1. */
static const double H = 1e-5;
static const double TOLERANCE = 1e-7;
/* Two ways to the same scalar product differ by rounding alone. */
static const double ROUNDING = 1e-12;

/* Kinds whose options matter to the mathematics, or that need some to be meaningful here. */
static const char *const variants[] = {
    "{\"kind\": \"dense\", \"units\": 4}",
    "{\"kind\": \"dense\", \"units\": 3, \"bias\": false}",
    "{\"kind\": \"dense\", \"units\": 3, \"activation\": \"tanh\"}",
    "{\"kind\": \"dropout\", \"rate\": 0.5}",
    "{\"kind\": \"leaky_relu\", \"slope\": 0.01}",
};

typedef struct Bench {
    TestNet t;
    Mat x, w, v; /* input, weights of the loss, direction */
    Mat keep;    /* a copy of a gradient                  */
    real *at;
} Bench;

static Mat carve(real **at, int rows, int cols)
{
    const Mat m = { rows, cols, *at };
    *at += (size_t)rows * (size_t)cols;
    return m;
}

static void open_bench(Bench *b, const char *layers_json)
{
    test_net_open(&b->t, layers_json, IN, BATCH);
    const int out = shape_size(b->t.net.out), P = b->t.net.theta.cols;
    b->at = calloc((size_t)(BATCH * (2 * IN + out) + P + BATCH * IN), sizeof(real));
    assert_non_null(b->at);
    real *at = b->at;
    b->x = carve(&at, BATCH, IN);
    b->w = carve(&at, BATCH, out);
    b->v = carve(&at, BATCH, IN);
    b->keep = carve(&at, 1, P + BATCH * IN);
    test_fill(b->x, 1);
    test_fill(b->w, 2);
    test_fill(b->v, 3);
    /* biases begin at 0; move everything so that no derivative vanishes by accident */
    for (int i = 0; i < P; i++)
        b->t.net.theta.at[i] += 0.05 * sin(i + 1);
}

static void close_bench(Bench *b)
{
    free(b->at);
    test_net_close(&b->t);
}

/* L = Σ w ∘ y */
static double loss(Bench *b)
{
    net_prepare(&b->t.net);
    return test_dot(net_forward(&b->t.net, &b->t.trace, view(b->x), WANT_TRAINING), view(b->w));
}

static void gradients(Bench *b)
{
    loss(b);
    mat_fill(b->t.net.dtheta, 0);
    net_backward(&b->t.net, &b->t.trace, view(b->w), WANT_PARAMS | WANT_INPUT);
    net_pull_back(&b->t.net);
}

static void assert_near(const char *what, const char *where, int i, double got, double want,
                        double tolerance)
{
    const double scale = fmax(1, fmax(fabs(got), fabs(want)));
    if (!(fabs(got - want) <= tolerance * scale))
        fail_msg("%s of %s at %d: %.12g, differences say %.12g", what, where, i, got, want);
}

/* dL/dθ and dL/dx against (L(+h) - L(-h)) / 2h, one number at a time */
static void check_first(Bench *b, const char *name, Mat values, const real *gradient,
                        const char *what)
{
    for (int i = 0; i < (int)mat_size(values); i++) {
        const real at = values.at[i];
        values.at[i] = at + H;
        const double up = loss(b);
        values.at[i] = at - H;
        const double down = loss(b);
        values.at[i] = at;
        assert_near(what, name, i, gradient[i], (up - down) / (2 * H), TOLERANCE);
    }
}

/* The same for parameters, skipping the padding between them. */
static void check_parameters(Bench *b, const char *name)
{
    for (int i = 0; i < b->t.net.n; i++)
        for (int j = 0; j < b->t.net.layer[i].n_params; j++) {
            const LayerArray *a = &b->t.net.layer[i].param[j];
            check_first(b, name, a->value, a->grad.at, a->name);
        }
}

static void first_derivatives(Bench *b, const char *name)
{
    gradients(b);
    memcpy(b->keep.at, b->t.trace.dx[0].at, BATCH * IN * sizeof(real));
    check_first(b, name, b->x, b->keep.at, "dx");
    gradients(b);
    check_parameters(b, name);
}

/* ⟨J v, w⟩ = ⟨v, Jᵀ w⟩ */
static void transpose(Bench *b, const char *name)
{
    gradients(b);
    mat_copy(b->t.trace.rx, view(b->v));
    const View ry = net_tangent_forward(&b->t.net, &b->t.trace);
    assert_near("<Jv,w>", name, 0, test_dot(ry, view(b->w)),
                test_dot(view(b->v), view(b->t.trace.dx[0])), ROUNDING);
}

/* d/dε of dL/dθ along v, by differences of the backward pass */
static void second_derivatives(Bench *b, const char *name)
{
    Net *net = &b->t.net;
    const int P = net->theta.cols;

    gradients(b);
    mat_copy(b->t.trace.rx, view(b->v));
    mat_copy(b->t.trace.dy, view(b->w));
    net_tangent_forward(net, &b->t.trace);
    mat_fill(net->dtheta, 0);
    net_tangent_backward(net, &b->t.trace);
    net_pull_back(net);
    memcpy(b->keep.at, net->dtheta.at, (size_t)P * sizeof(real));

    real *up = calloc((size_t)P, sizeof *up);
    assert_non_null(up);
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t i = 0; i < mat_size(b->x); i++)
            b->x.at[i] += sign * H * b->v.at[i];
        gradients(b);
        for (int i = 0; i < P; i++)
            up[i] += sign * net->dtheta.at[i] / (2 * H);
        for (size_t i = 0; i < mat_size(b->x); i++)
            b->x.at[i] -= sign * H * b->v.at[i];
    }
    for (int i = 0; i < P; i++)
        assert_near("R{dθ}", name, i, b->keep.at[i], up[i], TOLERANCE);
    free(up);
}

static void check_net(const char *name, const char *layers_json)
{
    static Bench b;
    open_bench(&b, layers_json);
    first_derivatives(&b, name);
    if (!net_without_tangents(&b.t.net)) {
        transpose(&b, name);
        second_derivatives(&b, name);
    }
    close_bench(&b);
}

/* Alone, between dense layers, and below a curved layer, whose tangent flows down through it. */
static void check_layer(const char *layer)
{
    char text[1024];
    snprintf(text, sizeof text, "[%s]", layer);
    check_net(layer, text);
    snprintf(text, sizeof text,
             "[{\"kind\": \"dense\", \"units\": 5}, %s, {\"kind\": \"dense\", \"units\": %d}, "
             "\"tanh\", {\"kind\": \"dense\", \"units\": 1}]",
             layer, INSIDE);
    check_net(layer, text);
}

static void every_kind(void **state)
{
    (void)state;
    for (const Entry *const *kind = layers.entry; *kind; kind++) {
        char text[128];
        snprintf(text, sizeof text, "{\"kind\": \"%s\"}", (*kind)->name);
        check_layer(text);
    }
}

static void every_variant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        check_layer(variants[i]);
}

/* Every way to make weights from parameters, with and without a parameter behind the weight. */
static void every_reparam(void **state)
{
    (void)state;
    for (const Entry *const *is = reparams.entry; *is; is++)
        for (int bias = 0; bias < 2; bias++) {
            char text[128];
            snprintf(text, sizeof text,
                     "{\"kind\": \"dense\", \"units\": 4, \"weight\": \"%s\", \"bias\": %s}",
                     (*is)->name, bias ? "true" : "false");
            check_layer(text);
        }
}

/* The check itself must be able to fail: a gradient that is wrong by one part in ten thousand. */
static void a_wrong_gradient_is_seen(void **state)
{
    (void)state;
    static Bench b;
    open_bench(&b, "[{\"kind\": \"dense\", \"units\": 4}]");
    gradients(&b);
    const double right = b.t.trace.dx[0].at[0];
    const real at = b.x.at[0];
    b.x.at[0] = at + H;
    const double up = loss(&b);
    b.x.at[0] = at - H;
    const double down = loss(&b);
    const double wrong = right * 1.0001 + 1e-4;
    assert_true(fabs(right - (up - down) / (2 * H)) < TOLERANCE);
    assert_true(fabs(wrong - (up - down) / (2 * H)) > TOLERANCE);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind),
        cmocka_unit_test(every_variant),
        cmocka_unit_test(every_reparam),
        cmocka_unit_test(a_wrong_gradient_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
