/* Cross-entropy: its gradient against differences, and logits that would overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "eval/numerics.h"
#include "gantrain/math/vec.h"

#include <cmocka.h>

enum { B = 5, C = 4 };

static const uint8_t labels[B] = { 0, 3, 1, 1, 2 };

static void test_gradient(void **state)
{
    const double h = 1e-6, tolerance = 1e-9; /* of central differences of a sum near 1 */
    real at[B * C], d[B * C], unused[B * C];
    const Mat logits = { B, C, at };
    int right;
    (void)state;

    mat_normal(logits, rng_draw(3, RNG_DATA, 0, 0), 0);
    mat_scale(logits, 2);
    cross_entropy(view(logits), labels, (Mat){ B, C, d }, &right);
    for (int i = 0; i < B * C; i++) {
        const real t = at[i];
        at[i] = t + h;
        const double above = cross_entropy(view(logits), labels, (Mat){ B, C, unused }, &right);
        at[i] = t - h;
        const double below = cross_entropy(view(logits), labels, (Mat){ B, C, unused }, &right);
        at[i] = t;
        assert_true(fabs((above - below) / (2 * h) - d[i]) < tolerance);
    }
}

static void test_value_and_right_answers(void **state)
{
    /* equal logits: p = 1/C each; argmax is the first */
    real at[B * C] = { 0 }, d[B * C];
    int right;
    (void)state;

    const double loss = cross_entropy((View){ B, C, at }, labels, (Mat){ B, C, d }, &right);
    assert_true(fabs(loss - log(C)) < 1e-15);
    assert_int_equal(right, 1);
    assert_true(fabs(d[0] - (0.25 - 1) / B) < 1e-15 && fabs(d[1] - 0.25 / B) < 1e-15);
}

static void test_huge_logits(void **state)
{
    real at[2 * 3] = { 1e4, -1e4, 0, -1e30, 1e30, 0 }, p[2 * 3], d[2 * 3];
    const uint8_t of[2] = { 1, 1 };
    int right;
    (void)state;

    softmax((View){ 2, 3, at }, (Mat){ 2, 3, p });
    assert_true(p[0] == 1 && p[1] == 0 && p[2] == 0 && p[4] == 1);
    const double loss = cross_entropy((View){ 2, 3, at }, of, (Mat){ 2, 3, d }, &right);
    assert_true(fabs(loss - 1e4) < 1e-9 && right == 1);
    assert_true(mat_finite((View){ 2, 3, d }));
}

static void test_softmax_over_its_logits(void **state)
{
    real at[3] = { 1, 2, 3 }, p[3];
    (void)state;
    softmax((View){ 1, 3, at }, (Mat){ 1, 3, p });
    softmax((View){ 1, 3, at }, (Mat){ 1, 3, at });
    for (int k = 0; k < 3; k++)
        assert_true(at[k] == p[k]);
    assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-15 && fabs(p[2] / p[1] - exp(1)) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_value_and_right_answers),
        cmocka_unit_test(test_huge_logits),
        cmocka_unit_test(test_softmax_over_its_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
