/* Value trees from JSON: contents, locations, and spare memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/io/json.h"

#include <cmocka.h> /* last: it has a macro fail() */

static void parse(Json *j, const char *text)
{
    Error e = { 0 };
    if (json_parse(j, text, strlen(text), "test.json", 0, &e) != GT_OK)
        print_error("%s\n", e.text[0]);
    assert_int_equal(e.lines, 0);
    assert_non_null(j->root);
}

static void assert_value(const Value *v, ValueKind kind, const char *text)
{
    assert_non_null(v);
    assert_int_equal(v->kind, kind);
    if (text)
        assert_string_equal(v->text, text);
    else
        assert_null(v->text);
}

static void test_every_kind(void **state)
{
    (void)state;
    Json j;
    parse(&j, "{\"n\": null, \"f\": false, \"t\": true, \"i\": 12, \"s\": \"x\", \"a\": [1, []], "
              "\"o\": {\"k\": {}}}");
    const Value *v = j.root;
    assert_value(v, VALUE_OBJECT, NULL);
    assert_null(v->key);
    assert_value(value_member(v, "n"), VALUE_NULL, NULL);
    assert_value(value_member(v, "f"), VALUE_FALSE, NULL);
    assert_value(value_member(v, "t"), VALUE_TRUE, NULL);
    assert_value(value_member(v, "i"), VALUE_NUMBER, "12");
    assert_value(value_member(v, "s"), VALUE_STRING, "x");
    const Value *a = value_member(v, "a");
    assert_value(a, VALUE_ARRAY, NULL);
    assert_value(a->child, VALUE_NUMBER, "1");
    assert_value(a->child->next, VALUE_ARRAY, NULL);
    assert_null(a->child->next->child);
    assert_ptr_equal(a->last, a->child->next);
    assert_null(a->last->next);
    assert_value(value_member(value_member(v, "o"), "k"), VALUE_OBJECT, NULL);
    assert_string_equal(v->last->key, "o");
    json_free(&j);
}

static void test_numbers_stay_as_written(void **state)
{
    static const char *const literals[] = {
        "18446744073709551615",
        "-9223372036854775808",
        "9007199254740993",
        "1e-4",
        "1E+2",
        "-0",
        "0.10",
        "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803",
    };
    (void)state;
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        Json j;
        parse(&j, literals[i]);
        assert_string_equal(j.root->text, literals[i]);
        json_free(&j);
        Text pair = { 0 };
        text_add(&pair, "[%s,%s]", literals[i], literals[i]);
        parse(&j, pair.at);
        text_free(&pair);
        assert_string_equal(j.root->child->text, literals[i]);
        assert_string_equal(j.root->last->text, literals[i]);
        json_free(&j);
    }
}

static void test_escapes_are_undone(void **state)
{
    (void)state;
    Json j;
    parse(&j, "{\"\\u006c\\u0072\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude42\"}");
    assert_string_equal(j.root->child->key, "lr");
    assert_string_equal(j.root->child->text, "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82");
    json_free(&j);
}

static void test_places_and_origin(void **state)
{
    (void)state;
    char origin[] = "a.json";
    static const char text[] = "{\n  \"a\":\n    [1, {\"b\" : 2}]\n}";
    Json j;
    assert_int_equal(json_parse(&j, text, sizeof text - 1, origin, 0, NULL), GT_OK);
    memset(origin, 'x', 6);
    const Value *a = value_member(j.root, "a");
    assert_int_equal(j.root->location.line, 1);
    assert_int_equal(j.root->location.column, 1);
    assert_int_equal(j.root->key_location.line, 0);
    assert_int_equal(a->location.line, 3);
    assert_int_equal(a->location.column, 5);
    assert_int_equal(a->key_location.line, 2);
    assert_int_equal(a->key_location.column, 3);
    assert_int_equal(a->child->location.column, 6);
    assert_int_equal(a->child->key_location.column, 0);
    const Value *b = value_member(a->last, "b");
    assert_int_equal(b->location.column, 16);
    assert_int_equal(b->key_location.column, 10);
    assert_string_equal(j.root->location.origin, "a.json");
    assert_string_equal(b->location.origin, "a.json");
    json_free(&j);
}

static void test_mistakes_name_the_place(void **state)
{
    (void)state;
    Json j;
    Error e = { 0 };
    static const char text[] = "{\n \"lr\": 01}";
    assert_int_equal(json_parse(&j, text, sizeof text - 1, "run.json", 0, &e), GT_ECONFIG);
    assert_string_equal(e.text[0],
                        "run.json:2:8: a number must not begin with 0: remove the leading "
                        "zeros");
    assert_null(j.root);
    json_free(&j);
}

static void test_only_the_given_bytes_count(void **state)
{
    (void)state;
    Json j;
    assert_int_equal(json_parse(&j, "[1]2", 3, "t", 0, NULL), GT_OK);
    json_free(&j);
    assert_int_equal(json_parse(&j, "123", 2, "t", 0, NULL), GT_OK);
    assert_string_equal(j.root->text, "12");
    json_free(&j);
    char *exact = malloc(2); /* without a NUL after it */
    assert_non_null(exact);
    memcpy(exact, "[]", 2);
    assert_int_equal(json_parse(&j, exact, 2, "t", 0, NULL), GT_OK);
    free(exact);
    json_free(&j);
}

static void test_room_for_more(void **state)
{
    (void)state;
    Json j;
    assert_int_equal(json_parse(&j, "{}", 2, "t", 100 * 256, NULL), GT_OK);
    for (int i = 0; i < 100; i++)
        assert_non_null(value_add(&j.arena, j.root, "key", VALUE_STRING, "some text"));
    json_free(&j);
    Error e = { 0 };
    assert_int_equal(json_parse(&j, "{}", 2, "t", SIZE_MAX, &e), GT_ERESOURCE);
    assert_null(j.root);
}

/* The densest texts fit the measured arena. */
static void test_measured_room_is_enough(void **state)
{
    (void)state;
    static const char *const unit[] = {
        "0,", "[],", "\"\",", "\"ab\",", "{\"\":0},", "{\"k\":{}},"
    };
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        Text t = { 0 };
        text_add(&t, "[");
        while (t.used < 100000)
            text_add(&t, "%s", unit[i]);
        t.at[t.used - 1] = ']';
        Json j;
        Error e = { 0 };
        assert_int_equal(json_parse(&j, t.at, t.used, "t", 0, &e), GT_OK);
        json_free(&j);
        text_free(&t);
    }
}

/* ---- json_read ------------------------------------------------------------------------------- */

static char path[] = "/tmp/gantrain-json-XXXXXX";

static void assert_read(const char *text, Status expected, const char *message)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    Json j;
    Error e = { 0 };
    assert_int_equal(json_read(&j, path, 0, &e), expected);
    if (expected != GT_OK) {
        assert_int_equal(strncmp(e.text[0], path, strlen(path)), 0);
        assert_string_equal(e.text[0] + strlen(path), message);
        assert_null(j.root);
    }
    json_free(&j);
}

static void test_read(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_read("{\"a\": 1}\n", GT_OK, NULL);
    assert_read("", GT_ECONFIG, ":1:1: empty: expected a JSON value");
    assert_read("\n [1]", GT_ECONFIG, ":2:2: found an array: expected an object { ... }");
    assert_read("1", GT_ECONFIG, ":1:1: found a number: expected an object { ... }");
    assert_read("null", GT_ECONFIG, ":1:1: found null: expected an object { ... }");
    assert_read("true", GT_ECONFIG, ":1:1: found true: expected an object { ... }");
    assert_int_equal(truncate(path, JSON_MAX_BYTES + 1), 0);
    Json j;
    Error e = { 0 };
    assert_int_equal(json_read(&j, path, 0, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "larger than 1 MiB"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(json_read(&j, path, 0, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "No such file"));
    assert_int_equal(json_read(&j, "/tmp", 0, &e), GT_ECONFIG);
    assert_string_equal(e.text[0], "/tmp: is a folder: expected a file");
    assert_int_equal(json_read(&j, "/dev/zero", 0, &e), GT_ECONFIG);
    json_free(&j);
    json_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_numbers_stay_as_written),
        cmocka_unit_test(test_escapes_are_undone),
        cmocka_unit_test(test_places_and_origin),
        cmocka_unit_test(test_mistakes_name_the_place),
        cmocka_unit_test(test_only_the_given_bytes_count),
        cmocka_unit_test(test_room_for_more),
        cmocka_unit_test(test_measured_room_is_enough),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
