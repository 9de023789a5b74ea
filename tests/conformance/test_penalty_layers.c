/* Every gradient penalty through every kind of layer: dP/dθ against differences of P itself,
 * which is made of first derivatives alone. Built with real = double. */
#include "gantrain/gan/penalty.h"
#include "gantrain/nn/layer.h"
#include "support/nets.h"

_Static_assert(sizeof(real) == 8, "differences need double precision");

enum { BATCH = 4, MANY = 60, POINTS = 4 };

/* Differences over four points of P, which is near 1. */
static const double H = 2e-6;
static const double TOLERANCE = 1e-6;
static const double point[POINTS] = { -2, -1, 1, 2 };
static const double weight[POINTS] = { 1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12 };

/* Options with which a penalty acts on slopes below 1, as those of the test. */
static const char *options_of(const Entry *is)
{
    return strcmp(is->name, "wgan_lp") == 0 ? ", \"target\": 0.01" : "";
}

/* A penalty and its inputs. */
typedef struct Chosen {
    Spec penalty;
    Json json;
    Arena arena;
    real values[3][BATCH * 64];
    PenaltyInputs in;
} Chosen;

static void open_chosen(Chosen *c, const Entry *is)
{
    static const Option rows[] = { OPT_SPEC(Chosen, penalty, "none", &penalties, "penalty"),
                                   OPT_END };
    static Error e;
    char text[128];

    memset(c, 0, sizeof *c);
    memset(&e, 0, sizeof e);
    snprintf(text, sizeof text, "{\"penalty\": {\"kind\": \"%s\"%s}}", is->name, options_of(is));
    assert_int_equal(json_parse(&c->json, text, strlen(text), "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&c->arena, 1 << 14, &e), GT_OK);
    if (option_read(&c->arena, rows, c->json.root, "", c, &e) != GT_OK)
        fail_msg("%s: %s", is->name, e.text[0]);
}

static void close_chosen(Chosen *c)
{
    arena_close(&c->arena);
    json_free(&c->json);
}

static void fill_inputs(Chosen *c, Shape in)
{
    const int X = shape_size(in);
    assert_true((size_t)(BATCH * X) <= sizeof c->values[0] / sizeof(real));
    for (unsigned i = 0; i < 2; i++)
        test_fill((Mat){ BATCH, X, c->values[i] }, 5 + i);
    c->in = (PenaltyInputs){ { BATCH, X, c->values[0] },
                             { BATCH, X, c->values[1] },
                             { BATCH, X, c->values[2] },
                             rng_draw(3, RNG_POINTS, 0, 1),
                             0,
                             0 };
}

static double penalty_of(const Chosen *c, TestNet *t)
{
    return penalty_add(&c->penalty, &t->net, &t->trace, c->in, 1).cost;
}

static double slope_of(const Chosen *c, TestNet *t, real *theta)
{
    const real at = *theta;
    double slope = 0;
    for (int k = 0; k < POINTS; k++) {
        *theta = at + point[k] * H;
        slope += weight[k] * penalty_of(c, t) / H;
    }
    *theta = at;
    return slope * (double)penalty_every(&c->penalty);
}

static void check_array(const Chosen *c, TestNet *t, const LayerArray *a, const char *layer)
{
    const int n = (int)mat_size(a->value), step = n / MANY | 1;
    real *got = malloc((size_t)n * sizeof *got); /* P overwrites the gradient */

    assert_non_null(got);
    memcpy(got, a->grad.at, (size_t)n * sizeof *got);
    for (int i = 0; i < n; i += step) {
        const double want = slope_of(c, t, &a->value.at[i]);
        if (!(fabs(got[i] - want) <= TOLERANCE * fmax(1, fabs(want))))
            fail_msg("%s through %s: dP/d%s[%d] is %.12g, differences say %.12g",
                     c->penalty.is->name, layer, a->name, i, got[i], want);
    }
    free(got);
}

/* The differences of every array add to the gradient, so it starts from zero each time. */
static void check_net(const Chosen *c, TestNet *t, const char *layer)
{
    double norm2 = 0;
    for (int i = 0; i < t->net.n; i++)
        for (int j = 0; j < t->net.layer[i].n_params; j++) {
            mat_fill(t->net.dtheta, 0);
            const double P = penalty_of(c, t);
            if (!(P > 1e-4 && P < 1e4))
                fail_msg("%s through %s: P is %g", c->penalty.is->name, layer, P);
            norm2 += mat_norm2(view(t->net.layer[i].param[j].grad));
            check_array(c, t, &t->net.layer[i].param[j], layer);
        }
    assert_true(norm2 > 1e-8);
}

/* The layer between curved ones, so that P depends on the points and on every weight. */
static bool check_layer(Chosen *c, const char *layer, Shape in)
{
    static Error e;
    TestNet t;
    char text[1024];

    snprintf(
        text, sizeof text,
        "[{\"kind\": \"dense\", \"units\": %d}, \"tanh\", %s, {\"kind\": \"dense\", \"units\": 5}, "
        "\"softplus\", {\"kind\": \"dense\", \"units\": 1}]",
        in.w > 1 ? 0 : 7, layer);
    if (test_net_build(&t, text, in, BATCH, BATCH, &e) != GT_OK) {
        test_net_close(&t);
        return false;
    }
    for (int i = 0; i < t.net.theta.cols; i++)
        t.net.theta.at[i] += 0.1 * sin(i + 2);
    fill_inputs(c, in);
    check_net(c, &t, layer);
    test_net_close(&t);
    return true;
}

static void check_penalty(const Entry *is)
{
    static Chosen c;
    open_chosen(&c, is);
    for (const Entry *const *kind = layers.entry; *kind && penalty_every(&c.penalty); kind++) {
        char layer[128];
        snprintf(layer, sizeof layer, "{\"kind\": \"%s\"}", (*kind)->name);
        if (test_needs_reference(layer))
            continue;
        const bool flat = check_layer(&c, layer, (Shape){ 6, 1, 1 });
        const bool image = check_layer(&c, layer, (Shape){ 2, 4, 4 });
        if (!flat && !image)
            fail_msg("%s takes none of the shapes", layer);
    }
    close_chosen(&c);
}

static void every_penalty_through_every_layer(void **state)
{
    (void)state;
    for (const Entry *const *is = penalties.entry; *is; is++)
        check_penalty(*is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_penalty_through_every_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
