/* How much JSON is accepted and in what time, where the values are found, and that no beginning of
 * a config passes for a whole one. */
#include <locale.h>
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
    repeat(&t, "{\"\":", 32); /* as many keys as can be in so few bytes */
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
    assert_check(t.at, t.used, 1, 2, "a number of more than 256 characters");
    t.used = 0;
    repeat(&t, "9", 1000000);
    const double start = seconds();
    assert_check(t.at, t.used, 1, 1, "a number of more than 256 characters");
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
        assert_int_equal(json_check(exact, n, NULL, 0, NULL, &m), GT_ECONFIG);
        free(exact);
        int line = 1;
        for (size_t i = 0; i < n; i++)
            line += config[i] == '\n';
        assert_int_equal(m.line, n == 0 ? 1 : line);
        assert_true(m.column >= 1 && m.what[0] != '\0');
    }
}

static void test_places_in_document_order(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1,\n  \"x\"],\n \"b\": {\"c\" :null}}";
    static const JsonLocation expected[] = {
        { 0, 1, 1, 0, 0 },  { 6, 1, 7, 1, 2 },  { 7, 1, 8, 0, 0 },
        { 12, 2, 3, 0, 0 }, { 24, 3, 7, 3, 2 }, { 30, 3, 13, 3, 8 },
    };
    enum { N = sizeof expected / sizeof expected[0] };
    JsonLocation found[N + 1];
    memset(found, 0x55, sizeof found);
    const JsonLocation untouched = found[N];
    size_t n = 0;
    JsonError m;
    assert_int_equal(json_check(text, sizeof text - 1, found, N + 1, &n, &m), GT_OK);
    assert_int_equal(n, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(found[i].at, expected[i].at);
        assert_int_equal(found[i].line, expected[i].line);
        assert_int_equal(found[i].column, expected[i].column);
        assert_int_equal(found[i].key_line, expected[i].key_line);
        assert_int_equal(found[i].key_column, expected[i].key_column);
    }
    memset(found, 0x55, sizeof found);
    assert_int_equal(json_check(text, sizeof text - 1, found, 2, &n, &m), GT_OK);
    assert_int_equal(n, N); /* counts on when there is no room */
    assert_memory_equal(&found[2], &untouched, sizeof untouched);
}

/* A locale that writes 1,5 must not change what a number is. Skipped where none can be made. */
static void test_decimal_comma(void **state)
{
    (void)state;
    char folder[] = "/tmp/gantrain-locale-XXXXXX", command[200];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(command, sizeof command,
                   "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null", folder);
    const int made = system(command);
    assert_int_equal(setenv("LOCPATH", folder, 1), 0);
    const bool comma = setlocale(LC_NUMERIC, "de_DE.UTF-8") && strtod("1,5", NULL) == 1.5;
    if (comma) {
        assert_check("1.5", 3, 0, 0, NULL);
        assert_check("1.5e999", 7, 1, 1, "out of range of double");
        assert_check("0.5e-999", 8, 1, 1, "out of range of double");
    }
    assert_non_null(setlocale(LC_NUMERIC, "C"));
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    if (!comma) {
        assert_int_not_equal(made, 0); /* a locale that was made must work */
        skip();
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
        cmocka_unit_test(test_places_in_document_order),
        cmocka_unit_test(test_decimal_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
