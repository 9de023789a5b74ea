/* Growing texts, UTF-8, and escapes for terminals. */
#include "gantrain/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */

static void test_text_grows(void **state)
{
    (void)state;
    Text t = { 0 };
    for (int i = 0; i < 1000; i++)
        text_add(&t, "%03d,", i);
    assert_false(t.failed);
    assert_int_equal(t.used, 4000);
    assert_int_equal(strlen(t.at), 4000);
    assert_memory_equal(t.at, "000,001,", 8);
    assert_string_equal(t.at + 3992, "998,999,");
    text_free(&t);
    assert_null(t.at);
    assert_int_equal(t.used, 0);
}

static void test_bytes_may_hold_nul(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add_bytes(&t, "a\0b", 3);
    text_add_bytes(&t, "", 0);
    assert_int_equal(t.used, 3);
    assert_memory_equal(t.at, "a\0b", 4);
    text_free(&t);
}

static void test_empty_additions_end_in_nul(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add_bytes(&t, NULL, 0);
    assert_non_null(t.at);
    assert_string_equal(t.at, "");
    text_free(&t);
    text_free(&t);
    text_free(NULL);
}

static void test_a_failed_text_stays_failed(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add(&t, "kept");
    text_add_bytes(&t, "x", SIZE_MAX / 2); /* more than there can be: refused before it is read */
    assert_true(t.failed);
    text_add(&t, "more");
    text_add_printable(&t, "more");
    assert_string_equal(t.at, "kept");
    assert_int_equal(t.used, 4);
    text_free(&t);
}

static void test_printable(void **state)
{
    static const struct {
        const char *in, *out;
    } row[] = {
        { "", "" },
        { "plain \"text\" \\", "plain \"text\" \\" },
        { "\x1b[31m", "\\x1b[31m" },
        { "a\tb\r\n", "a\\x09b\\x0d\\x0a" },
        { "\x7f", "\\x7f" },
        { "\xc2\x85 \xc2\x9f \xc2\xa0", "\\xc2\\x85 \\xc2\\x9f \xc2\xa0" },
        { "\xe2\x82\xac\xf0\x9f\x99\x82", "\xe2\x82\xac\xf0\x9f\x99\x82" },
        { "\xe2\x82", "\\xe2\\x82" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        Text t = { 0 };
        text_add(&t, ">");
        text_add_printable(&t, row[i].in);
        assert_string_equal(t.at + 1, row[i].out);
        char out[64];
        text_printable(out, sizeof out, row[i].in);
        assert_string_equal(out, row[i].out);
        text_free(&t);
    }
}

static void test_printable_cuts_between_characters(void **state)
{
    static const struct {
        const char *in;
        size_t room;
        const char *out;
    } row[] = {
        { "abcdefg", 8, "abcdefg" },
        { "abcdefgh", 8, "abcd..." },
        { "abc\xe2\x82\xac-", 8, "abc\xe2\x82\xac-" },
        { "abc\xe2\x82\xac--", 8, "abc..." },
        { "\n\n", 8, "\\x0a..." },
        { "abcd", 4, "..." },
        { "abc", 4, "abc" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char out[16];
        memset(out, '#', sizeof out);
        text_printable(out, row[i].room, row[i].in);
        assert_string_equal(out, row[i].out);
        assert_int_equal(out[row[i].room], '#');
    }
}

static void test_printable_keeps_both_ends(void **state)
{
    (void)state;
    char in[400], out[128];
    memset(in, '\n', sizeof in);
    memcpy(in, "begin", 5);
    memcpy(in + sizeof in - 4, "end", 4);
    for (size_t room = 65; room <= 80; room++) {
        memset(out, '#', sizeof out);
        text_printable(out, room, in);
        const size_t n = strlen(out);
        assert_in_range(n, room - 8, room - 1);
        assert_memory_equal(out, "begin\\x0a", 9);
        assert_non_null(strstr(out, "\\x0a...\\x0a"));
        assert_string_equal(out + n - 7, "\\x0aend");
        assert_int_equal(out[room], '#');
    }
}

static void test_utf8_length(void **state)
{
    static const struct {
        const char *s;
        size_t length;
    } row[] = {
        { "", 0 },
        { "a", 1 },
        { "\x7f", 1 },
        { "\x80", 0 },
        { "\xc0\x80", 0 }, /* overlong */
        { "\xc1\xbf", 0 },
        { "\xc2\x80", 2 },
        { "\xdf\xbf", 2 },
        { "\xc2", 0 },
        { "\xc2 ", 0 },
        { "\xe0\x9f\xbf", 0 }, /* overlong */
        { "\xe0\xa0\x80", 3 },
        { "\xed\x9f\xbf", 3 },
        { "\xed\xa0\x80", 0 }, /* a surrogate */
        { "\xee\x80\x80", 3 },
        { "\xef\xbf\xbf", 3 },
        { "\xe2\x82", 0 },
        { "\xe2\x82 ", 0 },
        { "\xf0\x8f\xbf\xbf", 0 }, /* overlong */
        { "\xf0\x90\x80\x80", 4 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
        { "\xf5\x80\x80\x80", 0 },
        { "\xf0\x9f\x99", 0 },
        { "\xff", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_int_equal(utf8_length(row[i].s, strlen(row[i].s)), row[i].length);
    assert_int_equal(utf8_length("\xe2\x82\xac", 2), 0); /* truncated sequence */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_grows),
        cmocka_unit_test(test_bytes_may_hold_nul),
        cmocka_unit_test(test_empty_additions_end_in_nul),
        cmocka_unit_test(test_a_failed_text_stays_failed),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_cuts_between_characters),
        cmocka_unit_test(test_printable_keeps_both_ends),
        cmocka_unit_test(test_utf8_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
