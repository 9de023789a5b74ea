/* Tables of text: records, fields and numbers. */
#include <inttypes.h>

#include "data/tables/csv_reader.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;

static void put_text(const Scratch *s, const char *text)
{
    scratch_put(s, text, strlen(text));
}

/* ---- records --------------------------------------------------------------------------------- */

/* All records as "a|b;c|d;", fields in brackets when they were quoted. */
static void expect_records(const Scratch *s, const char *text, char separator, const char *want)
{
    CsvReader r;
    Text out = { 0 };
    bool found;
    memset(&e, 0, sizeof e);
    put_text(s, text);
    assert_int_equal(csv_open(&r, s->path, separator, &e), GT_OK);
    while (csv_next(&r, &found, &e) == GT_OK && found) {
        for (int i = 0; i < r.n; i++) {
            text_add(&out, i ? "|" : "");
            text_add(&out, r.field[i].quoted ? "[" : "");
            csv_add(&out, r.field[i]);
            text_add(&out, r.field[i].quoted ? "]" : "");
        }
        text_add(&out, ";");
    }
    csv_close(&r);
    if (e.code != GT_OK || strcmp(out.at ? out.at : "", want) != 0)
        fail_msg("%s gave %s, expected %s; %s", text, out.at, want, e.text[0]);
    text_free(&out);
}

static void records(void **state)
{
    static const struct {
        const char *text, *want;
        char separator;
    } cases[] = {
        { "a,b\n1,2\n", "a|b;1|2;", ',' },
        { "a,b\r\n1,2", "a|b;1|2;", ',' },
        { "a,b\r1,2\r", "a|b;1|2;", ',' },
        { "\xef\xbb\xbf"
          "a,b\n",
          "a|b;", ',' },
        { "\n  \na, b ,c\t\n\n\n1,2,3\n \n", "a|b|c;1|2|3;", ',' },
        { "\"a\"\"b\",\"c,\n d\"\n\"\",\n", "[a\"b]|[c,\n d];[]|;", ',' },
        { " \"a\" , b\"c\n", "[a]|b\"c;", ',' },
        { "1,2,\n", "1|2|;", ',' },
        { "a\tb c\t\n", "a|b c|;", '\t' },
        { "  1   2\t3  \n4 5 6\n", "1|2|3;4|5|6;", ' ' },
        { "\"a b\" 2\n", "[a b]|2;", ' ' },
        { "1,5;2,5\n", "1,5|2,5;", ';' },
        { "1;2\n3;4\n", "1|2;3|4;", 0 },
        { "a;b, c\n1;2,5\n", "a|b, c;1|2,5;", 0 },
        { "a b,c\n1,2\n", "a b|c;1|2;", 0 },
        { "a\tb,c\n1\t2,5\n", "a|b,c;1|2,5;", 0 },
        { "1|2\n3|4\n", "1|2;3|4;", 0 },
        { "1 2\n3 4\n", "1|2;3|4;", 0 },
        { "1\n2\n", "1;2;", 0 },
        { "a,b\n1,2,3\n", "a|b;1|2|3;", 0 }, /* ragged: the first line decides */
        { "\n\n", "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_records(*state, cases[i].text, cases[i].separator, cases[i].want);
}

/* Records and fields longer than the buffer, and their lines. */
static void long_records(void **state)
{
    const Scratch *s = *state;
    CsvReader r;
    Text text = { 0 };
    bool found;
    text_add(&text, "a,\"\n\n");
    for (int i = 0; i < 300000; i++)
        text_add(&text, "0123456789");
    text_add(&text, "\"\n1,2\n");
    scratch_put(s, text.at, text.used);
    text_free(&text);
    memset(&e, 0, sizeof e);
    assert_int_equal(csv_open(&r, s->path, ',', &e), GT_OK);
    assert_int_equal(csv_next(&r, &found, &e), GT_OK);
    assert_true(found && r.n == 2 && r.field[1].n == 3000002 && r.line == 1);
    assert_int_equal(csv_next(&r, &found, &e), GT_OK);
    assert_true(found && r.n == 2 && r.line == 4);
    csv_close(&r);
}

static void numbers(void **state)
{
    static const char *const all[] = {
        "0",
        "-0",
        "1",
        "+1.5",
        "-1.5e3",
        ".5",
        "5.",
        "1E-2",
        "0.1",
        "123456789012345678901234567890",
        "9007199254740993",
        "1e22",
        "1e23",
        "1.7976931348623157e308",
        "4.9e-324",
        "2.2250738585072014e-308",
        "0.000000000000000000000000000012345",
        "1e999",
        "1e-999",
        "3.141592653589793238462643",
    };
    static const char *const none[] = { "",    " ",   "-",   ".",   "e5",   "1e",  "1e+", "0x10",
                                        "inf", "nan", "1 2", "1,5", "1..2", "--1", "1d5", "1_000" };
    (void)state;
    double x;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const double want = strtod(all[i], NULL);
        assert_true(csv_number((CsvField){ all[i], strlen(all[i]), false }, &x));
        assert_memory_equal(&x, &want, sizeof x);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (csv_number((CsvField){ none[i], strlen(none[i]), false }, &x))
            fail_msg("%s is no number", none[i]);
    assert_true(csv_number((CsvField){ " 7 ", 3, true }, &x));
}

/* The fast path rounds as strtod does. */
static void numbers_are_rounded_as_by_strtod(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        char text[48];
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const int exponent = (int)(random >> 40 & 63) - 32;
        snprintf(text, sizeof text, "%" PRIu64 ".%03de%d", random >> (20 + random % 32),
                 (int)(random % 1000), exponent);
        double x, want = strtod(text, NULL);
        assert_true(csv_number((CsvField){ text, strlen(text), false }, &x));
        assert_memory_equal(&x, &want, sizeof x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(records),
        SCRATCH_TEST(long_records),
        cmocka_unit_test(numbers),
        cmocka_unit_test(numbers_are_rounded_as_by_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
