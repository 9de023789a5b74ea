/* Schedules against closed values, and where they must not jump; warm-up and the curve in a
 * step. */
#include "gantrain/nn/optim.h"
#include "support/optims.h"

/* A chosen schedule from `"schedule": ...`. */
typedef struct Curve {
    Spec schedule;
    Json json;
    Arena arena;
} Curve;

static void open_curve(Curve *c, const char *schedule)
{
    static const Option rows[] = { OPT_SPEC(Curve, schedule, "constant", &schedules, "curve"),
                                   OPT_END };
    static Error e;
    char text[256];
    memset(c, 0, sizeof *c);
    snprintf(text, sizeof text, "{\"schedule\": %s}", schedule);
    assert_int_equal(json_parse(&c->json, text, strlen(text), "test", 0, &e), GT_OK);
    assert_int_equal(arena_open(&c->arena, 1 << 12, &e), GT_OK);
    assert_int_equal(option_read(&c->arena, rows, c->json.root, "", c, &e), GT_OK);
}

static void close_curve(Curve *c)
{
    arena_close(&c->arena);
    json_free(&c->json);
}

static void closed_values(void **state)
{
    (void)state;
    static const struct {
        const char *schedule;
        uint64_t t, length;
        double want;
    } points[] = {
        { "\"constant\"", 123456, 200000, 1 },
        { "{\"kind\": \"step\", \"every\": 10, \"factor\": 0.5}", 9, 0, 1 },
        { "{\"kind\": \"step\", \"every\": 10, \"factor\": 0.5}", 10, 0, 0.5 },
        { "{\"kind\": \"step\", \"every\": 10, \"factor\": 0.5}", 39, 0, 0.125 },
        { "{\"kind\": \"multi_step\", \"milestones\": [7, 3], \"factor\": 0.1}", 2, 0, 1 },
        { "{\"kind\": \"multi_step\", \"milestones\": [7, 3], \"factor\": 0.1}", 3, 0, 0.1 },
        { "{\"kind\": \"multi_step\", \"milestones\": [7, 3], \"factor\": 0.1}", 7, 0, 0.01 },
        { "{\"kind\": \"multi_step\", \"milestones\": []}", 70, 0, 1 },
        { "{\"kind\": \"exponential\", \"every\": 10, \"factor\": 0.25}", 5, 0, 0.5 },
        { "{\"kind\": \"exponential\", \"every\": 10, \"factor\": 0.25}", 20, 0, 0.0625 },
        { "\"linear\"", 0, 100, 1 },
        { "\"linear\"", 99, 100, 0.01 },
        { "\"linear\"", 100, 100, 0 },
        { "\"linear\"", 50, 0, 1 }, /* length not known */
        { "{\"kind\": \"linear\", \"to\": 0.2, \"begin\": 60}", 60, 100, 1 },
        { "{\"kind\": \"linear\", \"to\": 0.2, \"begin\": 60}", 80, 100, 0.6 },
        { "{\"kind\": \"linear\", \"to\": 0.2, \"begin\": 60}", 1000, 100, 0.2 },
        { "{\"kind\": \"linear\", \"begin\": 200}", 99, 100, 1 },
        { "\"cosine\"", 50, 100, 0.5 },
        { "\"cosine\"", 100, 100, 0 },
        { "{\"kind\": \"cosine\", \"to\": 0.5}", 100, 300, 0.875 }, /* cos 60° = 1/2 */
        { "{\"kind\": \"inverse\", \"rate\": 0.01}", 100, 0, 0.5 },
        { "{\"kind\": \"inverse\", \"rate\": 0.01}", 300, 0, 0.25 },
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        Curve c;
        open_curve(&c, points[i].schedule);
        const double got = schedule_factor(&c.schedule, points[i].t, points[i].length);
        if (!(fabs(got - points[i].want) < 1e-14))
            fail_msg("%s at %d of %d: %.17g, expected %g", points[i].schedule, (int)points[i].t,
                     (int)points[i].length, got, points[i].want);
        close_curve(&c);
    }
}

/* Over 1000 updates a smooth curve that falls by 1 at most takes no step above π/2 thousandths. */
static void smooth_curves_do_not_jump(void **state)
{
    (void)state;
    static const char *const smooth[] = {
        "\"linear\"",
        "\"cosine\"",
        "{\"kind\": \"linear\", \"to\": 0.5, \"begin\": 400}",
        "{\"kind\": \"exponential\", \"every\": 1000, \"factor\": 0.3}",
        "{\"kind\": \"inverse\", \"rate\": 0.001}",
    };
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
        Curve c;
        open_curve(&c, smooth[i]);
        for (uint64_t t = 0; t < 1000; t++) {
            const double fall =
                schedule_factor(&c.schedule, t, 1000) - schedule_factor(&c.schedule, t + 1, 1000);
            assert_true(fall >= 0 && fall < 1.6e-3);
        }
        assert_true(schedule_factor(&c.schedule, 1000, 1000) < 0.6);
        close_curve(&c);
    }
}

/* Plain descent by a gradient of 1 shows the rate: warm-up times the curve. */
static void a_step_uses_them(void **state)
{
    (void)state;
    enum { LENGTH = 8 };
    static const double want[LENGTH] = { 0.25, 0.5 * 7 / 8, 0.75 * 6 / 8, 5.0 / 8,
                                         0.5,  3.0 / 8,     0.25,         1.0 / 8 };
    TestOptim o;
    real theta = 0, dtheta;
    test_optim_open(&o, registry_find(&optimizers, "sgd"),
                    "{\"lr\": 0.5, \"warmup\": 4, \"schedule\": \"linear\"}", 1, 1);
    o.optim.length = LENGTH;
    for (int t = 0; t < LENGTH; t++) {
        o.optim.done = (uint64_t)t;
        theta = 0;
        dtheta = 1;
        test_update(&o.optim, (Mat){ 1, 1, &theta }, (Mat){ 1, 1, &dtheta });
        assert_true(fabs((double)theta + 0.5 * want[t]) < 1e-7);
    }
    test_optim_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_values),
        cmocka_unit_test(smooth_curves_do_not_jump),
        cmocka_unit_test(a_step_uses_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
