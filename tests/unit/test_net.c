/* Fused passes against plain ones: elementwise layers in the epilogues of products, and updates
 * fused with the products of gradients. */
#include "gantrain/math/parallel.h"
#include "support/optims.h"

enum { IN = 37, BATCH = 70 };

/* A net with its optimizer and data. */
typedef struct Player {
    TestNet t;
    TestOptim o;
    Arena memory;
    Mat x, dy;
} Player;

static void plan(Arena *a, void *plan_me)
{
    Player *p = plan_me;
    p->x = mat_take(a, BATCH, IN);
    p->dy = mat_take(a, BATCH, shape_size(p->t.net.out));
}

static void open_player(Player *p, const char *layers_json, const Entry *is, const char *options)
{
    static Error e;
    memset(p, 0, sizeof *p);
    test_net_open(&p->t, layers_json, IN, BATCH);
    test_optim_open(&p->o, is, options, p->t.net.theta.cols, p->t.net.rows);
    assert_int_equal(arena_build(&p->memory, plan, p, &e), GT_OK);
    test_fill(p->x, 1);
    test_fill(p->dy, 2);
}

static void close_player(Player *p)
{
    arena_close(&p->memory);
    test_optim_close(&p->o);
    test_net_close(&p->t);
}

static const char *const nets[] = {
    "[{\"kind\": \"dense\", \"units\": 50, \"activation\": \"leaky_relu\"},"
    " {\"kind\": \"dense\", \"units\": 1, \"bias\": false}]",
    "[{\"kind\": \"relu\"}, {\"kind\": \"dense\", \"units\": 33}, {\"kind\": \"batch_norm\"},"
    " {\"kind\": \"leaky_relu\"}, {\"kind\": \"dense\", \"units\": 900, \"activation\": \"relu\"},"
    " {\"kind\": \"dropout\", \"rate\": 0.3}, {\"kind\": \"dense\", \"units\": 5}]",
    "[{\"kind\": \"dense\", \"units\": 300, \"weight\": \"spectral_norm\"}, {\"kind\": \"relu\"},"
    " {\"kind\": \"dense\", \"units\": 41}, {\"kind\": \"dense\", \"units\": 30, \"weight\": "
    "\"weight_norm\"}, {\"kind\": \"dense\", \"units\": 7, \"weight\": \"equalized\"}]",
    "[{\"kind\": \"maxout\", \"units\": 30, \"pieces\": 3}, {\"kind\": \"prelu\"},"
    " {\"kind\": \"minibatch_discrimination\", \"kernels\": 7, \"dims\": 3},"
    " {\"kind\": \"maxout\", \"units\": 4, \"pieces\": 2, \"weight\": \"weight_norm\"}]",
};
enum { NETS = sizeof nets / sizeof *nets, STEPS = 3 };

static void expect_same(const char *what, View a, View b)
{
    if (memcmp(a.at, b.at, (size_t)a.rows * (size_t)a.cols * sizeof(real)) != 0)
        fail_msg("%s differs", what);
}

/* A training pass of the same batch; `earlier`: and a backward pass, so that gradients
 * accumulate. */
static void pass(Player *p, int step, bool earlier)
{
    p->o.optim.done = (uint64_t)step;
    p->o.optim.length = STEPS;
    trace_at(&p->t.trace, 1, (uint64_t)step);
    net_forward(&p->t.net, &p->t.trace, view(p->x), WANT_TRAINING);
    if (earlier)
        net_backward(&p->t.net, &p->t.trace, view(p->dy), WANT_PARAMS);
}

/* net_backward_and_update, by `a`, against net_backward and net_update. The caller closes `a`. */
static void check_update(Player *a, const char *json, const Entry *is, const char *options,
                         bool earlier)
{
    Player b;
    open_player(a, json, is, options);
    open_player(&b, json, is, options);
    b.o.optim.measure = true; /* changes nothing */
    for (int i = 0; i < STEPS; i++) {
        pass(a, i, earlier);
        pass(&b, i, earlier);
        const double fused =
            net_backward_and_update(&a->t.net, &a->t.trace, view(a->dy), &a->o.optim);
        net_backward(&b.t.net, &b.t.trace, view(b.dy), WANT_PARAMS);
        const double plain = net_update(&b.t.net, &b.o.optim);
        assert_true(fused > 0 && fabs(fused - plain) <= 1e-12 * plain);
        expect_same("theta", view(a->t.net.theta), view(b.t.net.theta));
        expect_same("dtheta", view(a->t.net.dtheta), view(b.t.net.dtheta));
        for (int s = 0; s < OPTIM_SLOTS; s++)
            if (a->o.optim.slot_name[s])
                expect_same("a slot", view(a->o.optim.slot[s]), view(b.o.optim.slot[s]));
        assert_true(mat_norm2(view(a->t.net.dtheta)) <= 0);
    }
    assert_true(a->o.optim.update_ratio <= 0 && b.o.optim.update_ratio > 0);
    close_player(&b);
}

static void updates_fused_with_gradients(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        parallel_set_threads(threads);
        for (int i = 0; i < NETS; i++) {
            Player p;
            check_update(&p, nets[i], optimizers.entry[0], "{}", false);
            close_player(&p);
            check_update(&p, nets[i], optimizers.entry[0], "{}", true);
            close_player(&p);
        }
    }
}

/* Each common option alone, and all together. */
static const char *const options[] = {
    "{\"schedule\": \"cosine\"}",
    "{\"warmup\": 2}",
    "{\"clip_norm\": 0.01}",
    "{\"clip_value\": 0.001}",
    "{\"l1\": 0.1}",
    "{\"l2\": 0.1}",
    "{\"decay\": 0.5}",
    "{\"historical_averaging\": 0.2}",
    "{\"schedule\": \"linear\", \"warmup\": 2, \"clip_norm\": 0.01, \"clip_value\": 0.001,"
    " \"l1\": 0.1, \"l2\": 0.1, \"decay\": 0.5, \"historical_averaging\": 0.2}",
};

static void every_optimizer_with_every_option(void **state)
{
    (void)state;
    parallel_set_threads(2);
    for (const Entry *const *is = optimizers.entry; *is; is++) {
        Player without, with;
        check_update(&without, nets[1], *is, "{}", false);
        for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
            check_update(&with, nets[1], *is, options[i], false);
            if (memcmp(with.t.net.theta.at, without.t.net.theta.at,
                       mat_size(with.t.net.theta) * sizeof(real)) == 0)
                fail_msg("%s: %s changes nothing", (*is)->name, options[i]);
            close_player(&with);
        }
        close_player(&without);
    }
}

/* Optimizers with momentum, with and without an earlier gradient. */
static void optimizers_with_momentum(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "sgd", "{\"momentum\": 0.9}" },
        { "sgd", "{\"momentum\": 0.9, \"nesterov\": true}" },
        { "rmsprop", "{\"momentum\": 0.9}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Player p;
        check_update(&p, nets[0], registry_find(&optimizers, cases[i][0]), cases[i][1], true);
        close_player(&p);
    }
}

/* A fused activation against the same one behind an identity layer, where nothing is fused. */
static void activations_in_epilogues(void **state)
{
    (void)state;
    static const char fused[] = "[{\"kind\": \"dense\", \"units\": 48}, {\"kind\": \"leaky_relu\"},"
                                " {\"kind\": \"dense\", \"units\": 64}, {\"kind\": \"relu\"}]";
    static const char unfused[] =
        "[{\"kind\": \"dense\", \"units\": 48}, {\"kind\": \"dropout\", \"rate\": 0},"
        " {\"kind\": \"leaky_relu\"}, {\"kind\": \"dropout\", \"rate\": 0},"
        " {\"kind\": \"dense\", \"units\": 64}, {\"kind\": \"dropout\", \"rate\": 0}, {\"kind\": "
        "\"relu\"}]";
    Player a, b;
    open_player(&a, fused, optimizers.entry[0], "{}");
    open_player(&b, unfused, optimizers.entry[0], "{}");
    mat_copy(b.t.net.theta, view(a.t.net.theta));
    const View ya = net_forward(&a.t.net, &a.t.trace, view(a.x), 0);
    const View yb = net_forward(&b.t.net, &b.t.trace, view(b.x), 0);
    expect_same("y", ya, yb);
    const unsigned want = WANT_PARAMS | WANT_INPUT;
    const View da = net_backward(&a.t.net, &a.t.trace, view(a.dy), want);
    const View db = net_backward(&b.t.net, &b.t.trace, view(b.dy), want);
    expect_same("dx", da, db);
    expect_same("dtheta", view(a.t.net.dtheta), view(b.t.net.dtheta));
    assert_true(mat_norm2(da) > 0 && mat_norm2(view(a.t.net.dtheta)) > 0);
    close_player(&a);
    close_player(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_fused_with_gradients),
        cmocka_unit_test(every_optimizer_with_every_option),
        cmocka_unit_test(optimizers_with_momentum),
        cmocka_unit_test(activations_in_epilogues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
