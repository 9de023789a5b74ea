/* What a run could not write: what is news, and what is told at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/train/write_failures.h"

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
    static WriteFailures l;
    const Error full = error_of("run/ckpt-5: write failed: No space left on device");
    const Error again = error_of("run/ckpt-10: write failed: No space left on device");
    const Error plain = error_of("no memory");
    const Error broken = error_of("run/ckpt-15: write failed: Input/output error");
    assert_true(write_failures_add(&l, "checkpoint", 5, &full));
    assert_false(write_failures_add(&l, "checkpoint", 10, &again)); /* the same cause */
    assert_true(write_failures_add(&l, "picture", 10, &again));     /* of something else */
    assert_true(write_failures_add(&l, "checkpoint", 15, &broken)); /* another cause */
    assert_true(write_failures_clear(&l, "checkpoint"));
    assert_false(write_failures_clear(&l, "checkpoint"));
    assert_false(write_failures_clear(&l, "never failed"));
    assert_true(write_failures_add(&l, "checkpoint", 20, &broken)); /* it had worked in between */
    assert_true(write_failures_add(&l, "checkpoint", 25, &plain));  /* a cause without a path */
    assert_false(write_failures_add(&l, "checkpoint", 30, &plain));

    Error e = { 0 };
    write_failures_report(&l, &e);
    assert_int_equal(e.code, GT_EOUTPUT);
    assert_int_equal(e.lines, 2);
    assert_string_equal(e.text[0],
                        "checkpoint 6 times, at steps 5 to 30, the last time: no memory");
    assert_string_equal(e.text[1],
                        "picture at step 10: run/ckpt-10: write failed: No space left on device");
}

/* More kinds than there is room for share the last place. */
static void test_too_many_kinds(void **state)
{
    (void)state;
    static char names[LATE_KINDS + 2][16];
    static WriteFailures l;
    const Error why = error_of("no colon");
    for (int i = 0; i < LATE_KINDS + 2; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        assert_true(write_failures_add(&l, names[i], 1, &why));
    }
    assert_int_equal(l.n, LATE_KINDS);
    assert_string_equal(l.kind[LATE_KINDS - 1].what, names[LATE_KINDS + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_too_many_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
