/* Products and sums against plain loops, and the same bits for any number of threads. */
#include "gantrain/math/gemm.h"
#include "gantrain/math/parallel.h"
#include "support/nets.h"

enum { MOST = 784 };

static real *numbers(int n, unsigned which)
{
    real *at = malloc((size_t)n * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ 1, n, at }, rng_draw(9, RNG_SAMPLE, which, 0), 0);
    return at;
}

static void check_product(Transpose ta, Transpose tb, int m, int n, int k, real beta)
{
    real *a = numbers(m * k, 1), *b = numbers(k * n, 2), *c = numbers(m * n, 3);
    real *was = malloc((size_t)(m * n) * sizeof *was);
    assert_non_null(was);
    memcpy(was, c, (size_t)(m * n) * sizeof *was);

    gemm(ta, ta == T ? (View){ k, m, a } : (View){ m, k, a }, tb,
         tb == T ? (View){ n, k, b } : (View){ k, n, b }, beta, (Mat){ m, n, c });
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double want = (double)(beta * was[i * n + j]), size = fabs(want);
            for (int l = 0; l < k; l++) {
                const double x = (double)(ta == T ? a[l * m + i] : a[i * k + l]);
                const double y = (double)(tb == T ? b[j * k + l] : b[l * n + j]);
                want += x * y;
                size += fabs(x * y);
            }
            /* rounding of a float sum: at most k units in the last place of its absolute terms */
            if (!(fabs((double)c[i * n + j] - want) <= 1e-6 * size))
                fail_msg("%dx%dx%d at %d,%d: %g, expected %g", m, n, k, i, j, (double)c[i * n + j],
                         want);
        }
    free(a);
    free(b);
    free(c);
    free(was);
}

static void products(void **state)
{
    (void)state;
    static const int shape[][3] = { { 1, 1, 1 },    { 3, 5, 7 },       { 64, 64, 64 },
                                    { 65, 513, 9 }, { 128, 256, 100 }, { 130, 1, 784 } };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        for (int t = 0; t < 4; t++)
            for (int beta = 0; beta < 2; beta++)
                check_product(t & 1 ? T : N, t & 2 ? T : N, shape[i][0], shape[i][1], shape[i][2],
                              (real)beta);
}

/* c = a·bᵀ + row, against the product and the row apart */
static void products_from_a_row(void **state)
{
    (void)state;
    enum { M = 70, K = 30, COLS = 520 };
    real *a = numbers(M * K, 1), *b = numbers(COLS * K, 2), *row = numbers(COLS, 3);
    real *plain = numbers(M * COLS, 4), *c = numbers(M * COLS, 5);
    gemm(N, (View){ M, K, a }, T, (View){ COLS, K, b }, 0, (Mat){ M, COLS, plain });
    gemm_row(N, (View){ M, K, a }, T, (View){ COLS, K, b }, (View){ 1, COLS, row },
             (Mat){ M, COLS, c });
    for (int i = 0; i < M * COLS; i++) {
        const double want = (double)plain[i] + (double)row[i % COLS];
        assert_true(fabs((double)c[i] - want) < 1e-5);
    }
    free(a);
    free(b);
    free(row);
    free(plain);
    free(c);
}

static void same_bits_for_any_threads(void **state)
{
    (void)state;
    enum { M = 130, K = 784, COLS = 600 };
    real *a = numbers(M * K, 1), *b = numbers(K * COLS, 2), *first = numbers(M * COLS, 3);
    real *other = numbers(M * COLS, 4);
    parallel_set_threads(1);
    gemm(N, (View){ M, K, a }, N, (View){ K, COLS, b }, 0, (Mat){ M, COLS, first });
    for (int threads = 2; threads <= 8; threads++) {
        parallel_set_threads(threads);
        gemm(N, (View){ M, K, a }, N, (View){ K, COLS, b }, 0, (Mat){ M, COLS, other });
        assert_memory_equal(first, other, M * COLS * sizeof *first);
    }
    parallel_set_threads(2);
    free(a);
    free(b);
    free(first);
    free(other);
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

int main(void)
{
    static Error e;
    if (gemm_prepare(&e) != GT_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(products_from_a_row),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(sums_and_averages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
