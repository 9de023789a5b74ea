/* Corner cases of option tables: a table with every type, constructed trees, arenas that are too
 * small. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/option.h"

#include <cmocka.h> /* after our headers: it has a macro fail() */

typedef struct Inner {
    double rate;
} Inner;

typedef struct Outer {
    int64_t count;
    double real;
    bool on;
    const char *text;
    const Entry *choice;
    Spec spec;
    SpecList list;
    Inner inner;
    Numbers numbers;
    const Value *tree;
} Outer;

static const Option inner_rows[] = { OPT_REAL(Inner, rate, "0.5", 0, 1, "a rate"), OPT_END };
static const Entry plain = { "plain", "without options", "-", NULL, 0 };
static const Entry rated = { "rated", "with options", "-", inner_rows, sizeof(Inner) };
static const Entry *const entries[] = { &plain, &rated, NULL };
static const Registry kinds = { "kinds", "kind", entries };

static const Option rows[] = {
    OPT_INT(Outer, count, "3", -5, 10, "a count"),
    OPT_REAL(Outer, real, "0.25", 0, 1e300, "a real"),
    OPT_BOOL(Outer, on, "true", "a switch"),
    OPT_TEXT(Outer, text, "abc", "a text"),
    OPT_CHOICE(Outer, choice, "plain", &kinds, "a choice"),
    OPT_SPEC(Outer, spec, "rated", &kinds, "a spec"),
    OPT_LIST(Outer, list, &kinds, "a list"),
    OPT_SECTION(Outer, inner, inner_rows, "a section"),
    OPT_NUMBERS(Outer, numbers, "[0.5, -1]", -2, 2, "numbers"),
    OPT_TREE(Outer, tree, "anything", "a tree"),
    OPT_END,
};

static Error e;

static Arena arena_of(size_t bytes)
{
    Arena a;
    assert_int_equal(arena_open(&a, bytes, NULL), GT_OK);
    memset(&e, 0, sizeof e);
    return a;
}

/* {"list": ["plain"], "tree": [null]}: the required keys, and a tree. */
static Value *least_tree(Arena *a)
{
    Value *root = value_add(a, NULL, NULL, VALUE_OBJECT, NULL);
    Value *list = value_add(a, root, "list", VALUE_ARRAY, NULL);
    value_add(a, list, NULL, VALUE_STRING, "plain");
    Value *tree = value_add(a, root, "tree", VALUE_ARRAY, NULL);
    value_add(a, tree, NULL, VALUE_NULL, NULL);
    return root;
}

static void nothing_was_written(void **state)
{
    (void)state;
    Arena a = arena_of(1 << 14);
    Outer out = { 0 };
    assert_int_equal(option_read(&a, rows, NULL, "", &out, &e), GT_ECONFIG);
    assert_int_equal(e.lines, 1);
    assert_string_equal(e.text[0], "config: list: missing key: expected an array of kinds");
    assert_true(out.count == 3 && out.on && out.spec.is == &rated && out.numbers.n == 2);
    arena_close(&a);
}

/* ---- one wrong value ------------------------------------------------------------------------- */

static const struct {
    const char *key;
    ValueKind kind;
    const char *text, *phrase;
} wrong[] = {
    { "count", VALUE_NUMBER, "-6", "expected an integer -5..10, got -6" },
    { "count", VALUE_NUMBER, "11", "got 11" },
    { "count", VALUE_NUMBER, "99999999999999999999", "got 99999999999999999999" },
    { "count", VALUE_STRING, "3", "got the string \"3\"" },
    { "real", VALUE_NUMBER, "1e999", "expected a number 0..1e+300, got 1e999" },
    { "real", VALUE_NUMBER, "-1", "got -1" },
    { "real", VALUE_NUMBER, "1e301", "got 1e301" },
    { "real", VALUE_TRUE, NULL, "got true" },
    { "on", VALUE_NUMBER, "1", "on: expected true or false, got 1" },
    { "text", VALUE_NULL, NULL, "text: expected a string, got null" },
    { "choice", VALUE_STRING, "plian", "unknown kind \"plian\" (did you mean \"plain\"?)" },
    { "choice", VALUE_STRING, "zzzzzz", "unknown kind \"zzzzzz\"; known: plain, rated" },
    { "choice", VALUE_FALSE, NULL, "expected the name of one of the kinds, got false" },
    { "list", VALUE_STRING, "plain", "array of 1..64 kinds, got the string \"plain\"" },
    { "list", VALUE_ARRAY, NULL, "array of 1..64 kinds, got an array of 0" },
    { "inner", VALUE_TRUE, NULL, "inner: expected an object, got true" },
    { "numbers", VALUE_TRUE, NULL, "numbers: " },
    { "qqqqqq", VALUE_TRUE, NULL, "qqqqqq: unknown key" },
};

static void each_wrong_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Arena a = arena_of(1 << 14);
        Outer out = { 0 };
        Value *root = least_tree(&a);
        value_remove(root, wrong[i].key);
        if (wrong[i].text)
            value_add(&a, root, wrong[i].key, wrong[i].kind, wrong[i].text);
        else
            value_add(&a, root, wrong[i].key, wrong[i].kind, NULL);
        assert_int_equal(option_read(&a, rows, root, "", &out, &e), GT_ECONFIG);
        if (e.lines != 1 || !strstr(e.text[0], wrong[i].phrase))
            fail_msg("%s: %d lines, \"%s\" lacks \"%s\"", wrong[i].key, e.lines, e.text[0],
                     wrong[i].phrase);
        arena_close(&a);
    }
}

static void too_many_elements(void **state)
{
    (void)state;
    Arena a = arena_of(1 << 15);
    Outer out = { 0 };
    Value *root = least_tree(&a), *list = value_member(root, "list");
    for (int i = 0; i < OPTION_LIST_MAX; i++)
        value_add(&a, list, NULL, VALUE_STRING, "plain");
    assert_int_equal(option_read(&a, rows, root, "", &out, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "array of 1..64 kinds, got an array of 65"));
    arena_close(&a);
}

/* A key of another kind, and an unknown one. */
static void keys_of_other_kinds(void **state)
{
    (void)state;
    Arena a = arena_of(1 << 14);
    Outer out = { 0 };
    Value *root = least_tree(&a);
    Value *spec = value_add(&a, root, "choice", VALUE_STRING, NULL);
    spec->text = "plain";
    spec = value_add(&a, root, "spec", VALUE_OBJECT, NULL);
    value_add(&a, spec, "kind", VALUE_STRING, "plain");
    value_add(&a, spec, "rate", VALUE_NUMBER, "1");
    value_add(&a, spec, "other", VALUE_NUMBER, "1");
    assert_int_equal(option_read(&a, rows, root, "", &out, &e), GT_ECONFIG);
    assert_int_equal(e.lines, 2);
    assert_string_equal(e.text[0],
                        "config: spec.rate: kind \"plain\" has no such key; it belongs to rated "
                        "(set spec.kind)");
    assert_string_equal(e.text[1], "config: spec.other: unknown key");
    arena_close(&a);
}

/* An argument that was turned into an object for one of its keys is not a string. */
static void words_that_became_objects(void **state)
{
    (void)state;
    Arena a = arena_of(1 << 14);
    Outer out = { 0 };
    Value *root = least_tree(&a);
    assert_int_equal(option_set(&a, root, "text.x", "1", &e), GT_OK);
    assert_int_equal(option_read(&a, rows, root, "", &out, &e), GT_EUSAGE);
    assert_non_null(strstr(e.text[0], "text: expected a string, got an object"));
    arena_close(&a);
    a = arena_of(1 << 14); /* but a number is: the shell has no quotes */
    root = least_tree(&a);
    assert_int_equal(option_set(&a, root, "text", "5", &e), GT_OK);
    assert_int_equal(option_read(&a, rows, root, "", &out, &e), GT_OK);
    assert_string_equal(out.text, "5");
    arena_close(&a);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A tree read and built in arenas of every size: success or GT_ERESOURCE. */
static void every_size_of_arena(void **state)
{
    (void)state;
    Arena tree = arena_of(1 << 14);
    Value *root = least_tree(&tree);
    Value *spec = value_add(&tree, root, "spec", VALUE_OBJECT, NULL);
    value_add(&tree, spec, "rate", VALUE_NUMBER, "0.3");
    bool fits = false;
    for (size_t bytes = 64; !fits; bytes += 64) {
        Arena a = arena_of(bytes);
        Outer out = { 0 };
        const Status s = option_read(&a, rows, root, "", &out, &e);
        fits = s == GT_OK;
        assert_true(fits || s == GT_ERESOURCE);
        arena_close(&a);
    }
    Arena holds = arena_of(1 << 14);
    Outer out = { 0 };
    assert_int_equal(option_read(&holds, rows, root, "", &out, &e), GT_OK);
    fits = false;
    for (size_t bytes = 64; !fits; bytes += 64) {
        Arena a = arena_of(bytes);
        const Value *v = option_to_value(&a, NULL, NULL, rows, &out);
        fits = v != NULL;
        assert_int_equal(a.full, !fits);
        if (fits)
            assert_string_equal(value_member(v, "text")->text, "abc");
        arena_close(&a);
    }
    arena_close(&holds);
    arena_close(&tree);
}

/* Arguments set in trees with every amount of free memory. */
static void every_room_for_a_word(void **state)
{
    (void)state;
    static const char *const paths[] = { "a.b.c", "text", "spec.rate" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        bool fits = false;
        for (size_t bytes = 448; !fits; bytes += 16) { /* 448: the tree itself */
            Arena a = arena_of(bytes);
            Value *root = value_add(&a, NULL, NULL, VALUE_OBJECT, NULL);
            value_add(&a, root, "spec", VALUE_STRING, "rated");
            value_add(&a, root, "text", VALUE_STRING, "x");
            assert_false(a.full);
            const Status s = option_set(&a, root, paths[i], "0.75", &e);
            fits = s == GT_OK;
            if (!fits) {
                assert_int_equal(s, GT_ERESOURCE);
                assert_non_null(strstr(e.text[0], "not enough memory"));
            }
            arena_close(&a);
        }
    }
}

/* ---- words and numbers ----------------------------------------------------------------------- */

static void kinds_of_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        ValueKind kind;
    } words[] = {
        { "true", VALUE_TRUE },   { "false", VALUE_FALSE }, { "7", VALUE_NUMBER },
        { "-7.5", VALUE_NUMBER }, { "1e-3", VALUE_NUMBER }, { "7x", VALUE_STRING },
        { "0x10", VALUE_STRING }, { "-", VALUE_STRING },    { "-x", VALUE_STRING },
        { "-:", VALUE_STRING },   { ":", VALUE_STRING },    { "nan", VALUE_STRING },
        { "", VALUE_STRING },     { "-0X1", VALUE_STRING }, { "/", VALUE_STRING },
        { "-/", VALUE_STRING },
    };
    Arena a = arena_of(1 << 14);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (option_word_value(&a, words[i].word, "--set")->kind != words[i].kind)
            fail_msg("\"%s\" is taken for something else", words[i].word);
    arena_close(&a);
}

static void places_that_are_none(void **state)
{
    (void)state;
    static char longest[400];
    memset(longest, 'k', sizeof longest - 1);
    static const char *const paths[] = {
        "list[0",     "list[]",     "list[0]x", "list[1]",   "list[0][0]", "tree[0][0]",
        "text[0]",    "[0]",        "list[x]",  "absent[0]", "list[0].a.", "list[0]..b",
        "numbers[0]", "list[0]x.y", ".",        "list.x",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        Arena a = arena_of(1 << 14);
        Value *root = least_tree(&a);
        value_add(&a, root, "text", VALUE_STRING, "x");
        const Status s = option_set(&a, root, paths[i], "1", &e);
        if (s != GT_EUSAGE || !strstr(e.text[0], "invalid path"))
            fail_msg("%s: status %d, \"%s\"", paths[i], (int)s, e.text[0]);
        arena_close(&a);
    }
    Arena a = arena_of(1 << 14);
    Value *root = least_tree(&a);
    assert_int_equal(option_set(&a, root, longest, "1", &e), GT_OK); /* an unknown key, truncated */
    assert_int_equal(option_set(&a, root, "tree[0]", "1", &e), GT_OK);
    assert_int_equal(value_member(root, "tree")->child->kind, VALUE_NUMBER);
    assert_int_equal(option_set(&a, root, "a", "[1]", &e), GT_EUSAGE);
    assert_int_equal(option_set(&a, root, "a", "{}", &e), GT_EUSAGE);
    arena_close(&a);
}

/* Errors of a value from a file name its line and path. */
static void values_with_a_place(void **state)
{
    (void)state;
    Arena a = arena_of(1 << 14);
    Value *root = least_tree(&a);
    const Value v = { .kind = VALUE_TRUE, .location = { "study.json", 3, 4 } };
    const Value keyed = { .kind = VALUE_TRUE,
                          .location = { "s", 3, 0 },
                          .key_location = { "s", 2, 0 } };
    assert_int_equal(option_set_value(&a, root, "list[7]", &v, &e), GT_ECONFIG);
    assert_string_equal(e.text[0], "study.json:3:4: list[7]: invalid path or no such array element "
                                   "(example: generator.layers[2].units)");
    assert_int_equal(option_set_value(&a, root, "on", &v, &e), GT_OK);
    assert_int_equal(value_member(root, "on")->key_location.line, 3);
    assert_int_equal(option_set_value(&a, root, "on", &keyed, &e), GT_OK);
    assert_int_equal(value_member(root, "on")->key_location.line, 2);
    arena_close(&a);
}

static void shortest_numbers(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } numbers[] = {
        { 0.1, "0.1" }, { 0.1 + 0.2, "0.30000000000000004" }, { 1e23, "1e+23" }, { NAN, "nan" }
    };
    static const Option real[] = { OPT_REAL(Inner, rate, "0", 0, 1, "-"), OPT_END };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        Arena a = arena_of(1 << 10);
        const Inner in = { numbers[i].x };
        const Value *v = option_to_value(&a, NULL, NULL, real, &in);
        assert_string_equal(v->child->text, numbers[i].text);
        arena_close(&a);
    }
}

static void reference(void **state)
{
    (void)state;
    Text out = { 0 };
    option_describe(&out, rows, "");
    assert_non_null(strstr(out.at, "one of the kinds"));
    assert_non_null(strstr(out.at, "spec.rate"));
    assert_non_null(strstr(out.at, "array of numbers -2..2"));
    assert_non_null(strstr(out.at, "anything"));
    assert_null(strstr(out.at, "list.rate")); /* its keys depend on what is chosen */
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_was_written),       cmocka_unit_test(each_wrong_value),
        cmocka_unit_test(too_many_elements),         cmocka_unit_test(keys_of_other_kinds),
        cmocka_unit_test(words_that_became_objects), cmocka_unit_test(every_size_of_arena),
        cmocka_unit_test(every_room_for_a_word),     cmocka_unit_test(kinds_of_words),
        cmocka_unit_test(places_that_are_none),      cmocka_unit_test(values_with_a_place),
        cmocka_unit_test(shortest_numbers),          cmocka_unit_test(reference),
    };
    return cmocka_run_group_tests_name("option corners", tests, NULL, NULL);
}
