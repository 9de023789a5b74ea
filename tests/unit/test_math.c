/* Sums and averages against plain loops. */
#include "support/nets.h"

enum { MOST = 784 };

static real *numbers(int n, unsigned which)
{
    real *at = malloc((size_t)n * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ 1, n, at }, rng_draw(9, RNG_SAMPLE, which, 0), 0);
    return at;
}

static void sums_and_averages(void **state)
{
    (void)state;
    real m[6] = { 1, 2, 3, 4, 5, 6 }, row[3] = { 10, 20, 30 }, y[3] = { 1, 1, 1 };
    mat_add_column_sums((Mat){ 1, 3, row }, (View){ 2, 3, m });
    assert_true(row[0] == 15 && row[1] == 27 && row[2] == 39);
    mat_average((Mat){ 1, 3, y }, (View){ 1, 3, row }, (real)0.75);
    assert_true(y[0] == (real)4.5 && y[2] == (real)10.5);
    real *v = numbers(MOST + 3, 5);
    double want = 0;
    for (int i = 0; i < MOST + 3; i++)
        want += (double)v[i] * (double)v[i];
    assert_true(fabs(mat_norm2((View){ 1, MOST + 3, v }) - want) < 1e-9 * want);
    free(v);
}

/* Against two plain passes, over more columns than are summed at a time. */
static void spread_of_rows(void **state)
{
    (void)state;
    enum { B = 7, X = 300 };
    real *v = numbers(B * X, 6);
    double want = 0;
    for (int j = 0; j < X; j++) {
        double mean = 0;
        for (int i = 0; i < B; i++)
            mean += (double)v[i * X + j] / B;
        for (int i = 0; i < B; i++)
            want += pow((double)v[i * X + j] - mean, 2) / (B * X);
    }
    assert_true(fabs(mat_spread((View){ B, X, v }) - sqrt(want)) < 1e-9);
    for (int i = 1; i < B; i++)
        memcpy(v + (size_t)i * X, v, X * sizeof *v);
    assert_true(mat_spread((View){ B, X, v }) < 1e-12);
    assert_true(mat_spread((View){ 1, X, v }) == 0);
    v[3] = (real)NAN;
    assert_true(isnan(mat_spread((View){ B, X, v })));
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_averages),
        cmocka_unit_test(spread_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
