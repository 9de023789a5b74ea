/* Limits of JSON texts, running time, and that no prefix of a config is accepted. */
#include <stdio.h>
#include <time.h>

#include "gantrain/base/text.h"

#include "support/json_rows.h"

/* ---- limits ---------------------------------------------------------------------------------- */

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void repeat(Text *t, const char *s, int n)
{
    for (int i = 0; i < n; i++)
        text_add_bytes(t, s, strlen(s));
}

static void test_depth(void **state)
{
    (void)state;
    Text t = { 0 };
    repeat(&t, "[", 33);
    repeat(&t, "]", 33);
    assert_check(t.at, t.used, 1, 33, "nested deeper than 32");
    t.used = 0;
    repeat(&t, "[", 100000);
    assert_check(t.at, t.used, 1, 33, "nested deeper than 32");
    t.used = 0;
    repeat(&t, "{\"\":", 32); /* the most keys in the fewest bytes */
    assert_check(t.at, t.used - 1, 1, 128, "expected ':'");
    text_add(&t, "0");
    repeat(&t, "}", 32);
    assert_check(t.at, t.used, 0, 0, NULL);
    text_free(&t);
}

static void test_size(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add(&t, "\"");
    repeat(&t, "s", JSON_MAX_BYTES - 2);
    text_add(&t, "\"");
    assert_check(t.at, t.used, 0, 0, NULL);
    text_add(&t, " ");
    assert_check(t.at, t.used, 1, 1, "larger than 1 MiB");
    text_free(&t);
}

static void test_length_of_numbers(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add(&t, "[0.");
    repeat(&t, "1", JSON_MAX_NUMBER - 2);
    text_add(&t, "]");
    assert_check(t.at, t.used, 0, 0, NULL);
    t.used--;
    text_add(&t, "1]");
    assert_check(t.at, t.used, 1, 2, "number longer than 256 characters");
    t.used = 0;
    repeat(&t, "9", 1000000);
    const double start = seconds();
    assert_check(t.at, t.used, 1, 1, "number longer than 256 characters");
    assert_true(seconds() - start < 0.1);
    text_free(&t);
}

static void test_many_keys_in_little_time(void **state)
{
    (void)state;
    Text t = { 0 };
    text_add(&t, "{");
    for (int i = 0; i < 100000; i++)
        text_add(&t, "\"%x\":%s", i, i == 99999 ? "0" : "0,");
    text_add(&t, "}");
    const double start = seconds();
    assert_check(t.at, t.used, 0, 0, NULL);
    t.used--;
    const int column = (int)t.used + 2;
    text_add(&t, ",\"0\":0}");
    assert_check(t.at, t.used, 1, column, "duplicate key \"0\" (first at column 2)");
    assert_true(seconds() - start < 1);
    text_free(&t);
}

/* ---- properties ------------------------------------------------------------------------------ */

static const char config[] =
    "{\n"
    "  \"seed\": 7,\n"
    "  \"model\": {\"kind\": \"dc\\u0067an\", \"sizes\": [64, 1e2, -0.5]},\n"
    "  \"name\": \"\xe2\x82\xac \\ud83d\\ude00 \\\\ \\\"\", \"on\": true,\n"
    "  \"off\": [false, null, {}, []]\n"
    "}";

static void test_every_prefix_is_rejected(void **state)
{
    (void)state;
    assert_check(config, sizeof config - 1, 0, 0, NULL);
    for (size_t n = 0; n < sizeof config - 1; n++) {
        JsonError m;
        char *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, config, n);
        assert_int_equal(json_check(exact, n, &m), GT_ECONFIG);
        free(exact);
        int line = 1;
        for (size_t i = 0; i < n; i++)
            line += config[i] == '\n';
        assert_int_equal(m.line, n == 0 ? 1 : line);
        assert_true(m.column >= 1 && m.what[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_length_of_numbers),
        cmocka_unit_test(test_many_keys_in_little_time),
        cmocka_unit_test(test_every_prefix_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
