/* Arenas: alignment, zeroes, the two passes of a plan, and impossible sizes. */
#include "gantrain/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */

typedef struct Model {
    float *weights;  /* [1000] */
    char *one;       /* [1]    */
    double *numbers; /* [3]    */
    int passes;
} Model;

static void plan_model(Arena *a, void *args)
{
    Model *m = args;
    m->weights = arena_take(a, 1000 * sizeof *m->weights);
    m->one = arena_take(a, 1);
    m->numbers = arena_take(a, 3 * sizeof *m->numbers);
    m->passes++;
}

static void plan_too_much(Arena *a, void *args)
{
    ++*(int *)args;
    (void)arena_take(a, SIZE_MAX - 100);
    (void)arena_take(a, 200);
}

static int is_aligned(const void *p)
{
    return (uintptr_t)p % 64 == 0;
}

static void test_build_plans_twice(void **state)
{
    (void)state;
    Arena a = { 0 };
    Model m = { 0 };
    assert_int_equal(arena_build(&a, plan_model, &m, NULL), GT_OK);
    assert_int_equal(m.passes, 2);
    assert_int_equal(a.used, 4032 + 64 + 24);
    assert_false(a.full);
    assert_true(is_aligned(m.weights) && is_aligned(m.one) && is_aligned(m.numbers));
    assert_ptr_equal(m.one, (char *)m.weights + 4032);
    assert_ptr_equal(m.numbers, m.one + 64);
    for (int i = 0; i < 1000; i++)
        assert_true(m.weights[i] == 0);
    m.numbers[2] = 1; /* the last byte is usable */
    arena_close(&a);
    assert_null(a.base);
}

static void test_an_impossible_plan_is_not_run_again(void **state)
{
    (void)state;
    Arena a;
    int passes = 0;
    Error e = { 0 };
    assert_int_equal(arena_build(&a, plan_too_much, &passes, &e), GT_ERESOURCE);
    assert_int_equal(passes, 1);
    assert_non_null(strstr(e.text[0], "memory"));
    assert_null(a.base);
    arena_close(&a);
}

static void test_measuring_gives_nothing(void **state)
{
    (void)state;
    Arena a = { .size = SIZE_MAX };
    assert_null(arena_take(&a, 10));
    assert_null(arena_take(&a, 10));
    assert_null(arena_strdup(&a, "abc"));
    assert_int_equal(a.used, 64 + 10 + 4);
    assert_false(a.full);
    assert_null(arena_take(&a, SIZE_MAX - 64));
    assert_true(a.full);
    assert_int_equal(a.used, 78);
}

static void test_a_full_arena_gives_nothing_and_loses_nothing(void **state)
{
    (void)state;
    Arena a;
    assert_int_equal(arena_open(&a, 128, NULL), GT_OK);
    char *first = arena_take(&a, 60);
    assert_non_null(first);
    assert_null(arena_take(&a, 65));
    assert_true(a.full);
    assert_null(arena_take(&a, SIZE_MAX));
    assert_int_equal(a.used, 60);
    char *second = arena_take(&a, 64);
    assert_ptr_equal(second, first + 64);
    assert_null(arena_take(&a, 1));
    assert_null(arena_strdup(&a, ""));
    assert_non_null(arena_take(&a, 0));
    arena_close(&a);
}

static void test_texts_are_packed(void **state)
{
    (void)state;
    Arena a;
    assert_int_equal(arena_open(&a, 64, NULL), GT_OK);
    const char *abc = arena_strdup(&a, "abc");
    const char *empty = arena_strdup(&a, "");
    assert_string_equal(abc, "abc");
    assert_string_equal(empty, "");
    assert_ptr_equal(empty, abc + 4);
    assert_int_equal(a.used, 5);
    arena_close(&a);
}

static void test_taken_bytes_are_zero_whatever_was_there(void **state)
{
    (void)state;
    Arena a;
    assert_int_equal(arena_open(&a, 256, NULL), GT_OK);
    memset(a.base, 0xAA, 256);
    const unsigned char *at = arena_take(&a, 256);
    for (int i = 0; i < 256; i++)
        assert_int_equal(at[i], 0);
    arena_close(&a);
}

static void test_open_refuses_what_cannot_be(void **state)
{
    (void)state;
    Arena a;
    Error e = { 0 };
    assert_int_equal(arena_open(&a, SIZE_MAX, &e), GT_ERESOURCE);
    assert_int_equal(arena_open(&a, SIZE_MAX / 2, &e), GT_ERESOURCE);
    assert_non_null(strstr(e.text[0], "than this machine can address"));
    assert_null(a.base);
    assert_int_equal(arena_open(&a, 0, &e), GT_OK);
    arena_close(&a);
    arena_close(&a);
    arena_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build_plans_twice),
        cmocka_unit_test(test_an_impossible_plan_is_not_run_again),
        cmocka_unit_test(test_measuring_gives_nothing),
        cmocka_unit_test(test_a_full_arena_gives_nothing_and_loses_nothing),
        cmocka_unit_test(test_texts_are_packed),
        cmocka_unit_test(test_taken_bytes_are_zero_whatever_was_there),
        cmocka_unit_test(test_open_refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
