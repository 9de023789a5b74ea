/* OpenBLAS and its LAPACK, as we call them. */
#include "support/nets.h"

#include "gantrain/math/blas.h"

static Error e;

static void loaded_as_often_as_one_likes(void **state)
{
    (void)state;
    assert_int_equal(blas_load(1, &e), GT_OK);
    assert_int_equal(blas_load(1, &e), GT_OK);
    assert_int_equal(blas_load(2, &e), GT_OK);
    assert_true(strlen(blas_core()) > 0);
}

static void products(void **state)
{
    (void)state;
    const real a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 1, 0, 2, 0, 1, -1 };
    real c[4];
    assert_int_equal(blas_load(1, &e), GT_OK);
    blas_gemm((View){ 2, 3, a }, (View){ 3, 2, b }, (Mat){ 2, 2, c });
    assert_true(c[0] == 8 && c[1] == -3 && c[2] == 20 && c[3] == -6);
}

/* The second difference of n points: its eigenvalues are 2 - 2 cos(kπ/(n+1)), k = 1..n. */
enum { SIDE = 60 };

static void second_difference(double *a)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            a[i * SIDE + j] = i == j ? 2 : abs(i - j) == 1 ? -1 : 0;
}

static double known(int k)
{
    return 2 - 2 * cos((k + 1) * 3.14159265358979324 / (SIDE + 1));
}

static void eigenvalues_that_are_known(void **state)
{
    (void)state;
    static double a[SIDE * SIDE], w[SIDE];
    assert_int_equal(blas_load(1, &e), GT_OK);
    second_difference(a);
    assert_int_equal(blas_eigen(SIDE, a, w, false, &e), GT_OK);
    for (int k = 0; k < SIDE; k++)
        assert_true(fabs(w[k] - known(k)) < 1e-13);
}

/* V·Vᵀ = 1, and Vᵀ·diag(w)·V is the matrix again. */
static void eigenvectors_lie_in_rows(void **state)
{
    (void)state;
    static double v[SIDE * SIDE], w[SIDE], want[SIDE * SIDE];
    assert_int_equal(blas_load(1, &e), GT_OK);
    second_difference(v);
    second_difference(want);
    assert_int_equal(blas_eigen(SIDE, v, w, true, &e), GT_OK);
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            double dot = 0, again = 0;
            for (int k = 0; k < SIDE; k++) {
                dot += v[i * SIDE + k] * v[j * SIDE + k];
                again += w[k] * v[k * SIDE + i] * v[k * SIDE + j];
            }
            assert_true(fabs(dot - (i == j)) < 1e-13);
            assert_true(fabs(again - want[i * SIDE + j]) < 1e-13);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaded_as_often_as_one_likes),
        cmocka_unit_test(products),
        cmocka_unit_test(eigenvalues_that_are_known),
        cmocka_unit_test(eigenvectors_lie_in_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
