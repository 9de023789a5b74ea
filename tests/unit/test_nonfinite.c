/* gan_find_nonfinite: one non-finite value in any array of a step is found and named. */
#include "support/toy_run.h"

static int setup(void **state)
{
    char config[sizeof toy_config + 40];
    snprintf(config, sizeof config, "%.*s, \"penalty\": \"r1\"}", (int)sizeof toy_config - 2,
             toy_config);
    if (scratch_open(state) != 0)
        return -1;
    toy_open(*state, config);
    toy_train(3);
    return 0;
}

#define NONFINITE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, toy_teardown)

/* With a NaN, then an infinity, as the last value of the first row of m. */
static void expect_found(Mat m, const char *words)
{
    char out[GAN_NONFINITE_MAX] = "";
    real *const at = m.at + m.cols - 1;
    const real good = *at;
    *at = (real)NAN;
    assert_true(gan_find_nonfinite(&toy.gan, out));
    assert_string_equal(out, words);
    *at = (real)INFINITY;
    assert_true(gan_find_nonfinite(&toy.gan, out));
    *at = good;
}

static const char *description(const char *what, int layer, const Net *net)
{
    static char text[GAN_NONFINITE_MAX];
    snprintf(text, sizeof text, "%s of layer %d (%s) of the %s", what, layer,
             net->layer[layer].kind->is.name, net->name);
    return text;
}

/* Layers may work in place: a shared array is named after the layer that the search reaches first,
 * which for gradients is the last. */
static int first_of(const Mat *m, int i)
{
    int first = i;
    while (first > 0 && m[first - 1].at == m[i].at)
        first--;
    return first;
}

static int last_of(const Mat *m, int i, int n)
{
    int last = i;
    while (last + 1 < n && m[last + 1].at == m[i].at)
        last++;
    return last;
}

static void expect_outputs(const Net *net, const Trace *t)
{
    for (int i = 0; i < net->n; i++)
        expect_found(t->y[i], description("the output", first_of(t->y, i), net));
}

static void expect_gradients(const Net *net, const Trace *t, const Mat *m)
{
    for (int i = 0; i < net->n; i++)
        if (m[i].at && m[i].at != t->y[i].at) /* not computed for the latents */
            expect_found(m[i],
                         description("the gradient at the input", last_of(m, i, net->n), net));
}

static void test_a_finite_step(void **state)
{
    char out[GAN_NONFINITE_MAX] = "untouched";
    (void)state;
    assert_false(gan_find_nonfinite(&toy.gan, out));
    assert_string_equal(out, "untouched");
}

static void test_outputs(void **state)
{
    const Gan *g = &toy.gan;
    (void)state;
    expect_outputs(&g->player[GENERATOR].net, &g->game.g_trace);
    expect_outputs(&g->player[DISCRIMINATOR].net, &g->game.d_trace);
    expect_outputs(&g->player[DISCRIMINATOR].net, &g->game.d_on_points);
    expect_outputs(&g->player[DISCRIMINATOR].net, &g->game.d_on_fake);
}

static void test_gradients(void **state)
{
    const Gan *g = &toy.gan;
    (void)state;
    expect_gradients(&g->player[GENERATOR].net, &g->game.g_trace, g->game.g_trace.dx);
    expect_gradients(&g->player[DISCRIMINATOR].net, &g->game.d_trace, g->game.d_trace.dx);
    expect_gradients(&g->player[DISCRIMINATOR].net, &g->game.d_on_points, g->game.d_on_points.dx);
    expect_gradients(&g->player[DISCRIMINATOR].net, &g->game.d_on_points, g->game.d_on_points.rdx);
    expect_gradients(&g->player[DISCRIMINATOR].net, &g->game.d_on_fake, g->game.d_on_fake.dx);
}

static void test_weights(void **state)
{
    const Net *const nets[] = { &toy.gan.player[GENERATOR].net,
                                &toy.gan.player[DISCRIMINATOR].net };
    (void)state;
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < nets[n]->n; i++) {
            const Layer *l = &nets[n]->layer[i];
            for (int j = 0; j < l->n_params; j++)
                expect_found(l->param[j].value, description(l->param[j].name, i, nets[n]));
        }
}

/* The first of several is named. */
static void test_the_first_of_several(void **state)
{
    const Gan *g = &toy.gan;
    (void)state;
    g->game.d_on_fake.y[1].at[0] = (real)NAN;
    g->game.d_trace.y[1].at[0] = (real)NAN;
    g->game.d_trace.dx[1].at[0] = (real)NAN;
    expect_found(g->game.d_trace.y[0], description("the output", 0, &g->player[DISCRIMINATOR].net));
    expect_found(g->game.g_trace.y[0], description("the output", 0, &g->player[GENERATOR].net));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NONFINITE_TEST(test_a_finite_step),
        NONFINITE_TEST(test_outputs),
        NONFINITE_TEST(test_gradients),
        NONFINITE_TEST(test_weights),
        NONFINITE_TEST(test_the_first_of_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
