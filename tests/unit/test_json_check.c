/* Valid and invalid JSON: tables of texts with the location and message of the error. The grammar
 * is RFC 8259; io/json.h has the limits beyond it. */
#include "support/json_rows.h"

static void test_good_texts(void **state)
{
    static const char *const good[] = {
        "{}",
        "[]",
        " \t\r\n{ \"a\" : [ 1 , 2 ] }\r\n",
        "null",
        "true",
        "false",
        "\"\"",
        "0",
        "-0",
        "-0.0e-0",
        "1E+2",
        "123e65",
        "0e99999999999999999999",
        "1e0000000000000000000000000000000000005",
        "1.7976931348623157e308",
        "5e-324",
        "-9223372036854775808",
        "18446744073709551616",
        "[0.00000000000000000000000000000000000000000000000000000000000000000000000000000001]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uABcd\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uDBFF\\uDFFF\"",
        "\"\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82 \xef\xbf\xbf\xef\xbb\xbf\"",
        "\"// no comment, # neither\"",
        "{\"\": 0, \" \": 0}",
        "{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}",
        "{\"lr\": 1, \"LR\": 2, \"l\": 3}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_check(good[i], strlen(good[i]), 0, 0, NULL);
}

static void test_structure(void **state)
{
    static const Row row[] = {
        { "", 1, 1, "empty" },
        { " \n\t\n", 1, 1, "empty" },
        { "{\"a\": 1,}", 1, 8, "trailing comma before '}': remove it" },
        { "{\"a\": 1,\n}", 1, 8, "trailing comma" },
        { "[1, 2, ]", 1, 6, "trailing comma before ']': remove it" },
        { "[,1]", 1, 2, "found ',': expected a value" },
        { "[1,,2]", 1, 4, "found ',': expected a value" },
        { "[,]", 1, 2, "found ','" },
        { "{,}", 1, 2, "expected a key in double quotes" },
        { "{\"a\": 1,, \"b\": 2}", 1, 9, "expected a key in double quotes" },
        { "[1 2]", 1, 4, "missing comma" },
        { "{\"a\": 1\n \"b\": 2}", 2, 2, "missing comma" },
        { "[1 true]", 1, 4, "found 'true': expected ',' or ']'" },
        { "{\"a\" 1}", 1, 6, "expected ':' after the key" },
        { "{\"a\" = 1}", 1, 6, "found '=': expected ':'" },
        { "{\"a\", 1}", 1, 5, "found ',': expected ':'" },
        { "{\"a\":: 1}", 1, 6, "found ':': expected a value" },
        { "{\"a\": }", 1, 7, "found '}': expected a value" },
        { "{\"a\"}", 1, 5, "found '}': expected ':'" },
        { "{a: 1}", 1, 2, "found 'a': expected a key in double quotes" },
        { "{1: 1}", 1, 2, "expected a key in double quotes" },
        { "{'a': 1}", 1, 2, "single quote" },
        { "{\"a\": 'b'}", 1, 7, "JSON strings need double quotes" },
        { "[1}", 1, 3, "found '}': expected ',' or ']'" },
        { "{\"a\": 1]", 1, 8, "found ']': expected ',' or '}'" },
        { "]", 1, 1, "found ']': expected a value" },
        { "{\"a\": 1,5}", 1, 9, "found '5': expected a key" },
        { "[\n1", 2, 2,
          "unexpected end of text: the array that begins at line 1, column 1 has no ']'" },
        { " {\"a\": 1", 1, 9,
          "unexpected end of text: the object that begins at line 1, column 2 has no '}'" },
        { "[", 1, 2, "unexpected end of text: expected a value" },
        { "{", 1, 2, "unexpected end of text: expected a key" },
        { "{\"a\"", 1, 5, "unexpected end of text: expected ':'" },
        { "{\"a\":", 1, 6, "unexpected end of text: expected a value" },
        { "[1,", 1, 4, "unexpected end of text: expected a value" },
        { "{} {}", 1, 4, "text after the end" },
        { "{}}", 1, 3, "text after the end" },
        { "{}\nx", 2, 1, "text after the end" },
        { "{} // done", 1, 4, "no comments" },
        { "[1, // one\n 2]", 1, 5, "JSON has no comments" },
        { "{ /* a */ }", 1, 3, "JSON has no comments" },
        { "{\"a\": 1 # one\n}", 1, 9, "JSON has no comments" },
        { "[\f1]", 1, 2, "white space that JSON does not allow" },
        { "[1\v]", 1, 3, "white space that JSON does not allow" },
        { "[\xc2\xa0"
          "1]",
          1, 2, "white space that JSON does not allow" },
        { "[\x01]", 1, 2, "found byte 0x01" },
        { "[\xff]", 1, 2, "found byte 0xFF" },
        { "[\xc3\xa9]", 1, 2, "found '\xc3\xa9': expected a value" },
        { NULL, 0, 0, NULL },
    };
    (void)state;
    assert_rows(row);
}

static void test_words(void **state)
{
    static const Row row[] = {
        { "True", 1, 1, "JSON has true in lower case" },
        { "[FALSE]", 1, 2, "JSON has false in lower case" },
        { "[Null]", 1, 2, "JSON has null in lower case" },
        { "nul", 1, 1, "found 'nul': expected a value" },
        { "truer", 1, 1, "found 'truer'" },
        { "[true2]", 1, 2, "found 'true2'" },
        { "adam", 1, 1, "found 'adam': expected a value (strings need double quotes)" },
        { "NaN", 1, 1, "'NaN' is not a JSON number: write a finite number" },
        { "[nan]", 1, 2, "'nan' is not a JSON number" },
        { "Infinity", 1, 1, "'Infinity' is not a JSON number" },
        { "-Infinity", 1, 1, "'-Infinity' is not a JSON number" },
        { "[-inf]", 1, 2, "'-inf' is not a JSON number" },
        { "-x", 1, 1, "found '-x'" },
        { NULL, 0, 0, NULL },
    };
    (void)state;
    assert_rows(row);
}

static void test_numbers(void **state)
{
    static const Row row[] = {
        { "01", 1, 1, "must not begin with 0" },
        { "[-01]", 1, 2, "must not begin with 0" },
        { "00", 1, 1, "must not begin with 0" },
        { "[2.]", 1, 4, "a digit must follow the decimal point" },
        { "2.e3", 1, 3, "a digit must follow the decimal point" },
        { "-.5", 1, 2, "a digit must follow '-'" },
        { "-", 1, 2, "a digit must follow '-'" },
        { "--1", 1, 1, "found '-'" },
        { "+1", 1, 1, "a number must begin with a digit" },
        { ".5", 1, 1, "a number must begin with a digit" },
        { "0x10", 1, 1, "no hexadecimal" },
        { "1e", 1, 3, "a digit must follow" },
        { "1e+", 1, 4, "a digit must follow" },
        { "[1e-]", 1, 5, "a digit must follow" },
        { "1_000", 1, 2, "'_' is not allowed in a number" },
        { "1.2.3", 1, 4, "'.' is not allowed in a number" },
        { "12f", 1, 3, "'f' is not allowed in a number" },
        { "1-2", 1, 2, "'-' is not allowed in a number" },
        { "1e2e3", 1, 4, "'e' is not allowed in a number" },
        { "[1e999]", 1, 2, "out of range for a double: 1e999" },
        { "-1e999", 1, 1, "out of range for a double" },
        { "1.7976931348623159e308", 1, 1, "out of range for a double" },
        { "1.5e99999999999999999999", 1, 1, "out of range for a double" },
        { "1e-999", 1, 1, "out of range for a double" },
        { "2e-324", 1, 1, "out of range for a double" },
        { "1e-99999999999999999999", 1, 1, "out of range for a double" },
        { NULL, 0, 0, NULL },
    };
    (void)state;
    assert_rows(row);
}

static void test_strings(void **state)
{
    static const Row row[] = {
        { "\"abc", 1, 5, "unexpected end of text in a string" },
        { "\"", 1, 2, "unexpected end of text in a string" },
        { "\"a\\", 1, 4, "unexpected end of text in a string" },
        { "\"a\\\"", 1, 5, "unexpected end of text in a string" },
        { "[\"a\nb\"]", 1, 4, "line break in a string" },
        { "[\"a\rb\"]", 1, 4, "line break in a string" },
        { "\"a\tb\"", 1, 3, "tab in a string: write \\t" },
        { "\"\x1b[2J\"", 1, 2, "control character 0x1B in a string: write \\u001b" },
        { "\"\\x41\"", 1, 2, "invalid escape" },
        { "\"C:\\data\"", 1, 4, "write a backslash as \\\\" },
        { "\"\\'\"", 1, 2, "invalid escape" },
        { "\"\\u00zz\"", 1, 2, "four hexadecimal digits" },
        { "\"\\u12", 1, 2, "four hexadecimal digits" },
        { "\"\\u 041\"", 1, 2, "four hexadecimal digits" },
        { "\"x\\u0000y\"", 1, 3, "\\u0000 (NUL) is not allowed" },
        { "{\"a\\u0000\": 1}", 1, 4, "\\u0000 (NUL) is not allowed" },
        { "\"\\ud800\"", 1, 2, "unpaired surrogate" },
        { "\"\\ud800\\u0041\"", 1, 2, "unpaired surrogate" },
        { "\"\\ud800\\ud800\"", 1, 2, "unpaired surrogate" },
        { "\"\\ud800 \\udc00\"", 1, 2, "unpaired surrogate" },
        { "\"\\udc00\"", 1, 2, "a high surrogate" },
        { "\"\x80\"", 1, 2, "byte 0x80 is not valid UTF-8" },
        { "\"\xc0\x80\"", 1, 2, "not valid UTF-8" },
        { "\"a\xe9\"", 1, 3, "byte 0xE9 is not valid UTF-8" },
        { "\"\xed\xa0\x80\"", 1, 2, "not valid UTF-8" },
        { "\"\xf4\x90\x80\x80\"", 1, 2, "not valid UTF-8" },
        { "\"\xe2\x82", 1, 2, "not valid UTF-8" },
        { NULL, 0, 0, NULL },
    };
    (void)state;
    assert_rows(row);
}

#define BYTES(text) text, sizeof(text) - 1

static void test_encodings_and_nul_bytes(void **state)
{
    (void)state;
    JsonError none;
    assert_int_equal(json_check(BYTES("\xef\xbb\xbf{}"), &none), GT_OK);
    assert_check(BYTES("\xef\xbb\xbf{,}"), 1, 2, "found ','"); /* a byte order mark has no column */
    assert_check(BYTES("{}\xef\xbb\xbf"), 1, 3, "text after the end");
    assert_check(BYTES("\xef\xbb\xbf"), 1, 1, "empty");
    assert_check(BYTES("\xef\xbb\xbf \n"), 1, 1, "empty");
    assert_check(BYTES("\xff\xfe{\0}\0"), 1, 1, "looks like UTF-16");
    assert_check(BYTES("\xfe\xff\0{\0}"), 1, 1, "looks like UTF-16");
    assert_check(BYTES("{\0}\0"), 1, 1, "looks like UTF-16");
    assert_check(BYTES("\0{\0}"), 1, 1, "looks like UTF-16");
    assert_check(BYTES("\0\0\0{"), 1, 1, "UTF-32");
    assert_check(BYTES("{\0\0\0"), 1, 1, "UTF-32");
    assert_check(BYTES("\0"), 1, 1, "found a NUL byte");
    assert_check(BYTES("\0\0\0\0"), 1, 1, "found a NUL byte");
    assert_check(BYTES("{}\0"), 1, 3, "a NUL byte after the end");
    assert_check(BYTES("{}\0{}"), 1, 3, "a NUL byte after the end");
    assert_check(BYTES("[1,\0]"), 1, 4, "found a NUL byte");
    assert_check(BYTES("\"ab\0\""), 1, 4, "NUL byte in a string");
}

static void test_duplicate_keys(void **state)
{
    static const Row row[] = {
        { "{\"lr\": 1,\n\n \"lr\": 2}", 3, 2, "duplicate key \"lr\" (first at line 1)" },
        { "{\"lr\": 1, \"\\u006cr\": 2}", 1, 11, "duplicate key \"lr\" (first at column 2)" },
        { "{\"\": 1, \"\": 2}", 1, 9, "duplicate key \"\"" },
        { "{\"a/b\": 1, \"a\\/b\": 2}", 1, 12, "duplicate key \"a/b\"" },
        { "{\"\\u20ac\": 1, \"\xe2\x82\xac\": 2}", 1, 15, "duplicate key" },
        { "{\"\\ud83d\\ude00\": 1, \"\xf0\x9f\x98\x80\": 2}", 1, 21, "duplicate key" },
        { "{\"b\":1,\"c\":1,\"a\":1,\"c\":1,\"a\":1}", 1, 20, "duplicate key \"c\"" },
        { "{\"a\":1,\"a\":2,\"a\":3}", 1, 8, "duplicate key \"a\" (first at column 2)" },
        { "[{\"x\": {\"a\": 1}, \"a\": 2}, {\"a\": 1, \"a\": 1}]", 1, 36, "duplicate" },
        { "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}, \"a\": 0}", 1, 32, "duplicate key \"a\"" },
        { NULL, 0, 0, NULL },
    };
    (void)state;
    assert_rows(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_texts),     cmocka_unit_test(test_structure),
        cmocka_unit_test(test_words),          cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),        cmocka_unit_test(test_encodings_and_nul_bytes),
        cmocka_unit_test(test_duplicate_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
