/* The fused passes against the plain ones: elementwise layers in the epilogues of products, and steps
 * taken while the gradient is made. */
#include "gantrain/math/parallel.h"
#include "support/nets.h"

enum { IN = 37, BATCH = 70 };

/* One net with its optimiser and its data. */
typedef struct Player {
    TestNet t;
    Json json;
    Arena options, memory;
    Spec spec;
    Optim optim;
    Mat x, dy;
} Player;

static void plan(Arena *a, void *plan_me)
{
    Player *p = plan_me;
    const Net *net = &p->t.net;
    optim_plan(&p->optim, &p->spec, net->theta.cols, net->rows, a);
    p->x = mat_take(a, BATCH, IN);
    p->dy = mat_take(a, BATCH, shape_size(net->out));
}

static void open_player(Player *p, const char *layers_json)
{
    static Error e;
    const Entry *is = optimizers.entry[0];
    memset(p, 0, sizeof *p);
    test_net_open(&p->t, layers_json, IN, BATCH);
    assert_int_equal(json_parse(&p->json, "{}", 2, "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&p->options, 1 << 12, &e), GT_OK);
    p->spec = (Spec){ .is = is, .options = arena_take(&p->options, is->options_size) };
    assert_int_equal(option_read(&p->options, is->options, p->json.root, "", p->spec.options, &e),
                     GT_OK);
    assert_int_equal(arena_build(&p->memory, plan, p, &e), GT_OK);
    test_fill(p->x, 1);
    test_fill(p->dy, 2);
}

static void close_player(Player *p)
{
    arena_close(&p->memory);
    arena_close(&p->options);
    json_free(&p->json);
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
};
enum { NETS = sizeof nets / sizeof *nets, STEPS = 3 };

static void expect_same(const char *what, View a, View b)
{
    if (memcmp(a.at, b.at, (size_t)a.rows * (size_t)a.cols * sizeof(real)) != 0)
        fail_msg("%s differs", what);
}

/* net_descend against net_backward and net_move; with and without an earlier gradient. */
static void check_descent(const char *json, bool earlier)
{
    Player a, b;
    open_player(&a, json);
    open_player(&b, json);
    for (int i = 0; i < STEPS; i++) {
        Player *both[] = { &a, &b };
        for (int j = 0; j < 2; j++) {
            trace_at(&both[j]->t.trace, 1, (uint64_t)i);
            net_forward(&both[j]->t.net, &both[j]->t.trace, view(both[j]->x), WANT_TRAINING);
            if (earlier)
                net_backward(&both[j]->t.net, &both[j]->t.trace, view(both[j]->dy), WANT_PARAMS);
        }
        const double fused = net_descend(&a.t.net, &a.t.trace, view(a.dy), &a.optim);
        net_backward(&b.t.net, &b.t.trace, view(b.dy), WANT_PARAMS);
        const double plain = net_move(&b.t.net, &b.optim);
        assert_true(fused > 0 && fabs(fused - plain) <= 1e-12 * plain);
        expect_same("theta", view(a.t.net.theta), view(b.t.net.theta));
        expect_same("dtheta", view(a.t.net.dtheta), view(b.t.net.dtheta));
        for (int s = 0; s < a.optim.kind->slots; s++)
            expect_same("a slot", view(a.optim.slot[s]), view(b.optim.slot[s]));
        assert_true(mat_norm2(view(a.t.net.dtheta)) <= 0);
    }
    close_player(&a);
    close_player(&b);
}

static void a_step_while_the_gradient_is_made(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        parallel_set_threads(threads);
        for (int i = 0; i < NETS; i++) {
            check_descent(nets[i], false);
            check_descent(nets[i], true);
        }
    }
}

/* The activation of a dense layer against the same one alone, behind a layer that changes nothing. */
static void activations_in_epilogues(void **state)
{
    (void)state;
    static const char fused[] = "[{\"kind\": \"dense\", \"units\": 48}, {\"kind\": \"leaky_relu\"},"
                                " {\"kind\": \"dense\", \"units\": 64}, {\"kind\": \"relu\"}]";
    static const char apart[] =
        "[{\"kind\": \"dense\", \"units\": 48}, {\"kind\": \"dropout\", \"rate\": 0},"
        " {\"kind\": \"leaky_relu\"}, {\"kind\": \"dropout\", \"rate\": 0},"
        " {\"kind\": \"dense\", \"units\": 64}, {\"kind\": \"dropout\", \"rate\": 0}, {\"kind\": "
        "\"relu\"}]";
    Player a, b;
    open_player(&a, fused);
    open_player(&b, apart);
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
        cmocka_unit_test(a_step_while_the_gradient_is_made),
        cmocka_unit_test(activations_in_epilogues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
