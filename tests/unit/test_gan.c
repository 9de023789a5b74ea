/* The GAN as a whole: a step allocates nothing, leaves no gradient, computes the same bits for any
 * number of threads, and learns. */
#include "support/tiny_gan.h"

/* `plain` with reparametrised weights. */
static const char reparametrised[] =
    "{\"generator\": {\"latent\": 5, \"ema\": 0.9, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 12, \"weight\": \"equalized\", \"activation\": \"tanh\"},"
    "  {\"kind\": \"dense\", \"weight\": \"weight_norm\", \"activation\": \"tanh\"}]},"
    " \"discriminator\": {\"steps\": 2, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 10, \"weight\": \"weight_norm\"}, \"softplus\","
    "  {\"kind\": \"dense\", \"units\": 9, \"weight\": \"equalized\", \"activation\": \"relu\"},"
    "  {\"kind\": \"dense\", \"units\": 1, \"weight\": \"spectral_norm\"}]},"
    " \"penalty\": \"r1\","
    " \"optimizer\": {\"generator\": {\"lr\": 0.01}, \"discriminator\": {\"lr\": 0.01}}}";

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    gan_step(&f.gan, &s);
    const int before = allocations;
    assert_true(before > 0); /* the counter works */
    for (int i = 0; i < 100; i++)
        gan_step(&f.gan, &s);
    assert_int_equal(allocations, before);
    assert_true(s.finite && s.penalty > 0);
    assert_int_equal(f.gan.step, 101);
    assert_int_equal(f.gan.updates, 202);
    close_fixture(&f);
}

static void gradients_are_zero_after_a_step(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    gan_step(&f.gan, &s);
    assert_true(s.d_grad_norm > 0 && s.g_grad_norm > 0);
    assert_true(mat_norm2(view(f.gan.player[GENERATOR].net.dtheta)) <= 0);
    assert_true(mat_norm2(view(f.gan.player[DISCRIMINATOR].net.dtheta)) <= 0);
    close_fixture(&f);
}

/* Nothing writes to the padding between parameters, which would enter norms. */
static void padding_stays_zero(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    for (int i = 0; i < 20; i++)
        gan_step(&f.gan, &s);
    double named = 0;
    for (int i = 0; i < f.gan.player[GENERATOR].net.n; i++)
        for (int j = 0; j < f.gan.player[GENERATOR].net.layer[i].n_params; j++)
            named += mat_norm2(view(f.gan.player[GENERATOR].net.layer[i].param[j].value));
    assert_true(fabs(named - mat_norm2(view(f.gan.player[GENERATOR].net.theta))) < 1e-12 * named);
    close_fixture(&f);
}

static void same_bits_for_any_threads(void **state)
{
    (void)state;
    static Fixture one, many;
    StepStats s;
    for (int threads = 2; threads <= 4; threads++) {
        parallel_set_threads(1);
        open_fixture(&one);
        for (int i = 0; i < 10; i++)
            gan_step(&one.gan, &s);
        parallel_set_threads(threads);
        open_fixture(&many);
        for (int i = 0; i < 10; i++)
            gan_step(&many.gan, &s);
        assert_memory_equal(one.gan.player[GENERATOR].net.theta.at,
                            many.gan.player[GENERATOR].net.theta.at,
                            mat_size(one.gan.player[GENERATOR].net.theta) * sizeof(real));
        assert_memory_equal(one.gan.player[DISCRIMINATOR].net.theta.at,
                            many.gan.player[DISCRIMINATOR].net.theta.at,
                            mat_size(one.gan.player[DISCRIMINATOR].net.theta) * sizeof(real));
        close_fixture(&one);
        close_fixture(&many);
    }
}

static void with_reparametrised_weights(void **state)
{
    text = reparametrised;
    a_step_allocates_nothing(state);
    gradients_are_zero_after_a_step(state);
    padding_stays_zero(state);
    same_bits_for_any_threads(state);
    text = plain;
}

/* The sampler computes with weights of the current average, not of an earlier one. */
static void the_sampler_refreshes_its_weights(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    text = reparametrised;
    open_fixture(&f);
    text = plain;
    for (int i = 0; i < 3; i++)
        gan_step(&f.gan, &s);
    const Net *sampler = gan_sampler(&f.gan);
    const Layer *l = &sampler->layer[0];
    const real factor = (real)sqrt(2.0 / 5);
    for (size_t i = 0; i < mat_size(l->param[0].value); i++)
        assert_true(fabs((double)(l->weight[0].value.at[i] - factor * l->param[0].value.at[i])) <
                    1e-6);
    assert_memory_not_equal(l->weight[0].value.at,
                            f.gan.player[GENERATOR].net.layer[0].weight[0].value.at,
                            mat_size(l->weight[0].value) * sizeof(real));
    close_fixture(&f);
}

static void the_average_follows_g(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    const real before = f.gan.player[GENERATOR].average.theta.at[0];
    gan_step(&f.gan, &s);
    const real want =
        (real)0.9 * before + (1 - (real)0.9) * f.gan.player[GENERATOR].net.theta.at[0];
    assert_true(f.gan.player[GENERATOR].average.theta.at[0] >= want &&
                f.gan.player[GENERATOR].average.theta.at[0] <= want);
    assert_ptr_equal(gan_sampler(&f.gan), &f.gan.player[GENERATOR].average);
    close_fixture(&f);
}

/* Measuring some steps changes none of them; update ratios have the size of the learning rate. */
static void measuring_changes_nothing(void **state)
{
    (void)state;
    static Fixture measured, plain_steps;
    StepStats s, other;
    open_fixture(&measured);
    open_fixture(&plain_steps);
    for (int i = 0; i < 10; i++) {
        measured.gan.measure = i % 3 != 1;
        gan_step(&measured.gan, &s);
        gan_step(&plain_steps.gan, &other);
        assert_true(measured.gan.measure == (s.d_update_ratio > 0));
        assert_true(measured.gan.measure == (s.g_update_ratio > 0));
        assert_true(s.d_update_ratio < 0.2 && s.g_update_ratio < 0.2); /* lr 0.01, weights of 0.3 */
        assert_true(measured.gan.measure || (s.data_spread == 0 && s.sample_spread == 0));
        s.d_update_ratio = s.g_update_ratio = s.data_spread = s.sample_spread = 0;
        assert_memory_equal(&s, &other, sizeof s);
    }
    assert_memory_equal(measured.gan.player[GENERATOR].net.theta.at,
                        plain_steps.gan.player[GENERATOR].net.theta.at,
                        mat_size(measured.gan.player[GENERATOR].net.theta) * sizeof(real));
    assert_memory_equal(measured.gan.player[DISCRIMINATOR].net.theta.at,
                        plain_steps.gan.player[DISCRIMINATOR].net.theta.at,
                        mat_size(measured.gan.player[DISCRIMINATOR].net.theta) * sizeof(real));
    close_fixture(&measured);
    close_fixture(&plain_steps);
}

/* A schedule that is zero from the third generator update on stops both players there, although
 * the discriminator makes two updates per step. */
static void schedules_count_generator_updates(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture_with(&f, "{\"schedule\": {\"kind\": \"multi_step\", \"milestones\": [2], "
                          "\"factor\": 0}, \"lr\": 0.01}");
    for (int i = 0; i < 4; i++) {
        f.gan.measure = true;
        gan_step(&f.gan, &s);
        assert_true((s.d_update_ratio > 0) == (i < 2) && (s.g_update_ratio > 0) == (i < 2));
    }
    close_fixture(&f);
}

/* All images are the same; after training, G generates it. */
static void it_learns(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    real z[8 * 5], x[8 * SIDE * SIDE];
    const Mat out = { 8, SIDE * SIDE, x };
    open_fixture(&f);
    for (int i = 0; i < 1500; i++)
        gan_step(&f.gan, &s);
    gan_latents(1, (Mat){ 8, 5, z });
    gan_sample(&f.gan, (View){ 8, 5, z }, out);
    double error = 0;
    for (int i = 0; i < 8 * SIDE * SIDE; i++)
        error += fabs((double)x[i] - (f.images[i % (SIDE * SIDE)] / 127.5 - 1));
    if (!(error / (8 * SIDE * SIDE) < 0.2))
        fail_msg("mean error of a pixel is %g of 2", error / (8 * SIDE * SIDE));
    close_fixture(&f);
}

static void nets_that_do_not_fit_are_reported(void **state)
{
    (void)state;
    static Fixture f;
    static Gan g;
    static Error e;
    open_fixture(&f);
    const SpecList swap = f.config.gan.generator.layers;
    f.config.gan.generator.layers = f.config.gan.discriminator.layers;
    f.config.gan.discriminator.layers = swap;
    assert_int_equal(gan_build(&g, &f.config.gan, NULL, f.data.shape, 0, BATCH, 1, &e), GT_ECONFIG);
    assert_int_equal(e.lines, 2);
    assert_non_null(strstr(e.text[0], "generator.layers: the last layer gives 1 values"));
    assert_non_null(strstr(e.text[1], "discriminator.layers: the last layer gives 16 values"));
    close_fixture(&f);
}

/* With a layer that compares samples, a sample would depend on the others of its batch. */
static void generators_have_no_layer_that_compares(void **state)
{
    (void)state;
    static const char compares[] =
        "{\"generator\": {\"latent\": 5, \"layers\": [\"minibatch_stddev\", {\"kind\": "
        "\"dense\"}]},"
        " \"discriminator\": {\"layers\": [\"minibatch_stddev\", {\"kind\": \"dense\","
        " \"units\": 1}]}}";
    static Config c;
    static Gan g;
    static Error e;
    if (config_parse(&c, compares, sizeof compares - 1, "test", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    assert_int_equal(gan_build(&g, &c.gan, NULL, (Shape){ 1, SIDE, SIDE }, 0, BATCH, 1, &e),
                     GT_ECONFIG);
    assert_int_equal(e.lines, 1);
    assert_non_null(strstr(e.text[0], "generator.layers: minibatch_stddev (layer 0) compares"));
    config_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(gradients_are_zero_after_a_step),
        cmocka_unit_test(padding_stays_zero),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(the_average_follows_g),
        cmocka_unit_test(it_learns),
        cmocka_unit_test(nets_that_do_not_fit_are_reported),
        cmocka_unit_test(with_reparametrised_weights),
        cmocka_unit_test(the_sampler_refreshes_its_weights),
        cmocka_unit_test(generators_have_no_layer_that_compares),
        cmocka_unit_test(measuring_changes_nothing),
        cmocka_unit_test(schedules_count_generator_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
