/* Every kind of layer there is, alone and inside a net, on flat samples and on images, with all
 * rows in one group and in two: first and second derivatives against central differences, the
 * tangent pass against the transpose, and which rows know of each other. Built with real =
 * double. */
#include "gantrain/nn/reparam.h"
#include "support/nets.h"

_Static_assert(sizeof(real) == 8, "differences need double precision");

enum { BATCH = 6, INSIDE = 4 };

/* Samples of few values; a kind may refuse one of them. */
static const Shape shapes[] = { { 6, 1, 1 }, { 2, 4, 4 } };
static const int groups[] = { BATCH, BATCH / 2 };
enum { SHAPES = sizeof shapes / sizeof *shapes, GROUPS = sizeof groups / sizeof *groups };

/* Central differences over four points err by H⁴ and by rounding/H: about 1e-9 of values near 1,
 * also where a layer is strongly curved, as one that normalises over three rows is. */
static const double H = 2e-6;
enum { POINTS = 4 };
static const double point[POINTS] = { -2, -1, 1, 2 };
static const double weight[POINTS] = { 1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12 };
static const double TOLERANCE = 1e-7;
/* Two ways to the same scalar product differ by rounding alone. */
static const double ROUNDING = 1e-12;

/* Kinds with options that change the mathematics, or that are required here. */
static const char *const variants[] = {
    "{\"kind\": \"dense\", \"units\": 4}",
    "{\"kind\": \"dense\", \"units\": 3, \"bias\": false}",
    "{\"kind\": \"dense\", \"units\": 3, \"activation\": \"tanh\"}",
    "{\"kind\": \"dropout\", \"rate\": 0.5}",
    "{\"kind\": \"dense\", \"units\": 5, \"activation\": \"elu\"}",
    "{\"kind\": \"batch_norm\", \"epsilon\": 0.5}",
    "{\"kind\": \"layer_norm\", \"epsilon\": 0.5}",
    "{\"kind\": \"pixel_norm\", \"epsilon\": 0.5}",
    "{\"kind\": \"prelu\", \"shared\": false, \"slope\": -0.3}",
    "{\"kind\": \"maxout\", \"units\": 3, \"pieces\": 2}",
    "{\"kind\": \"minibatch_discrimination\", \"kernels\": 3, \"dims\": 2, \"init\": \"xavier\"}",
    "{\"kind\": \"minibatch_stddev\", \"group\": 3}",
    "{\"kind\": \"gaussian_noise\", \"std\": 0.5, \"until\": 10}",
    "{\"kind\": \"translate\", \"pixels\": 1, \"fill\": 0.5}",
    "{\"kind\": \"virtual_batch_norm\", \"epsilon\": 0.5}",
    "{\"kind\": \"batch_norm\", \"affine\": false}",
    "{\"kind\": \"label\", \"units\": 2, \"planes\": true}",
    "{\"kind\": \"label\", \"planes\": true}",
    "{\"kind\": \"label\", \"units\": 4, \"weight\": \"spectral_norm\"}",
    "{\"kind\": \"projection\", \"weight\": \"weight_norm\"}",
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

/* false: the layers do not take this shape */
static bool open_bench(Bench *b, const char *layers_json, Shape in, int group)
{
    static Error e;
    memset(b, 0, sizeof *b);
    if (test_net_build(&b->t, layers_json, in, BATCH, group, &e) != GT_OK) {
        test_net_close(&b->t);
        return false;
    }
    const int n = shape_size(in), out = shape_size(b->t.net.out), P = b->t.net.theta.cols;
    b->at = calloc((size_t)(BATCH * (2 * n + out) + P + BATCH * n), sizeof(real));
    assert_non_null(b->at);
    real *at = b->at;
    b->x = carve(&at, BATCH, n);
    b->w = carve(&at, BATCH, out);
    b->v = carve(&at, BATCH, n);
    b->keep = carve(&at, 1, P + BATCH * n);
    test_fill(b->x, 1);
    test_fill(b->w, 2);
    test_fill(b->v, 3);
    /* biases begin at 0; move everything so that no derivative vanishes by accident, and so that no
     * kink is within reach of the differences */
    for (int i = 0; i < P; i++)
        b->t.net.theta.at[i] += 0.05 * sin(i + 2);
    return true;
}

static void close_bench(Bench *b)
{
    free(b->at);
    test_net_close(&b->t);
}

/* L = Σ w ∘ y */
static double loss(Bench *b)
{
    net_refresh_weights(&b->t.net);
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

/* dL/dθ and dL/dx against differences of L, one number at a time; of large arrays about MANY of
 * them */
static void check_first(Bench *b, const char *name, Mat values, const real *gradient,
                        const char *what)
{
    enum { MANY = 200 };
    const int n = (int)mat_size(values), step = n / MANY | 1;
    for (int i = 0; i < n; i += step) {
        const real at = values.at[i];
        double slope = 0;
        for (int k = 0; k < POINTS; k++) {
            values.at[i] = at + point[k] * H;
            slope += weight[k] * loss(b) / H;
        }
        values.at[i] = at;
        assert_near(what, name, i, gradient[i], slope, TOLERANCE);
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
    memcpy(b->keep.at, b->t.trace.dx[0].at, mat_size(b->x) * sizeof(real));
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

    real *slope = calloc((size_t)P, sizeof *slope);
    assert_non_null(slope);
    for (int k = 0; k < POINTS; k++) {
        for (size_t i = 0; i < mat_size(b->x); i++)
            b->x.at[i] += point[k] * H * b->v.at[i];
        gradients(b);
        for (int i = 0; i < P; i++)
            slope[i] += weight[k] * net->dtheta.at[i] / H;
        for (size_t i = 0; i < mat_size(b->x); i++)
            b->x.at[i] -= point[k] * H * b->v.at[i];
    }
    for (int i = 0; i < P; i++)
        assert_near("R{dθ}", name, i, b->keep.at[i], slope[i], TOLERANCE);
    free(slope);
}

static bool check_net(const char *name, const char *layers_json, Shape in, int group)
{
    static Bench b;
    if (!open_bench(&b, layers_json, in, group))
        return false;
    first_derivatives(&b, name);
    if (!net_without_tangents(&b.t.net)) {
        transpose(&b, name);
        second_derivatives(&b, name);
    }
    close_bench(&b);
    return true;
}

/* Alone, between dense layers, and below a curved layer, whose tangent flows down through it. */
static bool check_layer_on(const char *layer, Shape in, int group)
{
    char text[1024];
    snprintf(text, sizeof text, "[%s]", layer);
    if (!check_net(layer, text, in, group))
        return false;
    snprintf(text, sizeof text,
             "[{\"kind\": \"dense\", \"units\": %d}, %s, {\"kind\": \"dense\", \"units\": %d}, "
             "\"tanh\", {\"kind\": \"dense\", \"units\": 1}]",
             in.w > 1 ? 0 : 5, layer, INSIDE); /* 0: an image again */
    assert_true(check_net(layer, text, in, group));
    return true;
}

static void check_layer(const char *layer)
{
    int fits = 0;
    for (int i = 0; i < SHAPES; i++)
        for (int j = 0; j < GROUPS; j++)
            fits += check_layer_on(layer, shapes[i], groups[j]);
    if (!fits)
        fail_msg("%s takes none of the shapes", layer);
}

/* ---- which rows know of each other ----------------------------------------------------------- */

/* Everything that the four passes leave of row i, bit for bit. */
typedef struct RowState {
    const real *at[4]; /* y, dx, ry, rdx */
    size_t n[4];
} RowState;

static RowState row_state(const Bench *b, int i)
{
    const Trace *t = &b->t.trace;
    const Mat m[4] = { t->y[0], t->dx[0], t->ry[0], t->rdx[0] };
    RowState s;
    for (int k = 0; k < 4; k++) {
        s.at[k] = mat_rows(m[k], i, 1).at;
        s.n[k] = (size_t)m[k].cols;
    }
    return s;
}

static bool same_row(const Bench *a, const Bench *b, int i)
{
    const RowState p = row_state(a, i), q = row_state(b, i);
    for (int k = 0; k < 4; k++)
        if (memcmp(p.at[k], q.at[k], p.n[k] * sizeof(real)) != 0)
            return false;
    return true;
}

static void four_passes(Bench *b)
{
    gradients(b);
    mat_copy(b->t.trace.rx, view(b->v));
    net_tangent_forward(&b->t.net, &b->t.trace);
    net_tangent_backward(&b->t.net, &b->t.trace);
}

/* Another row 0: rows of the other group do not notice, and no other row does unless the kind
 * says so. */
static void check_rows_on(const char *layer, Shape in)
{
    static Bench a, b;
    char text[512];
    snprintf(text, sizeof text, "[%s]", layer);
    if (!open_bench(&a, text, in, BATCH / 2))
        return;
    assert_true(open_bench(&b, text, in, BATCH / 2));
    for (int j = 0; j < in.c * in.h * in.w; j++) {
        b.x.at[j] += 0.3;
        b.v.at[j] -= 0.2;
    }
    for (int j = 0; j < b.w.cols; j++)
        b.w.at[j] += 0.1;
    four_passes(&a);
    four_passes(&b);
    assert_false(same_row(&a, &b, 0));
    int noticed = 0;
    for (int i = 1; i < BATCH / 2; i++)
        noticed += !same_row(&a, &b, i);
    if ((noticed > 0) != a.t.net.mixes_batch)
        fail_msg("%s: %d rows depend on row 0", layer, noticed);
    for (int i = BATCH / 2; i < BATCH; i++)
        if (!same_row(&a, &b, i))
            fail_msg("%s: row %d of the other group notices row 0", layer, i);
    close_bench(&a);
    close_bench(&b);
}

/* Who knows of a reference batch: unit/test_layer_values.c. */
static void check_rows(const char *layer)
{
    if (test_needs_reference(layer))
        return;
    for (int i = 0; i < SHAPES; i++)
        check_rows_on(layer, shapes[i]);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void every_kind(void (*check)(const char *layer))
{
    for (const Entry *const *kind = layers.entry; *kind; kind++) {
        char text[128];
        snprintf(text, sizeof text, "{\"kind\": \"%s\"}", (*kind)->name);
        check(text);
    }
}

static void every_variant(void (*check)(const char *layer))
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        check(variants[i]);
}

static void derivatives_of_every_kind(void **state)
{
    (void)state;
    every_kind(check_layer);
}

static void derivatives_of_every_variant(void **state)
{
    (void)state;
    every_variant(check_layer);
}

static void rows_know_of_their_group_at_most(void **state)
{
    (void)state;
    every_kind(check_rows);
    every_variant(check_rows);
}

/* Every reparametrisation, with and without a parameter after the weight. */
static void every_reparam(void **state)
{
    (void)state;
    static const char *const with_weights[] = {
        "\"dense\", \"units\": 4",
        "\"dense\", \"units\": 4, \"bias\": false",
        "\"maxout\", \"units\": 3, \"pieces\": 2",
        "\"minibatch_discrimination\", \"kernels\": 3, \"dims\": 2",
    };
    for (const Entry *const *is = reparams.entry; *is; is++)
        for (size_t i = 0; i < sizeof with_weights / sizeof *with_weights; i++) {
            char text[128];
            snprintf(text, sizeof text, "{\"kind\": %s, \"weight\": \"%s\"}", with_weights[i],
                     (*is)->name);
            check_layer(text);
        }
}

/* The check itself must be able to fail: a gradient that is wrong by one part in ten thousand. */
static void a_wrong_gradient_is_seen(void **state)
{
    (void)state;
    static Bench b;
    assert_true(open_bench(&b, "[{\"kind\": \"dense\", \"units\": 4}]", shapes[0], BATCH));
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
        cmocka_unit_test(derivatives_of_every_kind),
        cmocka_unit_test(derivatives_of_every_variant),
        cmocka_unit_test(rows_know_of_their_group_at_most),
        cmocka_unit_test(every_reparam),
        cmocka_unit_test(a_wrong_gradient_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
