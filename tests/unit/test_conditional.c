/* A conditional GAN learns which class is which: on a ring of eight modes, whose classes are the
 * modes, samples lie at the mode of the class asked for. With shuffled labels they lie at that mode
 * by chance, which shows that nothing else than the labels gives the agreement. */
#include "gantrain/base/rng.h"
#include "support/tiny_gan.h"

enum { MODES = 8, SAMPLES = 2000, COLUMNS = 5, STEPS = 1500, ROWS = 64 };

static const char conditional[] =
    "{\"data\": {\"kind\": \"ring\", \"modes\": 8, \"count\": 4000},"
    " \"generator\": {\"latent\": 4, \"layers\": [\"label\","
    "  {\"kind\": \"dense\", \"units\": 48, \"activation\": \"relu\"},"
    "  {\"kind\": \"dense\", \"units\": 48, \"activation\": \"relu\"}, {\"kind\": \"dense\"}]},"
    " \"discriminator\": {\"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 48, \"activation\": \"leaky_relu\"},"
    "  {\"kind\": \"dense\", \"units\": 48, \"activation\": \"leaky_relu\"}, \"projection\"]},"
    " \"penalty\": {\"kind\": \"r1\", \"gamma\": 0.1},"
    " \"optimizer\": {\"generator\": {\"lr\": 0.002, \"beta1\": 0},"
    "  \"discriminator\": {\"lr\": 0.002, \"beta1\": 0}}}";

static int nearest_mode(const Modes *m, const real *x)
{
    int best = 0;
    double least = INFINITY;
    for (int k = 0; k < m->n; k++) {
        const double dx = (double)x[0] - m->centre[2 * k], dy = (double)x[1] - m->centre[2 * k + 1];
        if (dx * dx + dy * dy < least) {
            least = dx * dx + dy * dy;
            best = k;
        }
    }
    return best;
}

static void shuffle_labels(Dataset *d)
{
    int *order = malloc((size_t)d->count * sizeof *order);
    uint8_t *label = malloc((size_t)d->count);
    assert_true(order && label);
    rng_permutation(rng_draw(5, RNG_METRIC, 0, 0), d->count, order);
    for (int i = 0; i < d->count; i++)
        label[i] = d->labels[order[i]];
    memcpy(d->labels, label, (size_t)d->count);
    free(order);
    free(label);
}

/* The proportion of samples whose nearest mode is the class asked for. */
static double agreement(Fixture *f)
{
    static real inputs[SAMPLES * COLUMNS], points[SAMPLES * 2];
    const int col = gan_find_input(&f->gan, "class");
    int agree = 0;
    assert_int_equal(gan_input_cols(&f->gan), COLUMNS);
    gan_inputs(&f->gan, 9, (Mat){ SAMPLES, COLUMNS, inputs });
    gan_sample(&f->gan, (View){ SAMPLES, COLUMNS, inputs }, (Mat){ SAMPLES, 2, points });
    for (int i = 0; i < SAMPLES; i++)
        agree +=
            nearest_mode(&f->data.modes, points + 2 * (size_t)i) == (int)inputs[COLUMNS * i + col];
    return (double)agree / SAMPLES;
}

static double trained_agreement(bool shuffled)
{
    static Fixture f;
    static Error e;
    StepStats s;
    memset(&f, 0, sizeof f);
    memset(&e, 0, sizeof e);
    if (config_parse(&f.config, conditional, strlen(conditional), "test", &e) != GT_OK ||
        dataset_open(&f.data, &f.config.data, 1, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    if (shuffled)
        shuffle_labels(&f.data);
    if (gan_build(&f.gan, &f.config.gan, &f.data, f.data.shape, f.data.classes, ROWS, 1, &e) !=
        GT_OK)
        fail_msg("%s", e.text[0]);
    for (int i = 0; i < STEPS; i++)
        gan_step(&f.gan, &s);
    const double found = agreement(&f);
    dataset_close(&f.data);
    close_fixture(&f);
    return found;
}

static void samples_have_their_class(void **state)
{
    (void)state;
    const double found = trained_agreement(false);
    if (found < 0.95)
        fail_msg("agreement %.3f, expected at least 0.95", found);
}

static void shuffled_labels_agree_by_chance(void **state)
{
    (void)state;
    const double found = trained_agreement(true);
    if (fabs(found - 1.0 / MODES) > 0.05)
        fail_msg("agreement %.3f, expected 0.125 +- 0.05", found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_their_class),
        cmocka_unit_test(shuffled_labels_agree_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
