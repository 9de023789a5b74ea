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

static const PixelRange range = { { "test", "test", "-", NULL, 0 }, -1, 1 };

typedef struct Fixture {
    Config config;
    Dataset data;
    uint8_t images[COUNT * SIDE * SIDE];
    Gan gan;
} Fixture;

static void open_fixture(Fixture *f)
{
    static Error e;
    memset(f, 0, sizeof *f);
    if (config_parse(&f->config, text, sizeof text - 1, "test", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        f->images[i] = i % (SIDE * SIDE) < SIDE * SIDE / 2 ? 230 : 20;
    f->data = (Dataset){ .kind = (const DatasetKind *)f->config.data.is,
                         .shape = { 1, SIDE, SIDE },
                         .count = COUNT,
                         .images = f->images,
                         .range = &range };
    if (gan_build(&f->gan, &f->config.gan, &f->data, f->data.shape, BATCH, 1, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_allocates_nothing), cmocka_unit_test(gradients_are_used_up),
        cmocka_unit_test(padding_stays_zero),       cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(the_average_follows),      cmocka_unit_test(it_learns),
        cmocka_unit_test(misfits_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
