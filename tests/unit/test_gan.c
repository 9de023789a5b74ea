/* The GAN as a whole: a step allocates nothing, leaves no gradient behind, touches only its player's
 * weights, gives the same bits for any number of threads, and learns. */
#include "gantrain/math/parallel.h"
#include "gantrain/run/config.h"
#include "support/nets.h"

/* The linker sends every allocation of our own code here (--wrap). */
static int allocations;
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void *__wrap_malloc(size_t n)
{
    allocations++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    allocations++;
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    allocations++;
    return __real_aligned_alloc(alignment, n);
}

enum { COUNT = 40, SIDE = 4, BATCH = 6 };

static const char text[] =
    "{\"generator\": {\"latent\": 5, \"ema\": 0.9, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 12, \"activation\": \"leaky_relu\"},"
    "  {\"kind\": \"dense\", \"activation\": \"tanh\"}]},"
    " \"discriminator\": {\"steps\": 2, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 10, \"activation\": \"softplus\"},"
    "  {\"kind\": \"dropout\", \"rate\": 0.2},"
    "  {\"kind\": \"dense\", \"units\": 1}]},"
    " \"penalty\": \"r1\","
    " \"optimizer\": {\"generator\": {\"lr\": 0.01}, \"discriminator\": {\"lr\": 0.01}}}";

/* The config with some text in it exchanged; several changes end with NULL. */
static const char *changed(const char *const *change)
{
    static char out[sizeof text + 2000];
    snprintf(out, sizeof out, "%s", text);
    for (; *change; change += 2) {
        char *at = strstr(out, change[0]);
        assert_non_null(at);
        char rest[sizeof out];
        snprintf(rest, sizeof rest, "%s", at + strlen(change[0]));
        snprintf(at, sizeof out - (size_t)(at - out), "%s%s", change[1], rest);
    }
    return out;
}

static const PixelRange range = { { "test", "test", "-", NULL, 0 }, -1, 1 };

typedef struct Fixture {
    Config config;
    Dataset data;
    uint8_t images[COUNT * SIDE * SIDE];
    Gan gan;
} Fixture;

static void open_with(Fixture *f, const char *config)
{
    static Error e;
    memset(f, 0, sizeof *f);
    memset(&e, 0, sizeof e);
    if (config_parse(&f->config, config, strlen(config), "test", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        f->images[i] = i % (SIDE * SIDE) < SIDE * SIDE / 2 ? 230 : 20;
    f->data = (Dataset){
        .shape = { 1, SIDE, SIDE }, .count = COUNT, .images = f->images, .range = &range
    };
    if (gan_build(&f->gan, &f->config.gan, &f->data, f->data.shape, BATCH, 1, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

static void open_fixture(Fixture *f)
{
    open_with(f, text);
}

static void close_fixture(Fixture *f)
{
    gan_close(&f->gan);
    config_free(&f->config);
}

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    gan_step(&f.gan, &s);
    const int before = allocations;
    assert_true(before > 0); /* the counter counts */
    for (int i = 0; i < 100; i++)
        gan_step(&f.gan, &s);
    assert_int_equal(allocations, before);
    assert_true(s.finite && s.penalty > 0);
    assert_int_equal(f.gan.step, 101);
    assert_int_equal(f.gan.updates, 202);
    close_fixture(&f);
}

static void gradients_are_used_up(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    gan_step(&f.gan, &s);
    assert_true(s.d_grad_norm > 0 && s.g_grad_norm > 0);
    assert_true(mat_norm2(view(f.gan.G.dtheta)) <= 0);
    assert_true(mat_norm2(view(f.gan.D.dtheta)) <= 0);
    close_fixture(&f);
}

/* The padding between parameters is never touched: it would go into norms. */
static void padding_stays_zero(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    for (int i = 0; i < 20; i++)
        gan_step(&f.gan, &s);
    double named = 0;
    for (int i = 0; i < f.gan.G.n; i++)
        for (int j = 0; j < f.gan.G.layer[i].n_params; j++)
            named += mat_norm2(view(f.gan.G.layer[i].param[j].value));
    assert_true(fabs(named - mat_norm2(view(f.gan.G.theta))) < 1e-12 * named);
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
        assert_memory_equal(one.gan.G.theta.at, many.gan.G.theta.at,
                            mat_size(one.gan.G.theta) * sizeof(real));
        assert_memory_equal(one.gan.D.theta.at, many.gan.D.theta.at,
                            mat_size(one.gan.D.theta) * sizeof(real));
        close_fixture(&one);
        close_fixture(&many);
    }
}

static void the_average_follows(void **state)
{
    (void)state;
    static Fixture f;
    StepStats s;
    open_fixture(&f);
    const real before = f.gan.average.theta.at[0];
    gan_step(&f.gan, &s);
    const real want = (real)0.9 * before + (1 - (real)0.9) * f.gan.G.theta.at[0];
    assert_true(f.gan.average.theta.at[0] >= want && f.gan.average.theta.at[0] <= want);
    assert_ptr_equal(gan_sampler(&f.gan), &f.gan.average);
    close_fixture(&f);
}

/* One image in the data: after some hundred steps the generator must draw it. */
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

static void misfits_are_told(void **state)
{
    (void)state;
    static Fixture f;
    static Gan g;
    static Error e;
    open_fixture(&f);
    const SpecList swap = f.config.gan.generator.layers;
    f.config.gan.generator.layers = f.config.gan.discriminator.layers;
    f.config.gan.discriminator.layers = swap;
    assert_int_equal(gan_build(&g, &f.config.gan, NULL, f.data.shape, BATCH, 1, &e), GT_ECONFIG);
    assert_int_equal(e.lines, 2);
    assert_non_null(strstr(e.text[0], "generator.layers: the last layer gives 1 values"));
    assert_non_null(strstr(e.text[1], "discriminator.layers: the last layer gives 16 values"));
    close_fixture(&f);
}

static const char R1[] = "\"penalty\": \"r1\"";

/* Whatever is combined: 20 steps with finite numbers that allocate nothing and leave no gradient. */
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
    assert_true(mat_norm2(view(f.gan.G.dtheta)) <= 0 && mat_norm2(view(f.gan.D.dtheta)) <= 0);
    close_fixture(&f);
}

static void every_objective_with_every_penalty(void **state)
{
    (void)state;
    for (const Entry *const *o = objectives.entry; *o; o++)
        for (const Entry *const *p = penalties.entry; *p; p++) {
            char row[200], what[100];
            snprintf(row, sizeof row, "\"penalty\": \"%s\", \"objective\": \"%s\"", (*p)->name,
                     (*o)->name);
            snprintf(what, sizeof what, "%s with %s", (*o)->name, (*p)->name);
            try_steps(what, (const char *const[]){ R1, row, NULL });
        }
}

static void every_way_to_step(void **state)
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

/* All images are the same: three batches have nearly the gradient of one, not three times as much. */
static void batches_are_averaged(void **state)
{
    (void)state;
    static const char *const plain[] = { "\"rate\": 0.2", "\"rate\": 0", NULL };
    const StepStats one = first_step(plain, 1), three = first_step(plain, 3);
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
        for (int j = 0; j < f.gan.D.theta.cols; j++)
            assert_true(real_fabs(f.gan.D.theta.at[j]) <= (real)0.05);
    }
    close_fixture(&f);
}

/* With drift alone D is drawn to 0; with half of the labels exchanged it cannot tell anything. */
static void drift_holds_logits(void **state)
{
    (void)state;
    double far[2];
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
        far[i] = fabs(s.d_real - 0.5);
        close_fixture(&f);
    }
    assert_true(far[1] < far[0] / 2);
}

static void bad_combinations_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *change[3], *told;
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
        assert_int_equal(gan_build(&f.gan, &f.config.gan, &g.data, g.data.shape, BATCH, 1, &e),
                         GT_ECONFIG);
        if (!strstr(e.text[0], rows[i].told))
            fail_msg("%s", e.text[0]);
        close_fixture(&f);
        close_fixture(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(gradients_are_used_up),
        cmocka_unit_test(padding_stays_zero),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(the_average_follows),
        cmocka_unit_test(it_learns),
        cmocka_unit_test(misfits_are_told),
        cmocka_unit_test(every_objective_with_every_penalty),
        cmocka_unit_test(every_way_to_step),
        cmocka_unit_test(batches_are_averaged),
        cmocka_unit_test(weights_are_clipped),
        cmocka_unit_test(drift_holds_logits),
        cmocka_unit_test(bad_combinations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
