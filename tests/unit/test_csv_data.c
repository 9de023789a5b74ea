/* Tables as data sets: faults, layouts, standardisation, classes, units. */
#include <math.h>

#include "gantrain/data/dataset.h"
#include "gantrain/run/config.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;

static void put_text(const Scratch *s, const char *text)
{
    scratch_put(s, text, strlen(text));
}

static Config config;

/* Opens the text with these members of "data"; the caller closes both. */
static Status open_text(const Scratch *s, const char *text, const char *members, const char *part,
                        Dataset *d)
{
    char json[4096];
    memset(&e, 0, sizeof e);
    memset(d, 0, sizeof *d);
    if (text)
        put_text(s, text);
    snprintf(json, sizeof json, "{\"data\": {\"kind\": \"csv\", \"file\": \"%s\"%s%s}}", s->path,
             *members ? ", " : "", members);
    if (config_parse(&config, json, strlen(json), "t.json", &e) != GT_OK)
        return e.code;
    return dataset_open_split(d, &config.data, part, (uint64_t)config.seed, &e);
}

static void done(Dataset *d)
{
    dataset_close(d);
    config_free(&config);
}

static void expect_failure(const Scratch *s, const char *text, const char *members, Status code,
                           const char *phrase)
{
    Dataset d;
    const Status status = open_text(s, text, members, "train", &d);
    if (status != code || !strstr(e.text[0], phrase))
        fail_msg("%s: %d \"%s\" lacks \"%s\"", text ? text : members, (int)status, e.text[0],
                 phrase);
    assert_null(d.points);
    done(&d);
}

static void faults(void **state)
{
    static const struct {
        const char *text, *members, *phrase;
        Status code;
    } cases[] = {
        { "a,b\n1,2\n3,x\n", "", "file:3: column \"b\" (2): \"x\": expected a number", GT_EDATA },
        { "a,b\n1,2\n\n3,\n", "", "file:4: column \"b\" (2): \"\": a missing value", GT_EDATA },
        { "a,b\n1,NA\n", "", "column \"b\" (2): \"NA\": a missing value", GT_EDATA },
        { "a,b\n1,2\nNaN,2\n", "", "column \"a\" (1): \"NaN\": a missing", GT_EDATA },
        { "a,b\n1,2\n1,1e31\n", "", "expected a finite number between", GT_EDATA },
        { "a,b\n1,2\n1,inf\n", "", "\"inf\": expected a number", GT_EDATA },
        { "a;b\n1;2\n3;4,5\n", "", "file:3: column \"b\" (2): \"4,5\": a comma in a number",
          GT_EDATA },
        { "a;b\n1,5;4\n", "", "file:2: column \"a\" (1): \"1,5\": a comma in a number", GT_EDATA },
        { "a,b\n\"1,234\",4\n", "", "\"1,234\": a comma in a number", GT_EDATA },
        { "a,b\n1,2\n3\n", "", "file:3: 1 field: expected 2, as on line 1", GT_EDATA },
        { "a,b\n1,2\n3,4,5\n", "", "file:3: 3 fields: expected 2", GT_EDATA },
        { "a,b\n1,\"2\n3,4\n", "", "file:2: a quote opens here and does not close", GT_EDATA },
        { "a,b\n1,\"2\"3\n", "", "file:2: text after a closing quote", GT_EDATA },
        { "a,b\n", "", "file:1: a header and no rows", GT_EDATA },
        { "a,b\nx,y\n", "", "no column of numbers in the first rows", GT_EDATA },
        { "\n\n", "", "no line but blank ones", GT_EDATA },
        { ",1,2\n0,1,2\n", "", "if this line names the columns, set data.header to yes", GT_EDATA },
        { "", "", "the file is empty", GT_EDATA },
        { "\xff\xfe"
          "a",
          "", "UTF-16", GT_EDATA },
        { "a,b\n1,2\n", "\"columns\": [\"c\"]", "data.columns: \"c\"", GT_ECONFIG },
        { "alpha,b\n1,2\n", "\"columns\": [\"alpa\"]", "did you mean \"alpha\"", GT_ECONFIG },
        { "a,b\n1,2\n", "\"columns\": [3]", "or a number 1..2", GT_ECONFIG },
        { "a,b\n1,2\n", "\"columns\": [1, \"a\"]", "column \"a\" is named twice", GT_ECONFIG },
        { "a,a\n1,2\n", "\"columns\": [\"a\"]", "2 columns of", GT_ECONFIG },
        { "a,b\n1,2\n", "\"label\": \"z\"", "data.label: \"z\"", GT_ECONFIG },
        { "a,b\n1,2\n3,\n", "\"label\": \"b\"", "a missing value", GT_EDATA },
        { "a,b\n1,2\n", "\"separator\": \"ab\"", "data.separator: \"ab\": expected", GT_ECONFIG },
        { "a,b\n1,2\n", "\"separator\": \"1\"", "data.separator: \"1\"", GT_ECONFIG },
        { "a,b\n1,2\n", "\"classes\": [1]", "has no labels to choose", GT_ECONFIG },
        { "a,b\n1,2\n", "\"columns\": [true]", "expected strings or numbers, got true",
          GT_ECONFIG },
        { "a,b\n1,2\n", "\"columns\": \"a\"", "expected an array of at most 4096 strings",
          GT_ECONFIG },
        { NULL, "\"file\": \"\"", "duplicate", GT_ECONFIG },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_failure(*state, cases[i].text, cases[i].members, cases[i].code, cases[i].phrase);
}

static void nul_bytes(void **state)
{
    scratch_put(*state, "a,b\n1,\0002\n", 10);
    expect_failure(*state, NULL, "", GT_EDATA, "file:2: a NUL byte");
    scratch_put(*state, "a,b\n1,x\n2,\"x\0y\"\n", 16);
    expect_failure(*state, NULL, "\"label\": \"b\"", GT_EDATA, "file:3: a NUL byte");
}

static void more_classes_than_labels(void **state)
{
    Text text = { 0 };
    text_add(&text, "x,y\n");
    for (int i = 0; i < 300; i++)
        text_add(&text, "1,%d\n", i);
    expect_failure(*state, text.at, "\"label\": \"y\"", GT_EDATA,
                   "file:257: column \"y\" (2) has more than 255 different values");
    text_free(&text);
    expect_failure(
        *state,
        "x,y\n1,a\n2,0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890\n",
        "\"label\": \"y\"", GT_EDATA,
        "file:3: column \"y\" (2): 101 bytes: the name of a class has at most 100");
}

static void expect_points(const Dataset *d, int count, int dim, const double *want)
{
    assert_int_equal(d->count, count);
    assert_int_equal(d->shape.c, dim);
    for (int i = 0; i < count * dim; i++) {
        const double x = units_value(&d->units, i % dim, (double)d->points[i]);
        if (fabs(x - want[i]) > 1e-5 * fmax(fabs(want[i]), 1))
            fail_msg("value %d is %g, expected %g", i, x, want[i]);
    }
}

static const struct {
    const char *text, *members, *note;
    int count, dim;
    double want[8];
} tables[] = {
    { "a,b\n1,2\n3,4\n", "", "separator \",\", a header, 2 columns: a, b", 2, 2, { 1, 2, 3, 4 } },
    { "1,2\n3,4\n", "", "no header, 2 columns: x1, x2", 2, 2, { 1, 2, 3, 4 } },
    { "1,x,2\n3,y,4\n", "", "no header, 2 columns: x1, x3; left out: x2", 2, 2, { 1, 2, 3, 4 } },
    { "a,b\n1,2\n3,4\n", "\"columns\": [\"b\"]", "1 column: b; left out: a", 2, 1, { 2, 4 } },
    { "a,b\n1,2\n3,4\n", "\"columns\": [2, 1]", "2 columns: b, a", 2, 2, { 2, 1, 4, 3 } },
    { "2,1\n1,2\n3,4\n", "\"header\": \"yes\", \"columns\": [1]", "1 column: 1", 2, 1, { 2, 4 } },
    { "1,2\n3,4\n", "\"header\": \"yes\"", "2 columns: 1, 2", 1, 2, { 3, 4 } },
    { "a,b,\n1,2,\n3,4\n", "", "2 columns: a, b", 2, 2, { 1, 2, 3, 4 } },
    { "a,b,c\n1,2,x\n3,4,y\n",
      "\"label\": \"c\"",
      "2 columns: a, b; label: c",
      2,
      2,
      { 1, 2, 3, 4 } },
    { "a,b,c\n1,2,7\n3,4,8\n",
      "\"label\": \"3\"",
      "2 columns: a, b; label: c",
      2,
      2,
      { 1, 2, 3, 4 } },
    { "\"a;b\";\"c\"\"d\"\n\"1\";2\n", "", "2 columns: a;b, c\"d", 1, 2, { 1, 2 } },
    { "a|b\n1|2\n", "\"separator\": \"|\", \"standardize\": false", "\"|\"", 1, 2, { 1, 2 } },
    { "a\tb\n1\t2\n", "\"separator\": \"tab\"", "separator tab", 1, 2, { 1, 2 } },
    { "a b\n1 2\n", "\"separator\": \"space\"", "separator space", 1, 2, { 1, 2 } },
    { ",b\n1,2\n", "", "2 columns: x1, b", 1, 2, { 1, 2 } },
    { "big,small\n1600000001,1e-20\n1600000002,3e-20\n",
      "",
      "",
      2,
      2,
      { 1600000001, 1e-20, 1600000002, 3e-20 } },
};

static void layouts(void **state)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        Dataset d;
        char members[256];
        snprintf(members, sizeof members, "\"split\": 0%s%s", *tables[i].members ? ", " : "",
                 tables[i].members);
        if (open_text(*state, tables[i].text, members, "train", &d) != GT_OK)
            fail_msg("%s: %s", tables[i].text, e.text[0]);
        expect_points(&d, tables[i].count, tables[i].dim, tables[i].want);
        if (!strstr(d.note.at, tables[i].note))
            fail_msg("\"%s\" lacks \"%s\"", d.note.at, tables[i].note);
        done(&d);
    }
}

/* Mean 0 and deviation 1 of the training part; the test part has the same units. */
static void standardized(void **state)
{
    Dataset train, test;
    Text text = { 0 };
    text_add(&text, "a,b,c\n");
    for (int i = 0; i < 100; i++)
        text_add(&text, "%d,%d,7\n", i * i % 37, 1000000 + i);
    assert_int_equal(open_text(*state, text.at, "\"split\": 0.2", "train", &train), GT_OK);
    config_free(&config);
    assert_int_equal(open_text(*state, text.at, "\"split\": 0.2", "test", &test), GT_OK);
    assert_true(train.count == 80 && test.count == 20);
    for (int j = 0; j < 3; j++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < 80; i++) {
            sum += (double)train.points[3 * i + j];
            squares += pow((double)train.points[3 * i + j], 2);
        }
        assert_true(fabs(sum) < 1e-4 && fabs(squares - (j < 2 ? 80 : 0)) < 1e-3);
        assert_memory_equal(&train.units.scale[j], &test.units.scale[j], sizeof(double));
        assert_memory_equal(&train.units.offset[j], &test.units.offset[j], sizeof(double));
    }
    assert_string_equal(train.units.name[1], "b");
    assert_true(fabs(train.units.offset[2] - 7) < 1e-12 && fabs(train.units.scale[2] - 1) < 1e-12);
    assert_non_null(strstr(train.warning.at, "column \"c\" is 7 in every row"));
    assert_true(units_digits(&train.units, 0) == 10 && units_digits(&train.units, 1) > 12);
    dataset_close(&train);
    done(&test);
    text_free(&text);
}

static void classes_are_sorted(void **state)
{
    Dataset d;
    static const char text[] = "v,c\n1,pear\n2,apple\n3,\"pear\"\n4,\"big \"\"fig\"\"\"\n";
    assert_int_equal(open_text(*state, text, "\"label\": \"c\", \"split\": 0", "train", &d), GT_OK);
    assert_int_equal(d.n_classes, 3);
    assert_string_equal(d.class_name[0], "apple");
    assert_string_equal(d.class_name[1], "big \"fig\"");
    assert_string_equal(d.class_name[2], "pear");
    assert_memory_equal(d.labels, "\2\0\2\1", 4);
    done(&d);

    static const char many[] = "v,c\n1,10\n2,9\n3,-1\n4,10\n";
    assert_int_equal(open_text(*state, many, "\"label\": \"c\", \"split\": 0", "train", &d), GT_OK);
    assert_string_equal(d.class_name[0], "-1");
    assert_string_equal(d.class_name[2], "10");
    assert_memory_equal(d.labels, "\2\1\0\2", 4);
    done(&d);
}

static void classes_are_chosen_by_name(void **state)
{
    static const char text[] = "v,c\n1,7\n2,8\n3,9\n4,8\n";
    static const char words[] = "v,c\n1,pear\n2,fig\n3,kiwi\n4,fig\n";
    Dataset d;
    assert_int_equal(
        open_text(*state, text, "\"label\": \"c\", \"split\": 0, \"classes\": [8]", "train", &d),
        GT_OK);
    expect_points(&d, 2, 1, (double[]){ 2, 4 });
    assert_true(d.classes == 3 && d.labels[0] == 1);
    assert_true(fabs(d.units.offset[0] - 3) < 1e-12); /* of the rows that are kept */
    done(&d);
    assert_int_equal(open_text(*state, words,
                               "\"label\": \"c\", \"split\": 0, \"classes\": "
                               "[\"fig\", 2]",
                               "train", &d),
                     GT_OK);
    expect_points(&d, 3, 1, (double[]){ 1, 2, 4 });
    done(&d);
    expect_failure(*state, words, "\"label\": \"c\", \"classes\": [\"figs\"]", GT_ECONFIG,
                   "\"figs\": no such class: expected a number 0..254, or a name: fig, kiwi, pear");
}

static void row_numbers_are_a_warning(void **state)
{
    Dataset d;
    assert_int_equal(open_text(*state, ",a\n0,5\n1,7\n2,8\n", "", "train", &d), GT_OK);
    assert_non_null(strstr(d.warning.at, "column \"x1\" counts the rows"));
    assert_null(strstr(d.warning.at, "\"a\""));
    done(&d);
    assert_int_equal(open_text(*state, "i,a\n0,5\n1,6\n", "", "train", &d), GT_OK);
    assert_null(d.warning.at); /* of two rows anything */
    done(&d);
}

/* Points of other data in the units of a checkpoint. */
static void units_of_a_checkpoint(void **state)
{
    Dataset d, other;
    assert_int_equal(open_text(*state, "a,b\n1,20\n3,60\n", "\"split\": 0", "train", &d), GT_OK);
    config_free(&config);
    assert_int_equal(open_text(*state, "a,b\n5,7\n6,9\n", "\"split\": 0", "train", &other), GT_OK);
    assert_int_equal(dataset_use_units(&other, &d.units, &e), GT_OK);
    expect_points(&other, 2, 2, (double[]){ 5, 7, 6, 9 });
    assert_true(fabs((double)other.points[0] - 3) < 1e-6); /* (5 - 2) / 1 */
    dataset_close(&other);
    config_free(&config);
    assert_int_equal(open_text(*state, "a,c\n5,7\n6,9\n", "", "train", &other), GT_OK);
    assert_int_equal(dataset_use_units(&other, &d.units, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "column 2 \"c\", the checkpoint \"b\""));
    dataset_close(&other);
    done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(faults),
        SCRATCH_TEST(nul_bytes),
        SCRATCH_TEST(more_classes_than_labels),
        SCRATCH_TEST(layouts),
        SCRATCH_TEST(standardized),
        SCRATCH_TEST(classes_are_sorted),
        SCRATCH_TEST(classes_are_chosen_by_name),
        SCRATCH_TEST(row_numbers_are_a_warning),
        SCRATCH_TEST(units_of_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
