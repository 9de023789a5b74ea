/* Generators with a reference batch (virtual_batch_norm), which is part of every pass: a sample
 * does not depend on the others of its batch, every option of a step works, and the reference
 * batch stays constant. */
#include "support/tiny_gan.h"

static const char *const with_reference[] = {
    "{\"kind\": \"dense\", \"activation\": \"tanh\"}",
    "\"virtual_batch_norm\", {\"kind\": \"dense\", \"units\": 9, \"bias\": false},"
    " \"virtual_batch_norm\", \"relu\", {\"kind\": \"dense\", \"activation\": \"tanh\"}",
    NULL
};

enum { LATENT = 5, PIXELS = SIDE * SIDE, MANY = 3 * BATCH + 2 };

static void open_with_reference(Fixture *f)
{
    open_with(f, changed(with_reference));
}

static bool same(View a, View b)
{
    assert_true(a.rows == b.rows && a.cols == b.cols);
    return memcmp(a.at, b.at, (size_t)a.rows * (size_t)a.cols * sizeof(real)) == 0;
}

/* Drawn all at once, in other batches, one by one. */
static void samples_do_not_depend_on_each_other(void **state)
{
    (void)state;
    static Fixture f;
    static real z_at[MANY * LATENT], all_at[MANY * PIXELS], some_at[MANY * PIXELS];
    const Mat z = { MANY, LATENT, z_at }, all = { MANY, PIXELS, all_at };
    const Mat some = { MANY, PIXELS, some_at };
    StepStats s;
    open_with_reference(&f);
    for (int i = 0; i < 20; i++)
        gan_step(&f.gan, &s);
    gan_latents(1, z);
    gan_sample(&f.gan, view(z), all);
    assert_true(mat_finite(view(all)));
    gan_sample(&f.gan, view(mat_rows(z, 4, MANY - 4)), mat_rows(some, 4, MANY - 4));
    assert_true(same(view(mat_rows(all, 4, MANY - 4)), view(mat_rows(some, 4, MANY - 4))));
    for (int i = 0; i < MANY; i++) {
        gan_sample(&f.gan, view(mat_rows(z, i, 1)), mat_rows(some, i, 1));
        assert_true(same(view(mat_rows(all, i, 1)), view(mat_rows(some, i, 1))));
        assert_true(i == 0 || !same(view(mat_rows(all, i, 1)), view(mat_rows(all, 0, 1))));
    }
    close_fixture(&f);
}

/* The latents of the reference batch come from the seed; neither training nor sampling changes
 * them. */
static void the_reference_stays_constant(void **state)
{
    (void)state;
    static Fixture f;
    static real want_at[BATCH * LATENT], x_at[MANY * PIXELS], z_at[MANY * LATENT];
    const Mat want = { BATCH, LATENT, want_at }, z = { MANY, LATENT, z_at };
    StepStats s;
    open_with_reference(&f);
    assert_int_equal(f.gan.game.reference, BATCH);
    mat_normal(want, rng_draw(1, RNG_REFERENCE, 0, 0), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(same(view(mat_rows(f.gan.game.z, BATCH, BATCH)), view(want)));
        assert_true(mat_norm2(view(mat_rows(f.gan.game.d_images, BATCH, BATCH))) <= 0);
        gan_step(&f.gan, &s);
        gan_latents(1, z);
        gan_sample(&f.gan, view(z), (Mat){ MANY, PIXELS, x_at });
    }
    close_fixture(&f);
    open_fixture(&f);
    assert_int_equal(f.gan.game.reference, 0);
    assert_int_equal(f.gan.game.z.rows, BATCH);
    assert_int_equal(f.gan.game.images.rows, 2 * BATCH);
    assert_null(f.gan.game.d_images.at);
    close_fixture(&f);
}

/* Sampling between two steps does not change training. */
static void sampling_changes_nothing(void **state)
{
    (void)state;
    static Fixture a, b;
    static real z_at[MANY * LATENT], x_at[MANY * PIXELS];
    const Mat z = { MANY, LATENT, z_at };
    StepStats s;
    open_with_reference(&a);
    open_with_reference(&b);
    gan_latents(9, z);
    for (int i = 0; i < 5; i++) {
        gan_step(&a.gan, &s);
        gan_step(&b.gan, &s);
        gan_sample(&b.gan, view(z), (Mat){ MANY, PIXELS, x_at });
    }
    assert_true(
        same(view(a.gan.player[GENERATOR].net.theta), view(b.gan.player[GENERATOR].net.theta)));
    close_fixture(&a);
    close_fixture(&b);
}

/* 20 steps stay finite, allocate nothing, leave no gradient and compute the same bits with more
 * threads. */
static void try_steps(const char *const *change, int accumulate)
{
    static Fixture one, three;
    StepStats s;
    parallel_set_threads(1);
    open_with(&one, changed(change));
    one.gan.accumulate = accumulate;
    gan_step(&one.gan, &s);
    const int before = allocations;
    for (int i = 1; i < 20; i++)
        gan_step(&one.gan, &s);
    assert_int_equal(allocations, before);
    assert_true(s.finite && s.g_grad_norm > 0);
    assert_true(mat_norm2(view(one.gan.player[GENERATOR].net.dtheta)) <= 0 &&
                mat_norm2(view(one.gan.player[DISCRIMINATOR].net.dtheta)) <= 0);
    parallel_set_threads(3);
    open_with(&three, changed(change));
    three.gan.accumulate = accumulate;
    for (int i = 0; i < 20; i++)
        gan_step(&three.gan, &s);
    assert_true(same(view(one.gan.player[GENERATOR].net.theta),
                     view(three.gan.player[GENERATOR].net.theta)));
    assert_true(same(view(one.gan.player[DISCRIMINATOR].net.theta),
                     view(three.gan.player[DISCRIMINATOR].net.theta)));
    close_fixture(&one);
    close_fixture(&three);
    parallel_set_threads(1);
}

static void options_of_a_step(void **state)
{
    (void)state;
    static const char STEPS[] = "\"steps\": 2", OF_G[] = "\"latent\": 5";
    const char *const from = with_reference[0], *const to = with_reference[1];
    try_steps(with_reference, 1);
    try_steps((const char *const[]){ from, to, STEPS, "\"steps\": 2, \"packing\": 3", NULL }, 1);
    try_steps((const char *const[]){ from, to, OF_G, "\"latent\": 5, \"steps\": 3", NULL }, 1);
    try_steps((const char *const[]){ from, to, STEPS, "\"packing\": 2", OF_G,
                                     "\"latent\": 5, \"steps\": 2", NULL },
              3);
    try_steps((const char *const[]){ from, to, "\"penalty\": \"r1\"",
                                     "\"objective\": \"feature_matching\"", NULL },
              2);
    try_steps(
        (const char *const[]){ from, to, "\"virtual_batch_norm\", \"relu\"",
                               "\"virtual_batch_norm\", \"relu\", \"batch_norm\", \"dropout\"",
                               NULL },
        2);
}

/* Gradients reach G through the reference batch as well: it learns the one image of the data. */
static void it_learns(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    real z[8 * LATENT], x[8 * PIXELS];
    open_with_reference(&f);
    for (int i = 0; i < 1500; i++)
        gan_step(&f.gan, &s);
    gan_latents(1, (Mat){ 8, LATENT, z });
    gan_sample(&f.gan, (View){ 8, LATENT, z }, (Mat){ 8, PIXELS, x });
    double error = 0;
    for (int i = 0; i < 8 * PIXELS; i++)
        error += fabs((double)x[i] - (f.images[i % PIXELS] / 127.5 - 1)) / (8 * PIXELS);
    if (!(error < 0.2))
        fail_msg("mean error of a pixel is %g of 2", error);
    close_fixture(&f);
}

static void refuse(const char *config, int batch, const char *message)
{
    static Config c;
    static Gan g;
    static Error e;
    memset(&e, 0, sizeof e);
    assert_int_equal(config_parse(&c, config, strlen(config), "test", &e), GT_OK);
    assert_int_equal(gan_build(&g, &c.gan, NULL, (Shape){ 1, SIDE, SIDE }, 0, batch, 1, &e),
                     GT_ECONFIG);
    assert_int_equal(e.lines, 1);
    if (!strstr(e.text[0], message))
        fail_msg("%s", e.text[0]);
    config_free(&c);
}

static void misplaced_layers_are_reported(void **state)
{
    (void)state;
    refuse("{\"discriminator\": {\"layers\": [{\"kind\": \"dense\", \"units\": 8}, \"relu\","
           " \"virtual_batch_norm\", {\"kind\": \"dense\", \"units\": 1}]}}",
           BATCH,
           "discriminator.layers: virtual_batch_norm (layer 2) needs a reference batch, which only "
           "the generator has: use batch_norm or layer_norm");
    refuse(changed(with_reference), 1, "train.batch_size: 1 is too small");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_do_not_depend_on_each_other),
        cmocka_unit_test(the_reference_stays_constant),
        cmocka_unit_test(sampling_changes_nothing),
        cmocka_unit_test(options_of_a_step),
        cmocka_unit_test(it_learns),
        cmocka_unit_test(misplaced_layers_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
