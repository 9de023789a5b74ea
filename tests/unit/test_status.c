/* Errors: contents of a line, escapes, and full lines and errors. */
#include "gantrain/base/status.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */
#undef fail

static void test_fail_replaces(void **state)
{
    (void)state;
    Error e = { 0 };
    assert_int_equal(fail(&e, GT_EDATA, "%s: %d bytes", "a.idx", 3), GT_EDATA);
    assert_int_equal(e.lines, 1);
    assert_string_equal(e.text[0], "a.idx: 3 bytes");
    assert_int_equal(fail(&e, GT_EUSAGE, "other"), GT_EUSAGE);
    assert_int_equal(e.code, GT_EUSAGE);
    assert_int_equal(e.lines, 1);
    assert_string_equal(e.text[0], "other");
}

static void test_null_error_keeps_the_code(void **state)
{
    (void)state;
    assert_int_equal(fail(NULL, GT_EDATA, "x"), GT_EDATA);
    assert_int_equal(also_fail(NULL, GT_ECONFIG, "x"), GT_ECONFIG);
}

static void test_also_fail_adds_and_counts_what_is_dropped(void **state)
{
    (void)state;
    Error e = { 0 };
    assert_int_equal(also_fail(&e, GT_ECONFIG, "line %d", 0), GT_ECONFIG);
    for (int i = 1; i < GT_ERROR_LINES + 3; i++)
        assert_int_equal(also_fail(&e, GT_EDATA, "line %d", i), GT_ECONFIG);
    assert_int_equal(e.lines, GT_ERROR_LINES);
    assert_int_equal(e.dropped, 3);
    assert_string_equal(e.text[0], "line 0");
    assert_string_equal(e.text[GT_ERROR_LINES - 1], "line 19");
    (void)fail(&e, GT_EDATA, "new");
    assert_int_equal(e.dropped, 0);
}

static void test_fail_at_goes_in_front_of_every_line(void **state)
{
    (void)state;
    Error e = { 0 };
    (void)also_fail(&e, GT_ECONFIG, "one");
    (void)also_fail(&e, GT_ECONFIG, "two");
    assert_int_equal(error_add_prefix(&e, "run.json"), GT_ECONFIG);
    assert_string_equal(e.text[0], "run.json: one");
    assert_string_equal(e.text[1], "run.json: two");
}

static void test_an_argument_may_be_the_own_line(void **state)
{
    (void)state;
    Error e = { 0 };
    (void)fail(&e, GT_EDATA, "inner");
    (void)fail(&e, GT_EDATA, "outer: %s", e.text[0]);
    assert_string_equal(e.text[0], "outer: inner");
}

static void test_control_characters_are_escaped(void **state)
{
    (void)state;
    Error e = { 0 };
    (void)fail(&e, GT_EDATA, "%s", "a\x1b[2J\nb\x7f \xc3\xa9 \xc2\x9b \xff");
    assert_string_equal(e.text[0], "a\\x1b[2J\\x0ab\\x7f \xc3\xa9 \\xc2\\x9b \\xff");
    (void)error_add_prefix(&e, "\r");
    assert_memory_equal(e.text[0], "\\x0d: a", 7);
}

/* The cause after a long path stays in the line. */
static void test_long_lines_lose_their_middle(void **state)
{
    (void)state;
    Error e = { 0 };
    char word[2 * GT_ERROR_TEXT];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    (void)fail(&e, GT_EDATA, "begin %s: the cause", word);
    assert_int_equal(strlen(e.text[0]), GT_ERROR_TEXT - 1);
    assert_memory_equal(e.text[0], "begin www", 9);
    assert_non_null(strstr(e.text[0], "w...w"));
    assert_string_equal(e.text[0] + GT_ERROR_TEXT - 1 - 13, "ww: the cause");
    word[GT_ERROR_TEXT - 1] = '\0';
    (void)fail(&e, GT_EDATA, "%s", word);
    assert_string_equal(e.text[0], word);
    (void)error_add_prefix(&e, word);
    assert_int_equal(strlen(e.text[0]), GT_ERROR_TEXT - 1);
    assert_non_null(strstr(e.text[0], "w...w"));
}

static void test_very_long_lines_end_in_dots(void **state)
{
    (void)state;
    static char word[200000];
    Error e = { 0 };
    memset(word, '\n', sizeof word - 1);
    (void)fail(&e, GT_EDATA, "%s: the cause", word);
    assert_in_range(strlen(e.text[0]), GT_ERROR_TEXT - 12, GT_ERROR_TEXT - 1);
    assert_memory_equal(e.text[0], "\\x0a\\x0a", 8);
    assert_string_equal(e.text[0] + strlen(e.text[0]) - 7, "\\x0a...");
}

static void test_errno(void **state)
{
    (void)state;
    assert_int_equal(status_of_errno(EMFILE, GT_EDATA), GT_ERESOURCE);
    assert_int_equal(status_of_errno(ENFILE, GT_EDATA), GT_ERESOURCE);
    assert_int_equal(status_of_errno(ENOMEM, GT_EOUTPUT), GT_ERESOURCE);
    assert_int_equal(status_of_errno(ENOSPC, GT_EOUTPUT), GT_EOUTPUT);
    assert_int_equal(status_of_errno(ENOENT, GT_EDATA), GT_EDATA);
}

/* Scripts rely on these numbers. */
static void test_exit_codes_are_pinned(void **state)
{
    (void)state;
    static const int pinned[][2] = {
        { GT_OK, 0 },          { GT_EUSAGE, 2 },       { GT_ECONFIG, 3 },      { GT_EDATA, 4 },
        { GT_ECHECKPOINT, 5 }, { GT_EOUTPUT, 6 },      { GT_ERESOURCE, 7 },    { GT_EDIVERGED, 8 },
        { GT_EBUSY, 9 },       { GT_EPEER, 10 },       { GT_EINTERNAL, 70 },   { GT_EREQUEUE, 75 },
        { GT_EHANGUP, 129 },   { GT_EINTERRUPT, 130 }, { GT_ETERMINATE, 143 },
    };
    size_t listed = 0;
#define X(name, exit_code, line) listed += strlen(line) > 3;
    GT_STATUS_LIST(X)
#undef X
    assert_int_equal(listed, sizeof pinned / sizeof *pinned);
    for (size_t i = 0; i < listed; i++)
        assert_int_equal(pinned[i][0], pinned[i][1]);
}

static Status three_calls(Status second, int *calls)
{
    for (int i = 0; i < 3; i++) {
        ++*calls;
        TRY(i == 1 ? second : GT_OK);
    }
    return GT_OK;
}

static void test_try_returns_the_first_failure(void **state)
{
    (void)state;
    int calls = 0;
    assert_int_equal(three_calls(GT_EBUSY, &calls), GT_EBUSY);
    assert_int_equal(calls, 2);
    assert_int_equal(three_calls(GT_OK, &calls), GT_OK);
    assert_int_equal(calls, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_replaces),
        cmocka_unit_test(test_null_error_keeps_the_code),
        cmocka_unit_test(test_also_fail_adds_and_counts_what_is_dropped),
        cmocka_unit_test(test_fail_at_goes_in_front_of_every_line),
        cmocka_unit_test(test_an_argument_may_be_the_own_line),
        cmocka_unit_test(test_control_characters_are_escaped),
        cmocka_unit_test(test_long_lines_lose_their_middle),
        cmocka_unit_test(test_very_long_lines_end_in_dots),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_exit_codes_are_pinned),
        cmocka_unit_test(test_try_returns_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
