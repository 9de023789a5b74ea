/* JSON from value trees: escapes, layout, and round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/io/json.h"

#include <cmocka.h> /* last: it has a macro fail() */

static void assert_written(const char *text, int indent, const char *expected)
{
    Json j;
    assert_int_equal(json_parse(&j, text, strlen(text), "test", 0, NULL), GT_OK);
    Text out = { 0 };
    json_write(&out, j.root, indent);
    assert_false(out.failed);
    assert_string_equal(out.at, expected);
    text_free(&out);
    json_free(&j);
}

static void test_one_line(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "-1.50e+3",
        "\"x\"",
        "[]",
        "{}",
        "[1,[2,[]],{}]",
        "{\"a\":{\"b\":[null,true]},\"c\":\"d\"}",
        "18446744073709551615",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_written(texts[i], 0, texts[i]);
    assert_written(" { \"a\" : [ 1 , 2 ] } ", 0, "{\"a\":[1,2]}");
}

static void test_indented(void **state)
{
    (void)state;
    assert_written("{}", 2, "{}");
    assert_written("[]", 2, "[]");
    assert_written("{\"a\":1,\"b\":[]}", 2, "{\"a\": 1, \"b\": []}");
    assert_written("{\"a\":{\"kind\":\"adam\",\"lr\":1e-4},\"b\":[1,2],\"c\":[[1],[]]}", 4,
                   "{\n"
                   "    \"a\": {\"kind\": \"adam\", \"lr\": 1e-4},\n"
                   "    \"b\": [1, 2],\n"
                   "    \"c\": [\n"
                   "        [1],\n"
                   "        []\n"
                   "    ]\n"
                   "}");
    assert_written("[[[1]],2]", 2,
                   "[\n"
                   "  [\n"
                   "    [1]\n"
                   "  ],\n"
                   "  2\n"
                   "]");
}

/* A list of one string of n characters. */
static void one_string(char *out, size_t room, int n)
{
    (void)snprintf(out, room, "[\"%0*d\"]", n, 0);
}

static void test_long_lines_are_broken(void **state)
{
    (void)state;
    char text[200], expected[220];
    one_string(text, sizeof text, 95); /* 99 columns and a comma */
    assert_written(text, 2, text);
    one_string(text, sizeof text, 96);
    (void)snprintf(expected, sizeof expected, "[\n  \"%096d\"\n]", 0);
    assert_written(text, 2, expected);
    assert_written(text, 0, text);
}

static void assert_string_written(const char *s, const char *expected)
{
    Text t = { 0 };
    json_write_string(&t, s);
    assert_string_equal(t.at, expected);
    text_free(&t);
}

static void test_strings(void **state)
{
    (void)state;
    assert_string_written("", "\"\"");
    assert_string_written("a/b \xc3\xa9", "\"a/b \xc3\xa9\"");
    assert_string_written("\"\\", "\"\\\"\\\\\"");
    assert_string_written("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    assert_string_written("\x01\x1b\x7f", "\"\\u0001\\u001b\\u007f\"");
    assert_string_written("a\xff\xc3", "\"a\\ufffd\\ufffd\"");
}

static void assert_equal_trees(const Value *a, const Value *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_string_equal(a->key ? a->key : "(none)", b->key ? b->key : "(none)");
    assert_string_equal(a->text ? a->text : "(none)", b->text ? b->text : "(none)");
    const Value *x = a->child, *y = b->child;
    for (; x && y; x = x->next, y = y->next)
        assert_equal_trees(x, y);
    assert_true(!x && !y);
}

static void test_written_reads_back(void **state)
{
    (void)state;
    static const char text[] =
        "{\"seed\": 18446744073709551615, \"lr\": 1.0e-04, \"name\": "
        "\"\\u0001\\n\\ud83d\\ude42\\\"\","
        "\"\\\"k\\\\\": [[], {}, [null, [true, [false]]]], \"long\": [1000000, 2000000, 3000000, "
        "4000000, 5000000, 6000000, 7000000, 8000000, 9000000, 10000000, 11000000, 12000000],"
        "\"\": \"\x7f/\"}";
    Json first;
    assert_int_equal(json_parse(&first, text, sizeof text - 1, "t", 0, NULL), GT_OK);
    for (int indent = 0; indent <= 8; indent += 2) {
        Text out = { 0 };
        Text again = { 0 };
        Json second;
        json_write(&out, first.root, indent);
        assert_int_equal(json_parse(&second, out.at, out.used, "t", 0, NULL), GT_OK);
        assert_equal_trees(first.root, second.root);
        json_write(&again, second.root, indent);
        assert_string_equal(again.at, out.at);
        text_free(&out);
        text_free(&again);
        json_free(&second);
    }
    json_free(&first);
}

/* Writing only appends. */
static void test_written_behind_other_text(void **state)
{
    (void)state;
    Json j;
    assert_int_equal(json_parse(&j, "[1]", 3, "t", 0, NULL), GT_OK);
    Text out = { 0 };
    text_add(&out, "config = ");
    json_write(&out, j.root, 2);
    text_add(&out, "\n");
    assert_string_equal(out.at, "config = [1]\n");
    text_free(&out);
    json_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_indented),
        cmocka_unit_test(test_long_lines_are_broken),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_written_reads_back),
        cmocka_unit_test(test_written_behind_other_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
