/* Reparametrised weights while training: near norm 1, the same bits for any number of threads
 * and after a pause, and nothing left behind. */
#include "gantrain/math/parallel.h"
#include "gantrain/nn/reparam.h"
#include "support/nets.h"
#include "support/spectrum.h"

enum { IN = 70, BATCH = 32 };

/* Wide enough for several chunks of rows and columns; all three kinds, and a plain weight. */
static const char layers_json[] =
    "[{\"kind\": \"dense\", \"units\": 300, \"weight\": \"spectral_norm\", \"activation\": "
    "\"tanh\"},"
    " {\"kind\": \"dense\", \"units\": 41, \"weight\": \"weight_norm\", \"activation\": "
    "\"leaky_relu\"},"
    " {\"kind\": \"dense\", \"units\": 33, \"weight\": \"equalized\", \"activation\": "
    "\"softplus\"},"
    " {\"kind\": \"dense\", \"units\": 9},"
    " {\"kind\": \"dense\", \"units\": 3,"
    "  \"weight\": {\"kind\": \"spectral_norm\", \"iterations\": 2}}]";

typedef struct Player {
    TestNet t;
    Json json;
    Arena options, memory;
    Spec spec;
    Optim optim;
    Mat x, target;
} Player;

static void plan(Arena *a, void *plan_me)
{
    Player *p = plan_me;
    const Net *net = &p->t.net;
    optim_plan(&p->optim, &p->spec, net->theta.cols, net->rows, a);
    p->x = mat_take(a, BATCH, IN);
    p->target = mat_take(a, BATCH, shape_size(net->out));
}

static void open_player(Player *p)
{
    static Error e;
    static const char settings[] = "{\"lr\": 0.01}";
    const Entry *is = registry_find(&optimizers, "adam");
    memset(p, 0, sizeof *p);
    test_net_open(&p->t, layers_json, IN, BATCH);
    assert_int_equal(json_parse(&p->json, settings, sizeof settings - 1, "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&p->options, 1 << 12, &e), GT_OK);
    p->spec = (Spec){ .is = is, .options = arena_take(&p->options, is->options_size) };
    assert_int_equal(option_read(&p->options, is->options, p->json.root, "", p->spec.options, &e),
                     GT_OK);
    assert_int_equal(arena_build(&p->memory, plan, p, &e), GT_OK);
    test_fill(p->x, 1);
    test_fill(p->target, 2);
}

static void close_player(Player *p)
{
    arena_close(&p->memory);
    arena_close(&p->options);
    json_free(&p->json);
    test_net_close(&p->t);
}

/* Towards the target, steps [from, to): inputs change from step to step. */
static void train(Player *p, int from, int to)
{
    for (int step = from; step < to; step++) {
        test_fill(p->x, (unsigned)step);
        const View y = net_forward(&p->t.net, &p->t.trace, view(p->x), WANT_TRAINING);
        for (size_t i = 0; i < mat_size(p->target); i++)
            p->t.trace.dy.at[i] = y.at[i] - p->target.at[i];
        net_backward_and_update(&p->t.net, &p->t.trace, view(p->t.trace.dy), &p->optim);
    }
}

static void expect_same(const char *what, View a, View b)
{
    if (memcmp(a.at, b.at, (size_t)a.rows * (size_t)a.cols * sizeof(real)) != 0)
        fail_msg("%s differs", what);
}

static void expect_same_nets(const Net *a, const Net *b)
{
    expect_same("theta", view(a->theta), view(b->theta));
    expect_same("buffers", view(a->buffers), view(b->buffers));
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < a->layer[i].n_weights; j++)
            expect_same("a weight", view(a->layer[i].weight[j].value),
                        view(b->layer[i].weight[j].value));
}

static void spectral_norms_stay_near_one(void **state)
{
    (void)state;
    static Player p;
    int seen = 0;
    open_player(&p);
    for (int round = 0; round < 10; round++) {
        train(&p, round * 20, round * 20 + 20);
        for (int i = 0; i < p.t.net.n; i++) {
            const Layer *l = &p.t.net.layer[i];
            if (!l->n_buffers)
                continue;
            const double norm = largest_singular_value(view(l->weight[0].value));
            if (!(norm > 0.95 && norm < 1.05))
                fail_msg("layer %d, round %d: the largest singular value is %g", i, round, norm);
            seen++;
        }
    }
    assert_int_equal(seen, 2 * 10);
    close_player(&p);
}

static void same_bits_for_any_threads(void **state)
{
    (void)state;
    static Player one, many;
    for (int threads = 2; threads <= 4; threads++) {
        parallel_set_threads(1);
        open_player(&one);
        train(&one, 0, 10);
        parallel_set_threads(threads);
        open_player(&many);
        train(&many, 0, 10);
        expect_same_nets(&one.t.net, &many.t.net);
        close_player(&one);
        close_player(&many);
    }
    parallel_set_threads(1);
}

/* Only parameters, buffers and moments are saved; the weights computed from them have the same
 * bits. */
static void what_is_saved_is_enough(void **state)
{
    (void)state;
    static Player p, again;
    open_player(&p);
    open_player(&again);
    train(&p, 0, 10);
    mat_copy(again.t.net.theta, view(p.t.net.theta));
    mat_copy(again.t.net.buffers, view(p.t.net.buffers));
    for (int i = 0; p.optim.slot_name[i]; i++)
        mat_copy(again.optim.slot[i], view(p.optim.slot[i]));
    again.optim.t = p.optim.t;
    net_refresh_weights(&again.t.net);
    expect_same_nets(&p.t.net, &again.t.net);
    train(&p, 10, 20);
    train(&again, 10, 20);
    expect_same_nets(&p.t.net, &again.t.net);
    close_player(&p);
    close_player(&again);
}

static void no_gradient_is_left(void **state)
{
    (void)state;
    static Player p;
    open_player(&p);
    train(&p, 0, 2);
    assert_true(mat_norm2(view(p.t.net.dtheta)) <= 0);
    for (int i = 0; i < p.t.net.n; i++)
        for (int j = 0; j < p.t.net.layer[i].n_weights; j++)
            assert_true(mat_norm2(view(p.t.net.layer[i].weight[j].grad)) <= 0);
    close_player(&p);
}

/* A weight that is all zero has no direction: it is zero, and learns. */
static void zero_is_no_trap(void **state)
{
    (void)state;
    static const char *const kinds[] = { "spectral_norm", "weight_norm" };
    for (int k = 0; k < 2; k++) {
        static TestNet t;
        char text[128];
        snprintf(
            text, sizeof text,
            "[{\"kind\": \"dense\", \"units\": 3, \"weight\": \"%s\", \"init\": \"constant\"}]",
            kinds[k]);
        test_net_open(&t, text, 5, 4);
        const Layer *l = &t.net.layer[0];
        assert_true(mat_norm2(view(l->weight[0].value)) <= 0);
        test_fill(l->param[0].value, 1);
        weights_refresh(&t.net.layer[0], true);
        assert_true(mat_finite(view(l->weight[0].value)));
        if (l->n_buffers) {
            const double norm = largest_singular_value(view(l->weight[0].value));
            assert_true(norm > 0.9 && norm < 1.2);
        }
        test_net_close(&t);
    }
}

static void another_init_is_refused(void **state)
{
    (void)state;
    static const Option rows[] = { OPT_LIST(TestNet, list, &layers, "layers"), OPT_END };
    static const char json[] = "{\"list\": [{\"kind\": \"dense\", \"units\": 3,"
                               " \"weight\": \"equalized\", \"init\": \"xavier\"}]}";
    static TestNet t;
    static Error e;
    const Shape in = { 4, 1, 1 };
    assert_int_equal(json_parse(&t.json, json, sizeof json - 1, "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&t.options, 1 << 12, &e), GT_OK);
    assert_int_equal(option_read(&t.options, rows, t.json.root, "", &t, &e), GT_OK);
    assert_int_equal(net_infer(&t.net, "net", (NetShapes){ in, in, 0 }, &t.list, "layers", &e),
                     GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "layers[0]: weight \"equalized\" needs init "
                                      "\"standard_normal\", not \"xavier\""));
    arena_close(&t.options);
    json_free(&t.json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectral_norms_stay_near_one),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(what_is_saved_is_enough),
        cmocka_unit_test(no_gradient_is_left),
        cmocka_unit_test(zero_is_no_trap),
        cmocka_unit_test(another_init_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
