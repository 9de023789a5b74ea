/* Products against plain loops; every kernel, cut and number of threads gives the same bits;
 * epilogues get every value once. */
#include "gantrain/math/gemm.h"

#include <stdatomic.h>

#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"
#include "support/nets.h"

/* op(a) [m,k] · op(b) [k,n] */
typedef struct Case {
    int m, n, k;
} Case;

/* Around the edges of tiles, panels and blocks, deeper than one slab, and the sizes of small
 * nets. */
static const Case cases[] = {
    { 1, 1, 1 },     { 3, 5, 7 },       { 64, 64, 64 },   { 65, 513, 9 },  { 128, 256, 100 },
    { 130, 1, 784 }, { 14, 32, 50 },    { 15, 33, 51 },   { 13, 16, 40 },  { 29, 17, 3 },
    { 7, 40, 2049 }, { 20, 200, 2048 }, { 127, 784, 33 }, { 784, 10, 20 }, { 1, 300, 128 },
    { 2, 900, 270 }, { 300, 820, 35 },
};
enum { CASES = sizeof cases / sizeof *cases };

static real *numbers(int n, unsigned which)
{
    real *at = malloc((size_t)n * sizeof *at);
    assert_non_null(at);
    mat_normal((Mat){ 1, n, at }, rng_draw(9, RNG_SAMPLE, which, 0), 0);
    return at;
}

/* Operands and result of a case. */
typedef struct Operands {
    Transpose ta, tb;
    View a, b;
    Mat c;
    real *at[3];
} Operands;

static Operands operands_of(Case s, Transpose ta, Transpose tb)
{
    Operands o = { .ta = ta, .tb = tb };
    o.at[0] = numbers(s.m * s.k, 1);
    o.at[1] = numbers(s.k * s.n, 2);
    o.at[2] = numbers(s.m * s.n, 3);
    o.a = ta == T ? (View){ s.k, s.m, o.at[0] } : (View){ s.m, s.k, o.at[0] };
    o.b = tb == T ? (View){ s.n, s.k, o.at[1] } : (View){ s.k, s.n, o.at[1] };
    o.c = (Mat){ s.m, s.n, o.at[2] };
    return o;
}

static void free_operands(Operands *o)
{
    for (int i = 0; i < 3; i++)
        free(o->at[i]);
}

/* Σ_p op(a)[i,p]·op(b)[p,j] in double; *size: of the absolute terms */
static double entry(const Operands *o, int i, int j, double *size)
{
    const int k = o->ta == T ? o->a.rows : o->a.cols;
    double sum = 0;
    for (int p = 0; p < k; p++) {
        const real x = o->ta == T ? o->a.at[p * o->a.cols + i] : o->a.at[i * o->a.cols + p];
        const real y = o->tb == T ? o->b.at[j * o->b.cols + p] : o->b.at[p * o->b.cols + j];
        sum += (double)x * (double)y;
        *size += fabs((double)x * (double)y);
    }
    return sum;
}

static void check_product(Case s, Transpose ta, Transpose tb, real beta)
{
    Operands o = operands_of(s, ta, tb);
    real *was = numbers(s.m * s.n, 3);

    gemm(ta, o.a, tb, o.b, beta, o.c);
    for (int i = 0; i < s.m; i++)
        for (int j = 0; j < s.n; j++) {
            const double first = (double)(beta * was[i * s.n + j]);
            double size = fabs(first);
            const double want = first + entry(&o, i, j, &size);
            /* rounding of a float sum: far below k units in the last place of its absolute terms */
            if (!(fabs((double)o.c.at[i * s.n + j] - want) <= 1e-6 * size))
                fail_msg("%dx%dx%d, forms %d %d, at %d,%d: %g, expected %g", s.m, s.n, s.k, ta, tb,
                         i, j, (double)o.c.at[i * s.n + j], want);
        }
    free(was);
    free_operands(&o);
}

static void products(void **state)
{
    (void)state;
    for (const GemmKernel *const *kernel = gemm_kernels(); *kernel; kernel++) {
        gemm_use(*kernel);
        for (int i = 0; i < CASES; i++)
            for (int t = 0; t < 4; t++)
                check_product(cases[i], t & 1 ? T : N, t & 2 ? T : N, (real)(t == 0 || t == 3));
    }
    gemm_use(gemm_kernels()[0]);
}

/* c = a·bᵀ + row, against the product that begins from a c of such rows */
static void products_from_a_row(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        const Case s = cases[i];
        Operands o = operands_of(s, N, T), want = operands_of(s, N, T);
        real *row = numbers(s.n, 4);
        for (int j = 0; j < s.m * s.n; j++)
            want.c.at[j] = row[j % s.n];
        gemm(N, want.a, T, want.b, 1, want.c);
        gemm_row(N, o.a, T, o.b, (View){ 1, s.n, row }, o.c, NULL);
        assert_memory_equal(o.c.at, want.c.at, mat_size(o.c) * sizeof(real));
        free(row);
        free_operands(&o);
        free_operands(&want);
    }
}

/* Every element is one chain of fused steps in the order of k: a scalar loop has the same bits. */
static void the_scalar_definition(void **state)
{
    (void)state;
    if (strcmp(gemm_kernel()->name, "plain") == 0)
        skip(); /* this processor may not fuse */
    for (int c = 0; c < CASES; c++) {
        Operands o = operands_of(cases[c], N, N);
        gemm(N, o.a, N, o.b, 0, o.c);
        for (int i = 0; i < o.c.rows; i++)
            for (int j = 0; j < o.c.cols; j++) {
                real want = 0;
                for (int p = 0; p < o.a.cols; p++)
                    want = sizeof(real) == 4
                               ? (real)fmaf((float)o.a.at[i * o.a.cols + p],
                                            (float)o.b.at[p * o.b.cols + j], (float)want)
                               : (real)fma((double)o.a.at[i * o.a.cols + p],
                                           (double)o.b.at[p * o.b.cols + j], (double)want);
                assert_memory_equal(&want, &o.c.at[i * o.c.cols + j], sizeof want);
            }
        free_operands(&o);
    }
}

/* For every kernel that fuses and every number of threads. */
static void same_bits(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        Operands first = operands_of(cases[i], T, T), other = operands_of(cases[i], T, T);
        parallel_set_threads(1);
        gemm_use(gemm_kernels()[0]);
        gemm(T, first.a, T, first.b, 0, first.c);
        for (const GemmKernel *const *kernel = gemm_kernels(); *kernel; kernel++) {
            if (kernel != gemm_kernels() && strcmp((*kernel)->name, "plain") == 0)
                continue;
            gemm_use(*kernel);
            for (int threads = 1; threads <= 8; threads++) {
                parallel_set_threads(threads);
                gemm(T, other.a, T, other.b, 0, other.c);
                assert_memory_equal(first.c.at, other.c.at, mat_size(first.c) * sizeof(real));
            }
        }
        free_operands(&first);
        free_operands(&other);
    }
    gemm_use(gemm_kernels()[0]);
    parallel_set_threads(2);
}

/* ---- epilogues ------------------------------------------------------------------------------- */

/* What an epilogue saw: every value, and how often. */
typedef struct Seen {
    real *value;
    atomic_int *times;
} Seen;

static void see(void *args, Patch done, const real *at, size_t ld)
{
    const Seen *seen = args;
    for (int i = 0; i < done.rows; i++)
        for (int j = 0; j < done.cols; j++) {
            const size_t to = done.first + (size_t)i * done.next + (size_t)j;
            seen->value[to] = at[(size_t)i * ld + (size_t)j];
            atomic_fetch_add(&seen->times[to], 1);
        }
}

static void expect_seen(const Seen *seen, View c)
{
    const size_t n = (size_t)c.rows * (size_t)c.cols;
    assert_memory_equal(seen->value, c.at, n * sizeof(real));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(atomic_exchange(&seen->times[i], 0), 1);
}

/* gemm_row hands over what it writes; gemm_consume what gemm would write, and writes nothing. */
static void check_epilogues(Case s, int threads)
{
    Operands o = operands_of(s, T, N), want = operands_of(s, T, N);
    const size_t n = mat_size(o.c);
    real *was = numbers((int)n, 3);
    Seen seen = { malloc(n * sizeof(real)), calloc(n, sizeof(atomic_int)) };
    const Epilogue then = { see, &seen };
    assert_non_null(seen.value);
    assert_non_null(seen.times);
    parallel_set_threads(threads);

    for (int from_zero = 0; from_zero < 2 && s.k <= GEMM_DEPTH; from_zero++) {
        memcpy(want.c.at, was, n * sizeof *was);
        gemm(T, want.a, N, want.b, (real)!from_zero, want.c);
        gemm_consume(T, o.a, N, o.b, from_zero, view(o.c), &then);
        expect_seen(&seen, view(want.c));
        assert_memory_equal(o.c.at, was, n * sizeof *was);
    }
    gemm_row(T, o.a, N, o.b, (View){ 0, 0, NULL }, o.c, &then);
    expect_seen(&seen, view(o.c));
    free(seen.value);
    free(seen.times);
    free(was);
    free_operands(&o);
    free_operands(&want);
}

static void epilogues(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++)
        for (int threads = 1; threads <= 3; threads++)
            check_epilogues(cases[i], threads);
    parallel_set_threads(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(products_from_a_row),
        cmocka_unit_test(the_scalar_definition),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(epilogues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
