/* What a run could not write: what is news, and what is told at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gantrain/run/late.h"

#include <cmocka.h> /* last: it has a macro fail() */

static Error error_of(const char *text)
{
    Error e = { .code = GT_EOUTPUT, .lines = 1 };
    strcpy(e.text[0], text);
    return e;
}

static void test_news(void **state)
{
    (void)state;
    static Late l;
    const Error full = error_of("run/ckpt-5: write failed: No space left on device");
    const Error again = error_of("run/ckpt-10: write failed: No space left on device");
    const Error broken = error_of("run/ckpt-15: write failed: Input/output error");
    assert_true(late_add(&l, "checkpoint", 5, &full));
    assert_false(late_add(&l, "checkpoint", 10, &again)); /* the same cause */
    assert_true(late_add(&l, "picture", 10, &again));     /* of something else */
    assert_true(late_add(&l, "checkpoint", 15, &broken)); /* another cause */
    assert_true(late_over(&l, "checkpoint"));
    assert_false(late_over(&l, "checkpoint"));
    assert_false(late_over(&l, "never failed"));
    assert_true(late_add(&l, "checkpoint", 20, &broken)); /* it had worked in between */

    Error e = { 0 };
    late_tell(&l, &e);
    assert_int_equal(e.code, GT_EOUTPUT);
    assert_int_equal(e.lines, 2);
    assert_string_equal(e.text[0], "checkpoint 4 times, at steps 5 to 20, the last time: "
                                   "run/ckpt-15: write failed: Input/output error");
    assert_string_equal(e.text[1],
                        "picture at step 10: run/ckpt-10: write failed: No space left on device");
}

static void test_more_kinds_than_there_are(void **state)
{
    (void)state;
    static const char *const kinds[] = { "a", "b", "c", "d", "e", "f", "g",
                                         "h", "i", "j", "k", "l", "m", "n" };
    static Late l;
    const Error why = error_of("no colon");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_true(late_add(&l, kinds[i], i, &why));
    assert_int_equal(l.n, LATE_KINDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_more_kinds_than_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
