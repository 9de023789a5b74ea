/* Generated data: each kind has its distribution, with the same bits for any number of threads. */
#include <sys/stat.h>

#include "gantrain/base/rng.h"
#include "gantrain/data/dataset.h"
#include "gantrain/data/idx.h"
#include "gantrain/io/json.h"
#include "gantrain/math/parallel.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { SEED = 5 };

typedef struct Source {
    Spec spec;
    Json json;
    Arena arena;
    Dataset data;
    Error e;
} Source;

/* The data of {"kind": ...}, e.g. "\"ring\", \"modes\": 3". */
static Status try_open(Source *s, const char *kind, uint64_t seed)
{
    static const Option rows[] = { { "data", OPTION_SPEC, offsetof(Source, spec), 0, 0, "idx",
                                     &datasets, NULL, "data", NULL },
                                   OPT_END };
    char text[512];
    memset(s, 0, sizeof *s);
    snprintf(text, sizeof text, "{\"data\": {\"kind\": %s}}", kind);
    assert_int_equal(json_parse(&s->json, text, strlen(text), "test", 0, &s->e), GT_OK);
    assert_int_equal(arena_open(&s->arena, 1 << 16, &s->e), GT_OK);
    if (option_read(&s->arena, rows, s->json.root, "", s, &s->e) != GT_OK)
        return s->e.code;
    return dataset_open(&s->data, &s->spec, seed, &s->e);
}

static void open_source(Source *s, const char *kind, uint64_t seed)
{
    if (try_open(s, kind, seed) != GT_OK)
        fail_msg("%s: %s", kind, s->e.text[0]);
}

static void close_source(Source *s)
{
    dataset_close(&s->data);
    arena_close(&s->arena);
    json_free(&s->json);
}

/* ---- mixtures -------------------------------------------------------------------------------- */

typedef struct Moments {
    double n, mean[2], variance[2], product;
} Moments;

/* Moments of the points nearest to centre k, relative to it, in its standard deviations. */
static Moments of_mode(const Dataset *d, int k)
{
    const Modes *m = &d->modes;
    Moments r = { 0 };
    for (int i = 0; i < d->count; i++) {
        double z[2] = { 0, 0 }, min = INFINITY;
        int nearest = -1;
        for (int c = 0; c < m->n; c++) {
            double d2 = 0;
            for (int j = 0; j < m->dim; j++)
                d2 += pow((double)d->points[i * m->dim + j] - m->centre[c * m->dim + j], 2);
            if (d2 < min) {
                min = d2;
                nearest = c;
            }
        }
        if (nearest != k)
            continue;
        for (int j = 0; j < m->dim; j++) {
            z[j] = ((double)d->points[i * m->dim + j] - m->centre[k * m->dim + j]) / m->std[k];
            r.mean[j] += z[j];
            r.variance[j] += z[j] * z[j];
        }
        r.product += z[0] * z[1];
        r.n++;
    }
    for (int j = 0; j < m->dim; j++) {
        r.mean[j] /= r.n;
        r.variance[j] /= r.n;
    }
    r.product /= r.n;
    return r;
}

/* Each mode has its weight of the points, N(0, 1) in each coordinate, uncorrelated: within 5
 * standard errors. */
static void check_modes(const Dataset *d)
{
    for (int k = 0; k < d->modes.n; k++) {
        const Moments r = of_mode(d, k);
        const double p = d->modes.weight[k], error = 5 / sqrt(r.n);
        assert_true(fabs(r.n - p * d->count) < 5 * sqrt(p * (1 - p) * d->count));
        for (int j = 0; j < d->modes.dim; j++) {
            assert_true(fabs(r.mean[j]) < error);
            assert_true(fabs(r.variance[j] - 1) < error * sqrt(2));
        }
        if (d->modes.dim == 2)
            assert_true(fabs(r.product) < error);
    }
}

static void ring_has_equal_modes_on_a_circle(void **state)
{
    (void)state;
    Source s;
    open_source(&s, "\"ring\"", SEED);
    const Modes *m = &s.data.modes;
    assert_int_equal(s.data.count, 100000);
    assert_int_equal(shape_size(s.data.shape), 2);
    assert_int_equal(m->n, 8);
    for (int k = 0; k < 8; k++) { /* neighbours are 2 sin(π/8) apart, all at distance 1 */
        const double *a = m->centre + 2 * k, *b = m->centre + 2 * ((k + 1) % 8);
        assert_true(fabs(hypot(a[0], a[1]) - 1) < 1e-12);
        assert_true(fabs(hypot(a[0] - b[0], a[1] - b[1]) - 0.765366864730180) < 1e-12);
        assert_true(fabs(m->std[k] - 0.01) < 1e-15 && fabs(m->weight[k] - 0.125) < 1e-15);
    }
    check_modes(&s.data);
    close_source(&s);
    open_source(&s, "\"ring\", \"modes\": 3, \"radius\": 7, \"std\": 0.5, \"count\": 3000", SEED);
    assert_int_equal(s.data.count, 3000);
    assert_true(fabs(s.data.modes.centre[0] - 7) < 1e-12);
    check_modes(&s.data);
    close_source(&s);
}

static void grid_has_equal_modes_on_a_grid(void **state)
{
    (void)state;
    Source s;
    open_source(&s, "\"grid\"", SEED);
    assert_int_equal(s.data.modes.n, 25);
    int seen[25] = { 0 };
    for (int k = 0; k < 25; k++) {
        const double x = s.data.modes.centre[2 * k] / 2 + 2;
        const double y = s.data.modes.centre[2 * k + 1] / 2 + 2;
        seen[(int)y * 5 + (int)x]++;
        assert_true(fabs(x - (int)x) < 1e-12 && fabs(y - (int)y) < 1e-12);
        assert_true(fabs(s.data.modes.std[k] - 0.05) < 1e-15);
    }
    for (int k = 0; k < 25; k++)
        assert_int_equal(seen[k], 1);
    check_modes(&s.data);
    close_source(&s);
}

static void mixture_has_its_weights(void **state)
{
    (void)state;
    Source s;
    open_source(&s, "\"mixture\"", SEED);
    const double means[] = { 10, 20, 60, 80, 110 }, stds[] = { 3, 3, 2, 2, 1 };
    assert_int_equal(s.data.modes.n, 5);
    assert_int_equal(shape_size(s.data.shape), 1);
    assert_true(fabs(s.data.units.scale[0] - 100) < 1e-12);
    double sum = 0, squares = 0, mean = 0, square = 0;
    for (int k = 0; k < 5; k++) {
        assert_true(fabs(s.data.modes.centre[k] * s.data.units.scale[0] - means[k]) < 1e-12);
        assert_true(fabs(s.data.modes.std[k] * s.data.units.scale[0] - stds[k]) < 1e-12);
        mean += means[k] / 5;
        square += (means[k] * means[k] + stds[k] * stds[k]) / 5;
    }
    for (int i = 0; i < s.data.count; i++) {
        const double x = s.data.units.scale[0] * (double)s.data.points[i];
        sum += x / s.data.count;
        squares += x * x / s.data.count;
    }
    /* the two nearest modes overlap: moments of the whole, within 5 standard errors (stds 38.4 and
     * 4710) */
    assert_true(fabs(sum - mean) < 5 * 38.4 / sqrt(100000));
    assert_true(fabs(squares - square) < 5 * 4710 / sqrt(100000));
    close_source(&s);

    open_source(&s,
                "\"mixture\", \"means\": [-5, 0, 5], \"stds\": [0.1, 0.2, 0.3], "
                "\"weights\": [1, 2, 5], \"scale\": 5, \"count\": 20000",
                SEED);
    assert_true(fabs(s.data.modes.weight[0] - 0.125) < 1e-12);
    assert_true(fabs(s.data.modes.weight[2] - 0.625) < 1e-12);
    check_modes(&s.data);
    close_source(&s);
}

/* ---- curves ---------------------------------------------------------------------------------- */

static void swiss_roll_follows_its_curve(void **state)
{
    (void)state;
    const double pi = 3.141592653589793;
    Source s;
    open_source(&s, "\"swiss_roll\", \"noise\": 0, \"count\": 5000", SEED);
    double sum = 0;
    for (int i = 0; i < s.data.count; i++) {
        const double x = 7.5 * (double)s.data.points[2 * i],
                     y = 7.5 * (double)s.data.points[2 * i + 1];
        const double t = hypot(x, y);
        assert_true(t > 1.5 * pi - 1e-4 && t < 4.5 * pi + 1e-4);
        assert_true(fabs(x - t * cos(t)) < 1e-4 && fabs(y - t * sin(t)) < 1e-4);
        sum += t / 5000;
    }
    assert_true(fabs(sum - 3 * pi) < 5 * 3 * pi / sqrt(12 * 5000.0));
    close_source(&s);
}

static void two_moons_are_half_circles(void **state)
{
    (void)state;
    Source s;
    open_source(&s, "\"two_moons\", \"noise\": 0, \"count\": 5000", SEED);
    int outer = 0;
    for (int i = 0; i < s.data.count; i++) {
        const double x = (double)s.data.points[2 * i] + 0.5,
                     y = (double)s.data.points[2 * i + 1] + 0.25;
        const bool up = fabs(hypot(x, y) - 1) < 1e-5 && y > -1e-5;
        const bool down = fabs(hypot(x - 1, y - 0.5) - 1) < 1e-5 && y < 0.5 + 1e-5;
        assert_true(up || down);
        outer += up;
    }
    assert_true(abs(outer - 2500) < 5 * 36);
    close_source(&s);

    Source noisy; /* the same points, moved by the noise */
    double squares = 0;
    open_source(&s, "\"two_moons\", \"noise\": 0, \"count\": 5000", SEED);
    open_source(&noisy, "\"two_moons\", \"noise\": 0.1, \"count\": 5000", SEED);
    for (int i = 0; i < 2 * 5000; i++)
        squares += pow((double)(noisy.data.points[i] - s.data.points[i]), 2) / (2 * 5000);
    assert_true(fabs(squares / 0.01 - 1) < 5 * sqrt(2 / 10000.0));
    close_source(&s);
    close_source(&noisy);
}

/* ---- all points ------------------------------------------------------------------------------ */

static void points_depend_on_the_seed_alone(void **state)
{
    (void)state;
    static const char *const kinds[] = { "\"ring\"", "\"grid\"", "\"mixture\"", "\"swiss_roll\"",
                                         "\"two_moons\"" };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        Source one, other, few;
        char small[64];
        snprintf(small, sizeof small, "%s, \"count\": 77", kinds[k]);
        parallel_set_threads(1);
        open_source(&one, kinds[k], SEED);
        parallel_set_threads(3);
        open_source(&other, kinds[k], SEED);
        assert_int_equal(one.data.bytes,
                         100000 * (size_t)shape_size(one.data.shape) * sizeof(real));
        assert_memory_equal(one.data.points, other.data.points, one.data.bytes);
        assert_int_equal(one.data.crc32, other.data.crc32);
        open_source(&few, small, SEED);
        assert_memory_equal(one.data.points, few.data.points, few.data.bytes);
        close_source(&other);
        open_source(&other, kinds[k], SEED + 1);
        assert_true(one.data.crc32 != other.data.crc32);
        close_source(&one);
        close_source(&other);
        close_source(&few);
    }
    parallel_set_threads(parallel_processors());
}

static void points_are_gathered(void **state)
{
    (void)state;
    const int index[] = { 3, 99, 3, 0 };
    real at[8];
    Source s;
    open_source(&s, "\"ring\", \"count\": 100", SEED);
    dataset_gather(&s.data, index, (Mat){ 4, 2, at });
    for (int i = 0; i < 4; i++)
        assert_memory_equal(at + 2 * i, s.data.points + 2 * index[i], 2 * sizeof(real));
    assert_null(s.data.range);
    assert_null(dataset_range(&s.spec));
    close_source(&s);
}

/* ---- stacked images -------------------------------------------------------------------------- */

enum { IMAGES = 200, SIDE = 3, PLANE = SIDE * SIDE };

/* A folder with images i = (i, i+1, ..., i+8), so every pixel identifies its image. */
static void put_images(const Scratch *f, int channels)
{
    char path[96];
    uint8_t data[IMAGES * PLANE], *file = NULL;
    size_t bytes = 0;
    Error e = { 0 };
    const uint32_t grey[] = { IMAGES, SIDE, SIDE }, colour[] = { 50, 3, 6, 2 };
    for (int i = 0; i < IMAGES; i++)
        for (int j = 0; j < PLANE; j++)
            data[i * PLANE + j] = (uint8_t)(i + j);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", f->folder);
    assert_int_equal(
        idx_encode(channels == 1 ? grey : colour, channels == 1 ? 3 : 4, data, &file, &bytes, &e),
        GT_OK);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file, 1, bytes, out), bytes);
    fclose(out);
    free(file);
}

static void remove_images(const Scratch *f)
{
    char path[96];
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", f->folder);
    unlink(path);
}

static void stacked_images_have_three_planes(void **state)
{
    const Scratch *f = *state;
    enum { COUNT = 3000 };
    char kind[128];
    static int index[COUNT];
    static real at[COUNT * 3 * PLANE], again[3 * PLANE];
    int seen[3][IMAGES] = { { 0 } };
    Source s;
    put_images(f, 1);
    snprintf(kind, sizeof kind, "\"stacked\", \"dir\": \"%s\", \"count\": %d, \"range\": \"unit\"",
             f->folder, COUNT);
    open_source(&s, kind, SEED);
    assert_int_equal(s.data.count, COUNT);
    assert_int_equal(s.data.stored, IMAGES);
    assert_int_equal(s.data.bytes, IMAGES * PLANE); /* triples are not stored */
    assert_int_equal(shape_size(s.data.shape), 3 * PLANE);
    for (int i = 0; i < COUNT; i++)
        index[i] = i;
    dataset_gather(&s.data, index, (Mat){ COUNT, 3 * PLANE, at });
    for (int i = 0; i < COUNT; i++) {
        uint32_t word[4];
        rng_words(rng_draw(SEED, RNG_DATA, 0, 0), (uint32_t)i, 0, word);
        for (int k = 0; k < 3; k++) {
            const int part = (int)((uint64_t)word[k] * IMAGES >> 32);
            seen[k][part]++;
            for (int j = 0; j < PLANE; j++) {
                const double pixel = (double)at[(i * 3 + k) * PLANE + j] * 255;
                assert_true(fabs(pixel - (part + j)) < 1e-4);
            }
        }
    }
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < IMAGES; i++) /* 15 on average */
            assert_true(seen[k][i] > 0 && seen[k][i] < 15 + 6 * 4);
    dataset_gather(&s.data, &index[1234], (Mat){ 1, 3 * PLANE, again });
    assert_memory_equal(again, at + 1234 * 3 * PLANE, sizeof again);
    close_source(&s);
    remove_images(f);
}

static void only_grey_images_are_stacked(void **state)
{
    const Scratch *f = *state;
    char kind[128];
    Source s;
    put_images(f, 3);
    snprintf(kind, sizeof kind, "\"stacked\", \"dir\": \"%s\"", f->folder);
    assert_int_equal(try_open(&s, kind, SEED), GT_EDATA);
    assert_non_null(strstr(s.e.text[0], "3 channels: expected 1 (grey) to stack"));
    close_source(&s);
    remove_images(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_has_equal_modes_on_a_circle),
        cmocka_unit_test(grid_has_equal_modes_on_a_grid),
        cmocka_unit_test(mixture_has_its_weights),
        cmocka_unit_test(swiss_roll_follows_its_curve),
        cmocka_unit_test(two_moons_are_half_circles),
        cmocka_unit_test(points_depend_on_the_seed_alone),
        cmocka_unit_test(points_are_gathered),
        SCRATCH_TEST(stacked_images_have_three_planes),
        SCRATCH_TEST(only_grey_images_are_stacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
