/* The options of a step besides objectives and penalties: several updates of either player,
 * gradient accumulation, packing, label flipping, clipping, drift. */
#include "support/tiny_gan.h"

static const char R1[] = "\"penalty\": \"r1\"";

/* 20 steps stay finite, allocate nothing and leave no gradient. */
static void try_steps(const char *what, const char *const *change)
{
    static Fixture f;
    StepStats s;
    open_with(&f, changed(change));
    f.gan.accumulate = strstr(what, "accumulate") ? 3 : 1;
    gan_step(&f.gan, &s);
    const int before = allocations;
    for (int i = 0; i < 20; i++) {
        gan_step(&f.gan, &s);
        if (!s.finite)
            fail_msg("%s: not finite at step %d", what, i);
    }
    assert_int_equal(allocations, before);
    assert_true(s.d_grad_norm >= 0 && s.g_grad_norm > 0);
    assert_true(mat_norm2(view(f.gan.player[GENERATOR].net.dtheta)) <= 0 &&
                mat_norm2(view(f.gan.player[DISCRIMINATOR].net.dtheta)) <= 0);
    close_fixture(&f);
}

static void options_of_a_step(void **state)
{
    (void)state;
    static const char STEPS[] = "\"steps\": 2", LATENT[] = "\"latent\": 5";
    try_steps("packing", (const char *const[]){ STEPS, "\"steps\": 2, \"packing\": 3", NULL });
    try_steps("generator steps",
              (const char *const[]){ LATENT, "\"latent\": 5, \"steps\": 3", NULL });
    try_steps("accumulate", (const char *const[]){ LATENT, "\"latent\": 5, \"steps\": 2", NULL });
    try_steps("flipping, drift",
              (const char *const[]){ STEPS, "\"label_flipping\": 0.3, \"drift\": 0.01", NULL });
    try_steps("accumulate, packing, comparing, mixing",
              (const char *const[]){ STEPS, "\"packing\": 2", R1,
                                     "\"penalty\": \"wgan_gp\", "
                                     "\"objective\": \"relativistic_average\"",
                                     NULL });
    try_steps("accumulate, matching",
              (const char *const[]){ R1, "\"objective\": \"feature_matching\"", NULL });
}

static StepStats first_step(const char *const *change, int accumulate)
{
    static Fixture f;
    StepStats s;
    open_with(&f, changed(change));
    f.gan.accumulate = accumulate;
    gan_step(&f.gan, &s);
    close_fixture(&f);
    return s;
}

/* All images are the same, so the gradient of three batches is near that of one, not three times
 * as large. */
static void accumulated_gradients_are_averaged(void **state)
{
    (void)state;
    static const char *const no_dropout[] = { "\"rate\": 0.2", "\"rate\": 0", NULL };
    const StepStats one = first_step(no_dropout, 1), three = first_step(no_dropout, 3);
    assert_true(fabs(three.d_grad_norm / one.d_grad_norm - 1) < 0.2);
    assert_true(fabs(three.g_grad_norm / one.g_grad_norm - 1) < 0.6);
}

static void weights_are_clipped(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_with(&f, changed((const char *const[]){
                      R1, "\"penalty\": {\"kind\": \"weight_clip\", \"limit\": 0.05}", NULL }));
    for (int i = 0; i < 30; i++) {
        gan_step(&f.gan, &s);
        for (int j = 0; j < f.gan.player[DISCRIMINATOR].net.theta.cols; j++)
            assert_true(real_fabs(f.gan.player[DISCRIMINATOR].net.theta.at[j]) <= (real)0.05);
    }
    close_fixture(&f);
}

/* The drift term keeps the logits of D near 0. */
static void drift_keeps_logits_small(void **state)
{
    (void)state;
    double distance[2];
    for (int i = 0; i < 2; i++) {
        static Fixture f;
        StepStats s = { 0 };
        char row[100];
        snprintf(row, sizeof row, "\"steps\": 2, \"drift\": %d", 10 * i);
        open_with(&f, changed((const char *const[]){ "\"steps\": 2", row, R1,
                                                     "\"penalty\": \"none\", "
                                                     "\"objective\": \"wasserstein\"",
                                                     NULL }));
        for (int k = 0; k < 200; k++)
            gan_step(&f.gan, &s);
        distance[i] = fabs(s.d_real - 0.5);
        close_fixture(&f);
    }
    assert_true(distance[1] < distance[0] / 2);
}

static void bad_combinations_are_reported(void **state)
{
    (void)state;
    static const struct {
        const char *change[3], *message;
    } rows[] = {
        { { "\"steps\": 2", "\"packing\": 4", NULL },
          "discriminator.packing: 4 does not divide train.batch_size (6)" },
        { { R1, "\"objective\": {\"kind\": \"feature_matching\", \"layer\": 9}", NULL },
          "objective.layer: 9 is no hidden layer of the discriminator: expected 0 to 2" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static Fixture f, g;
        static Error e;
        memset(&e, 0, sizeof e);
        open_fixture(&g); /* for the data */
        const char *config = changed(rows[i].change);
        assert_int_equal(config_parse(&f.config, config, strlen(config), "test", &e), GT_OK);
        assert_int_equal(gan_build(&f.gan, &f.config.gan, &g.data, g.data.shape, 0, BATCH, 1, &e),
                         GT_ECONFIG);
        if (!strstr(e.text[0], rows[i].message))
            fail_msg("%s", e.text[0]);
        close_fixture(&f);
        close_fixture(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_a_step),
        cmocka_unit_test(accumulated_gradients_are_averaged),
        cmocka_unit_test(weights_are_clipped),
        cmocka_unit_test(drift_keeps_logits_small),
        cmocka_unit_test(bad_combinations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
