/* Corner cases of JSON, texts and trees. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/io/json.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* The length of the literal, NUL bytes included. */
#define TEXT(literal) literal, sizeof literal - 1

static const struct {
    const char *text;
    size_t bytes;
    int line, column;
    const char *phrase;
} wrong[] = {
    /* duplicates: the first in the text is reported */
    { TEXT("{\"b\": 1, \"a\": 2,\n\"b\": 3, \"a\": 4}"), 2, 1, "duplicate key \"b\" (first at" },
    { TEXT("{\"a\": 1, \"b\": 2,\n\"b\": 3, \"a\": 4}"), 2, 1, "duplicate key \"b\"" },
    { TEXT("{\"a\": 1, \"b\": 2,\n\"b\": 3,\n\"a\": 4}"), 2, 1, "duplicate key \"b\"" },
    { TEXT("{\"a\": 1, \"b\": 2,\n\"a\": 3,\n\"b\": 4}"), 2, 1, "duplicate key \"a\"" },
    { TEXT("{\"a\": 1,\n\"a\": 2,\n\"a\": 3}"), 2, 1, "(first at line 1)" },
    { TEXT("{\"a\":1,\"b\":1,\"a\":2,\"b\":2,\"a\":3}"), 1, 14, "(first at column 2)" },
    /* after a value */
    { TEXT("[1 \"a\"]"), 1, 4, "missing comma" },
    { TEXT("[1 {}]"), 1, 4, "missing comma" },
    { TEXT("[1 []]"), 1, 4, "missing comma" },
    { TEXT("[1 2]"), 1, 4, "missing comma" },
    { TEXT("[1 -2]"), 1, 4, "missing comma" },
    { TEXT("[1 }"), 1, 4, "expected ',' or ']'" },
    { TEXT("{\"a\": 1 ]"), 1, 9, "expected ',' or '}'" },
    { TEXT("{-"), 1, 2, "found '-': expected a key in double quotes" },
    { TEXT("{-x"), 1, 2, "found '-x'" },
    { TEXT("{-."), 1, 2, "found '-'" },
    { TEXT("{--"), 1, 2, "found '-'" },
    { TEXT("{-1"), 1, 2, "found '-'" },
    { TEXT("{5"), 1, 2, "found '5'" },
    /* other encodings */
    { TEXT("\xFF\xFE{\0}\0"), 1, 1, "UTF-16" },
    { TEXT("\xFE\xFF\0{\0}"), 1, 1, "UTF-16" },
    { TEXT("\xFE\x01"), 1, 1, "found byte 0xFE" },
    { TEXT("\xFF\x01"), 1, 1, "found byte 0xFF" },
    { TEXT("{\0}\0"), 1, 1, "UTF-16" },
    { TEXT("\0{\0}"), 1, 1, "UTF-16" },
    { TEXT("\0\0\0{"), 1, 1, "UTF-16 or UTF-32" },
    { TEXT("\0\0{\0"), 1, 1, "UTF-16 or UTF-32" },
    { TEXT("\0\0\0\0"), 1, 1, "found a NUL byte" },
    { TEXT("\0\0\0"), 1, 1, "found a NUL byte" },
    { TEXT("\xEF\xBB"), 1, 1, "found byte 0xEF" },
    /* surrogates and escapes */
    { TEXT("[\"\\ud800\\n12345\"]"), 1, 3, "a low surrogate, \\udc00" },
    { TEXT("[\"\\ud800x12345\"]"), 1, 3, "a low surrogate, \\udc00" },
    { TEXT("[\"\\ud800\\ue000\"]"), 1, 3, "a low surrogate, \\udc00" },
    { TEXT("[\"\\ud800\\u0041\"]"), 1, 3, "a low surrogate, \\udc00" },
    { TEXT("[\"\\ud800\""), 1, 3, "a low surrogate, \\udc00" },
    { TEXT("[\"\\udc00\"]"), 1, 3, "a high surrogate" },
    { TEXT("[\"\\\0\"]"), 1, 3, "invalid escape" },
    { TEXT("[\"\\u00g0\"]"), 1, 3, "four hexadecimal digits" },
    { TEXT("[\"\\u00@0\"]"), 1, 3, "four hexadecimal digits" },
    { TEXT("[\"\\"), 1, 4, "unexpected end of text in a string" },
    /* numbers */
    { TEXT("[0x10]"), 1, 2, "hexadecimal" },
    { TEXT("[0X10]"), 1, 2, "hexadecimal" },
    { TEXT("[1e999]"), 1, 2, "out of range for a double: 1e999" },
    { TEXT("[1e-999]"), 1, 2, "out of range for a double: 1e-999" },
    { TEXT("[10000000000000000000000000000000000000000000000000000000000000000000000e999]"), 1, 2,
      "out of range for a double: "
      "100000000000000000000000000000000000000000000000000000000000" },
    { TEXT("[-]"), 1, 3, "a digit must follow '-'" },
    { TEXT("[-"), 1, 3, "a digit must follow '-'" },
    { TEXT("[-nan]"), 1, 2, "'-nan' is not a JSON number" },
    { TEXT("[-Infinity]"), 1, 2, "'-Infinity' is not a JSON number" },
    { TEXT("[1.x]"), 1, 4, "a digit must follow the decimal point" },
    { TEXT("[1e+]"), 1, 5, "a digit must follow the exponent" },
    /* words and bytes */
    { TEXT("[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]"), 1, 2,
      "found 'abcdefghijklmnopqrstuvwxyzabcdefghijklmn'" },
    { TEXT("[True]"), 1, 2, "JSON has true in lower case" },
    { TEXT("[\xC3\xA9]"), 1, 2, "found '\xC3\xA9'" },
    { TEXT("[\xC2\xA2]"), 1, 2, "found '\xC2\xA2'" },
    { TEXT("[\xC2\xA0]"), 1, 2, "white space that JSON does not allow" },
    { TEXT("[\x7F]"), 1, 2, "found byte 0x7F" },
    { TEXT("[\x80]"), 1, 2, "found byte 0x80" },
    { TEXT("[\x01]"), 1, 2, "found byte 0x01" },
    { TEXT("[\v]"), 1, 2, "white space that JSON does not allow" },
};

static void each_mistake(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        JsonError m;
        const Status s = json_check(wrong[i].text, wrong[i].bytes, &m);
        if (s != GT_ECONFIG || m.line != wrong[i].line || m.column != wrong[i].column ||
            !strstr(m.what, wrong[i].phrase))
            fail_msg("row %zu: status %d, %d:%d: \"%s\" lacks \"%s\"", i, (int)s, m.line, m.column,
                     m.what, wrong[i].phrase);
    }
}

/* Valid texts. */
static void each_good_text(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\"\\ud83d\\ude00 \\uE000 \\uffff \\u00e9\"",         "0", "-0.0e-5", "[1E+2, 0e99999999]",
        "{\"a\": 1, \"b\": {\"a\": 2}, \"c\": [{\"a\": 3}]}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        JsonError m;
        if (json_check(good[i], strlen(good[i]), &m) != GT_OK)
            fail_msg("%s: %s", good[i], m.what);
    }
}

/* A file without an object at the top: the message names what it has. */
static void files_without_an_object(void **state)
{
    const Scratch *f = *state;
    static const char *const files[][2] = {
        { "[]", "found an array: " },        { "1", "found a number: " },
        { "\"\"", "found a string: " },      { "null", "found null: " },
        { " true", ":1:2: found true: " },   { "false", "found false: " },
        { "\r\n 5", ":2:2: found a number" }
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        Json j;
        Error e = { 0 };
        scratch_put(f, files[i][0], strlen(files[i][0]));
        assert_int_equal(json_read(&j, f->path, 0, &e), GT_ECONFIG);
        if (!strstr(e.text[0], files[i][1]))
            fail_msg("%s: \"%s\"", files[i][0], e.text[0]);
        assert_null(j.root);
    }
}

/* SIZE_MAX is refused and does not wrap around. */
static void spare_without_end(void **state)
{
    (void)state;
    Json j;
    Error e = { 0 };
    assert_int_equal(json_parse(&j, "1", 1, "t", SIZE_MAX, &e), GT_ERESOURCE);
    assert_null(j.root);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void writing(void **state)
{
    (void)state;
    Text out = { 0 };
    json_write_number(&out, 0.5);
    json_write_number(&out, NAN);
    json_write_number(&out, INFINITY);
    json_write_string(&out, "\x01\b\x7F\"\\/");
    assert_string_equal(out.at, "0.5nullnull\"\\u0001\\b\\u007f\\\"\\\\/\"");
    text_free(&out);

    /* an empty list is never broken into lines */
    static const char text[] = "{\"a23456789012345678901234567890123456789012345678901234567890"
                               "12345678901234567890123456789012345678901234567890\": []}";
    Json j;
    assert_int_equal(json_parse(&j, text, sizeof text - 1, "t", 0, NULL), GT_OK);
    json_write(&out, j.root, 2);
    assert_non_null(strstr(out.at, "\": []\n}"));
    text_free(&out);
    json_free(&j);
}

/* ---- texts and trees ------------------------------------------------------------------------- */

static void texts(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add_bytes(&t, "a", SIZE_MAX / 2); /* refused before a byte is read */
    assert_true(t.failed && !t.at);
    text_add(&t, "more");
    assert_null(t.at);
    text_free(&t);
    text_add(&t, "%ls", L"\x100"); /* no such character in the C locale */
    assert_true(t.failed);
    text_free(&t);
    assert_true(text_has_suffix("a.png", ".png"));
    assert_false(text_has_suffix("a.pnG", ".png"));
    assert_false(text_has_suffix(".png", ".png"));
}

static void trees(void **state)
{
    (void)state;
    Json j;
    assert_int_equal(json_parse(&j, "{\"a\": [{\"b\": \"text\"}, 1]}", 25, "t", 0, NULL), GT_OK);
    bool fits = false;
    for (size_t bytes = 64; !fits; bytes += 64) {
        Arena a;
        assert_int_equal(arena_open(&a, bytes, NULL), GT_OK);
        const Value *copy = value_copy(&a, NULL, "key", j.root);
        fits = copy != NULL;
        assert_int_equal(a.full, !fits);
        if (fits)
            assert_int_equal(value_count(copy), value_count(j.root));
        arena_close(&a);
    }
    for (size_t used = 64; used <= 256; used += 4) { /* a node, its key and its text: all or none */
        Arena a;
        assert_int_equal(arena_open(&a, 256, NULL), GT_OK);
        Value parent = { .kind = VALUE_OBJECT };
        arena_take(&a, used);
        const Value *v = value_add(&a, &parent, "a key", VALUE_STRING, "a text of some size");
        assert_ptr_equal(parent.child, v);
        assert_true(v || a.full);
        arena_close(&a);
    }
    json_free(&j);
}

static void ranges(void **state)
{
    (void)state;
    static const char *const good[] = { "5", "5-7", "5,6", "9007199254740991" };
    static const char *const bad[] = { "",
                                       "x",
                                       "5-",
                                       "5-x",
                                       "7-5",
                                       "5,",
                                       "5;6",
                                       "5x",
                                       "-5",
                                       "99999999999999999",
                                       "5-99999999999999999",
                                       "9999999999999999" };
    int64_t first, last;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *at = good[i];
        assert_true(ranges_next(&at, &first, &last));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *at = bad[i];
        if (ranges_next(&at, &first, &last))
            fail_msg("\"%s\" is taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake),
        cmocka_unit_test(each_good_text),
        SCRATCH_TEST(files_without_an_object),
        cmocka_unit_test(spare_without_end),
        cmocka_unit_test(writing),
        cmocka_unit_test(texts),
        cmocka_unit_test(trees),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests_name("json corners", tests, NULL, NULL);
}
