/* Distances of all pairs against differences of rows. */
#include "support/nets.h"
#include "support/views.h"

#include "eval/numerics.h"

enum { ROWS = 1300, F = 8 };

static Error e;

/* A normal cloud around 1000 in every direction. */
static View cloud(unsigned which)
{
    real *at = malloc(ROWS * F * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ ROWS, F, at }, rng_draw(5, RNG_SAMPLE, which, 0), 0);
    for (int i = 0; i < ROWS * F; i++)
        at[i] += 1000;
    return (View){ ROWS, F, at };
}

static const double centre[F] = { 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 };

typedef struct Seen {
    View a, b;
    double worst;
    int n;
} Seen;

static void compare(void *args, int i, int first, int n, const real *d2)
{
    Seen *s = args; /* one thread */
    for (int j = 0; j < n; j++) {
        double want = 0;
        for (int k = 0; k < s->a.cols; k++) {
            const double d =
                (double)view_rows(s->a, i, 1).at[k] - (double)view_rows(s->b, first + j, 1).at[k];
            want += d * d;
        }
        s->worst = fmax(s->worst, fabs((double)d2[j] - want) / (1 + want));
        s->n++;
    }
}

/* Far from 0, where squares are a million times the distances; more rows than a block. */
static void distances_are_differences(void **state)
{
    (void)state;
    enum { COPIES = 2 };
    static real twice[COPIES * ROWS * F];
    const View b = cloud(1);
    for (int i = 0; i < COPIES; i++)
        memcpy(twice + i * ROWS * F, b.at, ROWS * F * sizeof *twice);
    Seen s = { .a = b, .b = { COPIES * ROWS, F, twice } };
    assert_int_equal(distances_visit(s.a, s.b, centre, compare, &s, &e), GT_OK);
    assert_int_equal(s.n, COPIES * ROWS * ROWS);
    assert_true(s.worst < 2e-6);
    free_view(b);
}

/* Equal rows have distance 0 exactly; `self` excludes each row itself. */
static void neighbours(void **state)
{
    (void)state;
    enum { K = 3 };
    static real d2[ROWS * K], without[ROWS * K];
    const View b = cloud(2);
    assert_int_equal(nearest_distances(b, b, centre, false, K, d2, &e), GT_OK);
    assert_int_equal(nearest_distances(b, b, centre, true, K, without, &e), GT_OK);
    for (int i = 0; i < ROWS; i++) {
        assert_true(d2[i * K] <= 0 && d2[i * K + 1] > 0 && d2[i * K + 1] <= d2[i * K + 2]);
        assert_memory_equal(d2 + i * K + 1, without + i * K, (K - 1) * sizeof *d2);
    }
    assert_int_equal(nearest_distances(b, view_rows(b, 0, 2), centre, false, K, d2, &e), GT_OK);
    assert_true(isinf(d2[K - 1]) && isfinite(d2[K - 2]));
    free_view(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_differences),
        cmocka_unit_test(neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
