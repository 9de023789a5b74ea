/* The random numbers: known answers of the cipher, addressing, permutations, moments. */
#include "gantrain/base/rng.h"
#include "support/nets.h"

/* Random123, tests/kat_vectors, philox4x32 with 10 rounds */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } kat[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { ~0u, ~0u, ~0u, ~0u },
          { ~0u, ~0u },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    static const uint32_t seven_rounds[4] = { 0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48 };
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        uint32_t out[4];
        philox4x32(kat[i].counter, kat[i].key, out);
        assert_memory_equal(out, kat[i].want, sizeof out);
        assert_memory_not_equal(out, seven_rounds, sizeof out);
    }
}

/* Frozen with RNG_VERSION 1: if this changes, old checkpoints no longer resume bit for bit. */
static void addressing_is_frozen(void **state)
{
    (void)state;
    uint32_t w[4], direct[4];
    const uint64_t seed = 0x0123456789abcdef, step = 0x123456789a;
    const Draw d = rng_draw(seed, RNG_LATENT, 5, step);
    const uint32_t key[2] = { 0x89abcdef, 0x01234567 };
    const uint32_t counter[4] = { 9, 8, 0x3456789a, (3u << 10 | 5u) << 16 | 0x12 };
    assert_int_equal(RNG_VERSION, 1);
    rng_words(d, 8, 9, w);
    philox4x32(counter, key, direct);
    assert_memory_equal(w, direct, sizeof w);
}

static int in_order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void permutations_hold_everything_once(void **state)
{
    (void)state;
    enum { SIZE = 1000 };
    static int a[SIZE], b[SIZE], same;
    rng_permutation(rng_draw(1, RNG_SHUFFLE, 0, 0), SIZE, a);
    rng_permutation(rng_draw(1, RNG_SHUFFLE, 0, 1), SIZE, b);
    for (int i = 0; i < SIZE; i++)
        same += a[i] == b[i];
    assert_true(same < 10); /* one is expected */
    qsort(a, SIZE, sizeof *a, in_order);
    qsort(b, SIZE, sizeof *b, in_order);
    for (int i = 0; i < SIZE; i++)
        assert_true(a[i] == i && b[i] == i);
}

/* Every position gets every value about equally often: chi-square over 5 values, 20000 draws. */
static void permutations_are_uniform(void **state)
{
    (void)state;
    enum { SIZE = 5, DRAWS = 20000 };
    int count[SIZE][SIZE] = { { 0 } };
    for (int k = 0; k < DRAWS; k++) {
        int order[SIZE];
        rng_permutation(rng_draw(2, RNG_SHUFFLE, 0, (uint64_t)k), SIZE, order);
        for (int i = 0; i < SIZE; i++)
            count[i][order[i]]++;
    }
    double chi2 = 0;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            chi2 += (count[i][j] - DRAWS / SIZE) * (double)(count[i][j] - DRAWS / SIZE) /
                    (DRAWS / SIZE);
    assert_true(chi2 < 45); /* 16 degrees of freedom: above 45 once in 7000 */
}

static void normals_have_their_moments(void **state)
{
    (void)state;
    enum { ROWS = 500, COLS = 101 };
    static real at[ROWS * COLS];
    const Mat z = { ROWS, COLS, at };
    double m1 = 0, m2 = 0, m4 = 0;
    mat_normal(z, rng_draw(4, RNG_LATENT, 0, 0), 0);
    for (int i = 0; i < ROWS * COLS; i++) {
        const double x = (double)at[i];
        assert_true(isfinite(x));
        m1 += x;
        m2 += x * x;
        m4 += x * x * x * x;
    }
    const double n = ROWS * COLS;
    assert_true(fabs(m1 / n) < 5 / sqrt(n));
    assert_true(fabs(m2 / n - 1) < 5 * sqrt(2 / n));
    assert_true(fabs(m4 / n - 3) < 5 * sqrt(96 / n));
}

/* Row i of a draw is the same whether it is drawn alone or with others: ranks depend on it. */
static void rows_are_addressed(void **state)
{
    (void)state;
    enum { COLS = 7 };
    real all[10 * COLS], one[COLS];
    const Draw d = rng_draw(4, RNG_LATENT, 0, 6);
    mat_normal((Mat){ 10, COLS, all }, d, 0);
    mat_normal((Mat){ 1, COLS, one }, d, 7);
    assert_memory_equal(one, all + 7 * COLS, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(addressing_is_frozen),
        cmocka_unit_test(permutations_hold_everything_once),
        cmocka_unit_test(permutations_are_uniform),
        cmocka_unit_test(normals_have_their_moments),
        cmocka_unit_test(rows_are_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
