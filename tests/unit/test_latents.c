/* Latents: interpolation, closed walks, the truncated normal. */
#include <math.h>

#include "gantrain/gan/gan.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "gantrain/sample/latents.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { Z = 37 };

static double length(const real *a)
{
    return sqrt(vec_dot(Z, a, a));
}

static double angle(const real *a, const real *b)
{
    return acos(fmax(-1, fmin(1, vec_dot(Z, a, b) / length(a) / length(b))));
}

static double distance(const real *a, const real *b)
{
    real d[Z];
    for (int j = 0; j < Z; j++)
        d[j] = a[j] - b[j];
    return length(d);
}

static void expect_near(double found, double want, double tolerance)
{
    if (!(fabs(found - want) <= tolerance))
        print_error("%.9g instead of %.9g within %.3g\n", found, want, tolerance);
    assert_true(fabs(found - want) <= tolerance);
}

/* ---- interpolation --------------------------------------------------------------------------- */

/* The ends of each row stay, everything between is replaced. */
static void test_interpolation_keeps_the_ends(void **state)
{
    (void)state;
    enum { ROWS = 3, COLS = 7 };
    static real z[ROWS * COLS * Z], drawn[ROWS * COLS * Z];
    for (const Interpolation *by = interpolations; by->name; by++) {
        gan_latents(5, (Mat){ ROWS * COLS, Z, drawn });
        memcpy(z, drawn, sizeof z);
        latents_interpolate(by, COLS, (Mat){ ROWS * COLS, Z, z });
        for (int i = 0; i < ROWS * COLS; i++) {
            const bool end = i % COLS == 0 || i % COLS == COLS - 1;
            assert_int_equal(memcmp(z + i * Z, drawn + i * Z, Z * sizeof *z) == 0, end);
        }
    }
}

static void test_slerp_steps_are_even(void **state)
{
    (void)state;
    enum { COLS = 9 };
    static real z[COLS * Z];
    gan_latents(8, (Mat){ COLS, Z, z });
    const double factor = length(z) / length(z + (COLS - 1) * Z);
    for (int j = 0; j < Z; j++) /* equal lengths: the curve is an arc of a circle */
        z[(COLS - 1) * Z + j] *= (real)factor;
    latents_interpolate(&interpolations[0], COLS, (Mat){ COLS, Z, z });
    const double whole = angle(z, z + (COLS - 1) * Z);
    for (int c = 0; c < COLS; c++)
        expect_near(length(z + c * Z), length(z), 1e-5 * length(z));
    for (int c = 1; c < COLS; c++)
        expect_near(angle(z + (c - 1) * Z, z + c * Z), whole / (COLS - 1), 1e-3);
}

static void test_lerp_is_straight(void **state)
{
    (void)state;
    enum { COLS = 5 };
    static real z[COLS * Z];
    gan_latents(8, (Mat){ COLS, Z, z });
    latents_interpolate(&interpolations[1], COLS, (Mat){ COLS, Z, z });
    const double whole = distance(z, z + (COLS - 1) * Z);
    for (int c = 0; c < COLS; c++) {
        expect_near(distance(z, z + c * Z), whole * c / (COLS - 1), 1e-5 * whole);
        expect_near(distance(z + c * Z, z + (COLS - 1) * Z), whole - whole * c / (COLS - 1),
                    1e-5 * whole);
    }
    assert_true(length(z + 2 * Z) < 0.9 * length(z)); /* shorter in the middle */
}

/* Linear where the sine of the angle is 0 or the angle undefined. */
static void test_slerp_without_an_angle(void **state)
{
    (void)state;
    real a[Z], b[Z], zero[Z] = { 0 }, out[Z];
    for (int j = 0; j < Z; j++) {
        a[j] = (real)(j + 1);
        b[j] = -3 * a[j];
    }
    interpolations[0].point(Z, a, b, 0.25, out);
    for (int j = 0; j < Z; j++)
        expect_near((double)out[j], 0, 1e-4);
    interpolations[0].point(Z, a, zero, 0.5, out);
    for (int j = 0; j < Z; j++)
        expect_near((double)out[j], (double)a[j] / 2, 1e-6);
}

/* ---- walks ----------------------------------------------------------------------------------- */

static void expect_walk(const Interpolation *by, int loops, int n, int frames)
{
    static real waypoints[6 * Z], z[64 * Z];
    gan_latents(3, (Mat){ loops * n, Z, waypoints });
    latents_walk(by, (View){ loops * n, Z, waypoints }, n, frames, (Mat){ loops * frames, Z, z });
    for (int loop = 0; loop < loops; loop++)
        for (int f = 0; f < frames; f++) {
            const real *at = z + (loop * frames + f) * Z, *start = waypoints + loop * n * Z;
            const int before = f * n / frames, after = (before + 1) % n;
            const double t = (double)f * n / frames - before;
            real want[Z];
            by->point(Z, start + before * Z, start + after * Z, t, want);
            assert_true(distance(at, t > 0 ? want : start + before * Z) < (t > 0 ? 1e-5 : 1e-30));
        }
}

static void test_walks(void **state)
{
    (void)state;
    for (const Interpolation *by = interpolations; by->name; by++) {
        expect_walk(by, 2, 3, 12);
        expect_walk(by, 1, 3, 10); /* frames that fall between the waypoints */
        expect_walk(by, 3, 2, 2);
        expect_walk(by, 1, 6, 4); /* fewer frames than waypoints */
    }
}

/* All steps are equal, that from the last frame to the first included. */
static void test_walk_is_closed(void **state)
{
    (void)state;
    enum { WAYPOINTS = 2, FRAMES = 40 };
    static real waypoints[WAYPOINTS * Z], z[FRAMES * Z];
    gan_latents(3, (Mat){ WAYPOINTS, Z, waypoints });
    latents_walk(&interpolations[1], (View){ WAYPOINTS, Z, waypoints }, WAYPOINTS, FRAMES,
                 (Mat){ FRAMES, Z, z });
    const double step = distance(z, z + Z);
    for (int f = 0; f < FRAMES; f++)
        expect_near(distance(z + f * Z, z + (f + 1) % FRAMES * Z), step, 1e-4 * step);
}

/* ---- truncation ------------------------------------------------------------------------------ */

enum { MANY = 3000 };

static real many[MANY * Z], plain[MANY * Z], scratch[Z];

static void draw(double bound, int rows, real *out)
{
    latents_draw(11, bound, (Mat){ rows, Z, out }, (Mat){ 1, Z, scratch });
}

static void test_without_truncation(void **state)
{
    (void)state;
    gan_latents(11, (Mat){ MANY, Z, plain });
    draw(INFINITY, MANY, many);
    assert_memory_equal(many, plain, sizeof many);
}

/* Within the bound, values within unchanged, mean and variance of the truncated normal: with φ and
 * Φ of N(0,1) the variance is 1 - 2tφ(t) / (2Φ(t) - 1). Tolerances of 5 standard errors. */
static void expect_truncated(double bound)
{
    double sum = 0, squares = 0;
    const int n = MANY * Z;
    gan_latents(11, (Mat){ MANY, Z, plain });
    draw(bound, MANY, many);
    for (int i = 0; i < n; i++) {
        assert_true(fabs((double)many[i]) <= bound);
        if (fabs((double)plain[i]) <= bound)
            assert_true(many[i] == plain[i]);
        sum += (double)many[i];
        squares += (double)many[i] * (double)many[i];
    }
    const double density = exp(-bound * bound / 2) / sqrt(2 * 3.14159265358979324);
    const double variance = 1 - 2 * bound * density / erf(bound / sqrt(2));
    expect_near(sum / n, 0, 5 * sqrt(variance / n));
    expect_near(squares / n, variance, 5 * variance * sqrt(2.0 / n));
}

static void test_truncated_normal(void **state)
{
    (void)state;
    expect_truncated(2);
    expect_truncated(1);
    expect_truncated(0.5);
    expect_truncated(TRUNCATION_MIN);
}

/* A value depends on its address alone, not on the number of latents or threads. */
static void test_truncation_is_addressed(void **state)
{
    (void)state;
    draw(0.3, 200, many);
    draw(0.3, 7, plain);
    assert_memory_equal(plain, many, 7 * Z * sizeof *many);
    parallel_set_threads(3);
    draw(0.3, 200, plain);
    parallel_set_threads(1);
    assert_memory_equal(plain, many, 200 * Z * sizeof *many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpolation_keeps_the_ends),
        cmocka_unit_test(test_slerp_steps_are_even),
        cmocka_unit_test(test_lerp_is_straight),
        cmocka_unit_test(test_slerp_without_an_angle),
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_walk_is_closed),
        cmocka_unit_test(test_without_truncation),
        cmocka_unit_test(test_truncated_normal),
        cmocka_unit_test(test_truncation_is_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
