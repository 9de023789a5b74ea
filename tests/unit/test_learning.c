/* The methods do what their papers promise, on synthetic data: all pairs of objective and penalty
 * run, WGAN-GP keeps the slope near 1, clipping and spectral norm bound the weights, divergences
 * cover or seek modes. */
#include "support/spectrum.h"
#include "support/tiny_gan.h"

/* A GAN on the data source of its config. */
static void open_points(Fixture *f, int batch, const char *form, ...)
{
    static Error e;
    char config[2000];
    va_list values;
    memset(f, 0, sizeof *f);
    memset(&e, 0, sizeof e);
    va_start(values, form);
    vsnprintf(config, sizeof config, form, values);
    va_end(values);
    if (config_parse(&f->config, config, strlen(config), "test", &e) != GT_OK ||
        dataset_open(&f->data, &f->config.data, 1, &e) != GT_OK ||
        gan_build(&f->gan, &f->config.gan, &f->data, f->data.shape, 0, batch, 1, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

static void close_points(Fixture *f)
{
    dataset_close(&f->data);
    close_fixture(f);
}

/* 200 steps on the ring of 8 stay finite and allocate nothing. */
static void try_pair(const Entry *objective, const Entry *penalty)
{
    static Fixture f;
    StepStats s;
    open_points(&f, 16,
                "{\"data\": {\"kind\": \"ring\", \"count\": 2000},"
                " \"objective\": \"%s\", \"penalty\": \"%s\","
                " \"generator\": {\"latent\": 2, \"layers\": [{\"kind\": \"dense\", \"units\": 16,"
                "  \"activation\": \"relu\"}, {\"kind\": \"dense\"}]},"
                " \"discriminator\": {\"layers\": [{\"kind\": \"dense\", \"units\": 16, "
                "  \"activation\": \"leaky_relu\"}, {\"kind\": \"dense\", \"units\": 16,"
                "  \"activation\": \"tanh\"}, {\"kind\": \"dense\", \"units\": 1}]},"
                " \"optimizer\": {\"generator\": {\"lr\": 0.001},"
                "  \"discriminator\": {\"lr\": 0.001}}}",
                objective->name, penalty->name);
    gan_step(&f.gan, &s);
    const int before = allocations;
    for (int i = 1; i < 200 && s.finite; i++)
        gan_step(&f.gan, &s);
    if (!s.finite || !mat_finite(view(f.gan.player[GENERATOR].net.theta)) ||
        !mat_finite(view(f.gan.player[DISCRIMINATOR].net.theta)))
        fail_msg("%s with %s: not finite at step %d", objective->name, penalty->name,
                 (int)f.gan.step);
    assert_int_equal(allocations, before);
    close_points(&f);
}

static void every_pair_on_the_ring(void **state)
{
    (void)state;
    for (const Entry *const *o = objectives.entry; *o; o++)
        for (const Entry *const *p = penalties.entry; *p; p++)
            try_pair(*o, *p);
}

static const char critic[] =
    "{\"data\": {\"kind\": \"ring\", \"count\": 5000}, \"objective\": \"wasserstein\", %s"
    " \"generator\": {\"latent\": 2, \"layers\": [{\"kind\": \"dense\", \"units\": 32,"
    "  \"activation\": \"relu\"}, {\"kind\": \"dense\"}]},"
    " \"discriminator\": {\"steps\": 5, \"layers\": [{\"kind\": \"dense\", \"units\": 64, "
    "  \"activation\": \"leaky_relu\"%s}, {\"kind\": \"dense\", \"units\": 64,"
    "  \"activation\": \"leaky_relu\"%s}, {\"kind\": \"dense\", \"units\": 1%s}]},"
    " \"optimizer\": {\"generator\": {\"lr\": 0.0005, \"beta2\": 0.9},"
    "  \"discriminator\": {\"lr\": 0.0005, \"beta2\": 0.9}}}";

/* Gulrajani et al. 2017: the critic's slope is near 1 after a warm-up. */
static void wgan_gp_keeps_the_slope_near_1(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    double mean = 0;
    open_points(&f, 64, critic, "\"penalty\": \"wgan_gp\",", "", "", "");
    for (int i = 0; i < 400; i++) {
        gan_step(&f.gan, &s);
        mean += i >= 300 ? s.slope / 100 : 0;
    }
    if (!(mean > 0.9 && mean < 1.1))
        fail_msg("mean slope is %g", mean);
    close_points(&f);
}

/* Arjovsky et al. 2017: after every step every weight is within the bound, and some are at it. */
static void clipping_bounds_the_weights(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    real largest = 0;
    open_points(&f, 64, critic, "\"penalty\": {\"kind\": \"weight_clip\", \"limit\": 0.1},", "", "",
                "");
    for (int i = 0; i < 100; i++) {
        gan_step(&f.gan, &s);
        largest = 0;
        for (int j = 0; j < f.gan.player[DISCRIMINATOR].net.theta.cols; j++)
            if (real_fabs(f.gan.player[DISCRIMINATOR].net.theta.at[j]) > largest)
                largest = real_fabs(f.gan.player[DISCRIMINATOR].net.theta.at[j]);
        assert_true(largest <= (real)0.1);
    }
    assert_true(largest >= (real)0.1);
    close_points(&f);
}

/* Miyato et al. 2018: the largest singular value of each layer stays near 1. */
static void spectral_norm_bounds_the_layers(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    const char sn[] = ", \"weight\": \"spectral_norm\"";
    open_points(&f, 64, critic, "", sn, sn, sn);
    for (int i = 0; i < 300; i++) {
        gan_step(&f.gan, &s);
        for (int j = 0; i % 20 == 19 && j < f.gan.player[DISCRIMINATOR].net.n; j++) {
            if (!f.gan.player[DISCRIMINATOR].net.layer[j].reparametrised)
                continue;
            const double sigma = largest_singular_value(
                view(f.gan.player[DISCRIMINATOR].net.layer[j].weight[0].value));
            if (!(sigma > 0.95 && sigma < 1.05))
                fail_msg("step %d, layer %d: %g", i, j, sigma);
        }
    }
    close_points(&f);
}

/* σ of a Gaussian σz + μ that is fitted to a mixture of two by minimising a divergence. */
static double fitted_deviation(const char *objective)
{
    static Fixture f;
    StepStats s;
    open_points(
        &f, 256,
        "{\"data\": {\"kind\": \"mixture\", \"means\": [-1, 2], \"stds\": [0.5, 0.5],"
        "  \"weights\": [0.7, 0.3], \"scale\": 1, \"count\": 20000},"
        " \"objective\": {\"kind\": \"%s\", \"saturating\": true},"
        " \"generator\": {\"latent\": 1, \"layers\": [{\"kind\": \"dense\"}]},"
        " \"discriminator\": {\"steps\": 3, \"layers\": [{\"kind\": \"dense\", \"units\": 32, "
        "  \"activation\": \"tanh\"}, {\"kind\": \"dense\", \"units\": 32,"
        "  \"activation\": \"tanh\"}, {\"kind\": \"dense\", \"units\": 1}]},"
        " \"optimizer\": {\"generator\": {\"lr\": 0.002}, \"discriminator\": {\"lr\": 0.004}}}",
        objective);
    for (int i = 0; i < 3000; i++)
        gan_step(&f.gan, &s);
    const double sigma = real_fabs(f.gan.player[GENERATOR].net.layer[0].param[0].value.at[0]);
    print_message("%s: sigma %.3f, mean %.3f\n", objective, sigma,
                  (double)f.gan.player[GENERATOR].net.layer[0].param[1].value.at[0]);
    close_points(&f);
    return sigma;
}

/* Nowozin et al. 2016, §4 and table 1: KL covers both modes, reverse KL seeks one. */
static void divergences_cover_or_seek_modes(void **state)
{
    (void)state;
    assert_true(fitted_deviation("f_kl") > fitted_deviation("f_reverse_kl") + 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_on_the_ring),
        cmocka_unit_test(wgan_gp_keeps_the_slope_near_1),
        cmocka_unit_test(clipping_bounds_the_weights),
        cmocka_unit_test(spectral_norm_bounds_the_layers),
        cmocka_unit_test(divergences_cover_or_seek_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
