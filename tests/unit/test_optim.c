/* The common options of optimizers, by plain gradient descent with rate 1: θ changes by exactly
 * the adjusted gradient. */
#include "support/optims.h"

enum { ROWS = 3, COLS = 1100, BIAS = 16, WEIGHTS = ROWS * COLS }; /* rows longer than two buffers */

/* A weight matrix and a bias, with one optimiser. */
typedef struct Player {
    TestOptim o;
    Arena memory;
    Mat theta, dtheta; /* [1,P] */
    Mat start, raw;    /* copies of the two at the beginning of a step */
    LayerArray weight, bias;
} Player;

static void plan(Arena *a, void *plan_me)
{
    Player *p = plan_me;
    Mat *all[] = { &p->theta, &p->dtheta, &p->start, &p->raw };
    for (int i = 0; i < 4; i++)
        *all[i] = mat_take(a, 1, WEIGHTS + BIAS);
}

static LayerArray array(const Player *p, int rank, int rows, int cols, int first, int row)
{
    return (LayerArray){ .rank = rank,
                         .value = { rows, cols, p->theta.at + first },
                         .grad = { rows, cols, p->dtheta.at + first },
                         .offset = first,
                         .first_row = row };
}

static void open_player(Player *p, const char *kind, const char *options)
{
    static Error e;
    memset(p, 0, sizeof *p);
    test_optim_open(&p->o, registry_find(&optimizers, kind), options, WEIGHTS + BIAS, ROWS + 1);
    assert_int_equal(arena_build(&p->memory, plan, p, &e), GT_OK);
    p->weight = array(p, 2, ROWS, COLS, 0, 0);
    p->bias = array(p, 1, 1, BIAS, WEIGHTS, ROWS);
    test_fill(p->theta, 3);
}

static void close_player(Player *p)
{
    arena_close(&p->memory);
    test_optim_close(&p->o);
}

/* One update with gradients of norm `norm`; returns optim_end's |gradient|². */
static double step(Player *p, unsigned number, double norm)
{
    Optim *o = &p->o.optim;
    test_fill(p->dtheta, 100 + number);
    const real scale = (real)(norm / sqrt(mat_norm2(view(p->dtheta))));
    for (size_t i = 0; i < mat_size(p->dtheta); i++)
        p->dtheta.at[i] *= scale;
    mat_copy(p->raw, view(p->dtheta));
    mat_copy(p->start, view(p->theta));
    optim_begin(o);
    if (o->clips) {
        optim_measure_norm(o, &p->weight, 0, p->weight.grad.rows);
        optim_measure_norm(o, &p->bias, 0, p->bias.grad.rows);
        optim_clip(o);
    }
    optim_update_array(o, &p->weight);
    optim_update_array(o, &p->bias);
    return optim_end(o);
}

static double change_of(const Player *p, int i)
{
    return (double)p->start.at[i] - (double)p->theta.at[i];
}

/* A few roundings of numbers of the size of 1. */
static const double tolerance = sizeof(real) == sizeof(float) ? 1e-6 : 1e-14;

static void expect_change(const Player *p, int i, double want)
{
    if (!(fabs(change_of(p, i) - want) < tolerance * (1 + fabs((double)p->start.at[i]))))
        fail_msg("number %d changed by %.9g, expected %.9g", i, change_of(p, i), want);
}

static double change_norm(const Player *p)
{
    double sum = 0;
    for (int i = 0; i < WEIGHTS + BIAS; i++)
        sum += change_of(p, i) * change_of(p, i);
    return sqrt(sum);
}

static void clip_norm_bounds_the_gradient(void **state)
{
    (void)state;
    Player p;
    open_player(&p, "sgd", "{\"lr\": 1, \"clip_norm\": 2}");
    for (unsigned i = 0; i < 4; i++) {
        const double norm = i % 2 ? 1.5 : 30; /* below and above */
        const double returned = sqrt(step(&p, i, norm)), kept = norm < 2 ? norm : 2;
        assert_true(fabs(returned - norm) < 1e-6 * norm); /* the raw one */
        assert_true(fabs(change_norm(&p) - kept) < 1e-4 * kept);
        for (int j = 0; j < WEIGHTS + BIAS; j++)
            expect_change(&p, j, (double)p.raw.at[j] * kept / norm);
    }
    close_player(&p);
}

/* A gradient below the norm is unchanged, to the bit. */
static void what_is_not_clipped_is_not_touched(void **state)
{
    (void)state;
    Player p, q;
    open_player(&p, "adam", "{\"clip_norm\": 1000, \"clip_value\": 1000}");
    open_player(&q, "adam", "{}");
    for (unsigned i = 0; i < 3; i++) {
        step(&p, i, 30);
        step(&q, i, 30);
    }
    assert_true(p.o.optim.adjusts && !q.o.optim.adjusts);
    assert_memory_equal(p.theta.at, q.theta.at, mat_size(p.theta) * sizeof(real));
    close_player(&p);
    close_player(&q);
}

/* What cannot be measured must not look like something that was clipped. */
static void a_broken_gradient_stays_broken(void **state)
{
    (void)state;
    static const real bad[] = { (real)NAN, (real)INFINITY };
    for (int i = 0; i < 2; i++) {
        Player p;
        open_player(&p, "sgd", "{\"lr\": 1, \"clip_norm\": 2, \"clip_value\": 1}");
        p.dtheta.at[5] = bad[i];
        optim_begin(&p.o.optim);
        optim_measure_norm(&p.o.optim, &p.weight, 0, p.weight.grad.rows);
        optim_clip(&p.o.optim);
        optim_update_array(&p.o.optim, &p.weight);
        assert_true(!isfinite(optim_end(&p.o.optim)));
        assert_true(isnan(p.theta.at[5]));
        close_player(&p);
    }
}

static void clip_value_bounds_every_number(void **state)
{
    (void)state;
    Player p;
    int cut = 0;
    open_player(&p, "sgd", "{\"lr\": 1, \"clip_value\": 0.5}");
    step(&p, 0, 60); /* about 1 each */
    for (int i = 0; i < WEIGHTS + BIAS; i++) {
        const double g = (double)p.raw.at[i];
        cut += fabs(g) > 0.5;
        expect_change(&p, i, g > 0.5 ? 0.5 : g < -0.5 ? -0.5 : g);
    }
    assert_true(cut > WEIGHTS / 4 && cut < WEIGHTS);
    close_player(&p);
}

/* l1, l2 and decay: of weights, not of a bias. */
static void only_weights_are_drawn_to_zero(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        double of_theta, of_sign;
    } cases[] = {
        { "{\"lr\": 1, \"l2\": 0.25}", 0.25, 0 },
        { "{\"lr\": 1, \"l1\": 0.125}", 0, 0.125 },
        { "{\"lr\": 1, \"decay\": 0.5}", 0.5, 0 },
        { "{\"lr\": 1, \"l1\": 0.125, \"l2\": 0.25, \"decay\": 0.5}", 0.75, 0.125 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Player p;
        open_player(&p, "sgd", cases[i].options);
        const double returned = step(&p, 0, 60);
        assert_true(fabs(returned - 3600) < 1e-2); /* of the loss alone */
        for (int j = 0; j < WEIGHTS + BIAS; j++) {
            const double theta = (double)p.start.at[j], sign = theta > 0 ? 1 : -1;
            const double drawn = cases[i].of_theta * theta + cases[i].of_sign * sign;
            expect_change(&p, j, (double)p.raw.at[j] + (j < WEIGHTS ? drawn : 0));
        }
        close_player(&p);
    }
}

/* The order of an update: penalties are added after clipping and use θ before decay. */
static void clipping_comes_first(void **state)
{
    (void)state;
    Player p;
    open_player(&p, "sgd",
                "{\"lr\": 1, \"clip_norm\": 30, \"clip_value\": 0.25, \"l2\": 0.5, \"decay\": 1}");
    step(&p, 0, 60);
    for (int i = 0; i < WEIGHTS; i++) {
        const double g = (double)p.raw.at[i] / 2; /* |g| 60 -> 30 */
        const double cut = g > 0.25 ? 0.25 : g < -0.25 ? -0.25 : g;
        expect_change(&p, i, cut + 1.5 * (double)p.start.at[i]);
    }
    close_player(&p);
}

/* Against the mean of all θ that were, added up in double. */
static void the_past_draws_back(void **state)
{
    (void)state;
    enum { STEPS = 12 };
    static double sum[WEIGHTS + BIAS];
    Player p;
    open_player(&p, "sgd", "{\"lr\": 1, \"historical_averaging\": 0.25}");
    assert_string_equal(p.o.optim.slot_name[OPTIM_MEAN], "theta_mean");
    memset(sum, 0, sizeof sum);
    for (unsigned t = 1; t <= STEPS; t++) {
        step(&p, t, 60);
        for (int i = 0; i < WEIGHTS + BIAS; i++) {
            sum[i] += (double)p.start.at[i];
            const double mean = sum[i] / t, want = 2 * 0.25 * ((double)p.start.at[i] - mean);
            const double kept = (double)p.o.optim.slot[OPTIM_MEAN].at[i];
            assert_true(fabs(kept - mean) < 10 * tolerance * (1 + fabs(mean)));
            assert_true(fabs(change_of(&p, i) - (double)p.raw.at[i] - want) < 20 * tolerance);
        }
    }
    close_player(&p);
}

static void the_update_ratio_is_what_it_says(void **state)
{
    (void)state;
    Player p, q;
    open_player(&p, "adam", "{\"lr\": 0.01}");
    open_player(&q, "adam", "{\"lr\": 0.01}");
    p.o.optim.measure = true;
    for (unsigned i = 0; i < 3; i++) {
        step(&p, i, 60);
        step(&q, i, 60);
        const double want = change_norm(&p) / sqrt(mat_norm2(view(p.start)));
        assert_true(fabs(p.o.optim.update_ratio - want) < 1e-6 * want);
        assert_true(want > 1e-3 && q.o.optim.update_ratio <= 0);
    }
    assert_memory_equal(p.theta.at, q.theta.at, mat_size(p.theta) * sizeof(real));
    close_player(&p);
    close_player(&q);
}

/* Memory is only taken for used slots. */
static void slots_that_are_not_needed_are_not_there(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *options, *first, *second;
    } cases[] = {
        { "sgd", "{}", NULL, NULL },
        { "sgd", "{\"momentum\": 0.5}", "momentum_buffer", NULL },
        { "rmsprop", "{}", "square_avg", NULL },
        { "rmsprop", "{\"momentum\": 0.5}", "square_avg", "momentum_buffer" },
        { "adam", "{}", "exp_avg", "exp_avg_sq" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const want[OPTIM_SLOTS] = { cases[i].first, cases[i].second, NULL, NULL };
        Player p;
        open_player(&p, cases[i].kind, cases[i].options);
        for (int s = 0; s < OPTIM_SLOTS; s++) {
            const char *name = p.o.optim.slot_name[s];
            assert_true(!name == !want[s] && (!name || strcmp(name, want[s]) == 0));
            assert_true((p.o.optim.slot[s].at != NULL) == (name != NULL));
        }
        close_player(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip_norm_bounds_the_gradient),
        cmocka_unit_test(what_is_not_clipped_is_not_touched),
        cmocka_unit_test(a_broken_gradient_stays_broken),
        cmocka_unit_test(clip_value_bounds_every_number),
        cmocka_unit_test(only_weights_are_drawn_to_zero),
        cmocka_unit_test(clipping_comes_first),
        cmocka_unit_test(the_past_draws_back),
        cmocka_unit_test(the_update_ratio_is_what_it_says),
        cmocka_unit_test(slots_that_are_not_needed_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
