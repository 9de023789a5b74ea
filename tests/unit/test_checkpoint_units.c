/* The units of points in a checkpoint. */
#include "support/toy_run.h"

static char path[FOLDER_FILE], other[FOLDER_FILE];

static int open_saved(void **state)
{
    if (toy_setup(state) != 0)
        return -1;
    toy_train(5);
    folder_checkpoint(&toy.folder, 5, path);
    folder_checkpoint(&toy.folder, 6, other);
    return toy_save(path, &(Error){ 0 }) == GT_OK ? 0 : -1;
}

#define SAVED_TEST(test) cmocka_unit_test_setup_teardown(test, open_saved, toy_teardown)

static void read_and_written(void **state)
{
    Checkpoint k;
    Error e = { 0 };
    (void)state;
    rewrite_file(path, other, "gantrain.units",
                 "{\"columns\":[{\"name\":\"a\",\"scale\":0.1,\"offset\":-3},"
                 "{\"offset\":1e9,\"scale\":2e-5,\"name\":\"\\u00e9\"}],"
                 "\"label\":\"kind\",\"classes\":[\"b\",\"a\"]}",
                 copy_tensor);
    assert_int_equal(checkpoint_open(&k, other, &e), GT_OK);
    assert_int_equal(k.units.n, 2);
    assert_string_equal(k.units.name[0], "a");
    assert_string_equal(k.units.label, "kind");
    assert_true(k.units.classes == 2 && *k.units.class[0] == 'b');
    assert_string_equal(k.units.name[1], "\xc3\xa9");
    assert_true(fabs(units_value(&k.units, 0, 20) + 1) < 1e-12);
    assert_true(fabs(units_value(&k.units, 1, 0.5) - 1e9 - 1e-5) < 1e-6);
    checkpoint_close(&k);
    assert_int_equal(checkpoint_open(&k, path, &e), GT_OK); /* generated points have none */
    assert_true(k.units.n == 0 && !tensors_text(&k.file, "gantrain.units"));
    checkpoint_close(&k);
}

static const struct {
    const char *key, *value, *phrase;
} rows[] = {
    { "gantrain.units", "{\"columns\":[{\"scale\":1,\"offset\":0},{\"scale\":2,\"offset\":1}]}",
      NULL },
    { "gantrain.units",
      "{\"columns\":[{\"scale\":1,\"offset\":0},{\"scale\":2,\"offset\":1}],\"label\":\"x\"}",
      "expected the string \"label\" and 1 to 255 strings \"classes\"" },
    { "gantrain.units",
      "{\"columns\":[{\"scale\":1,\"offset\":0},{\"scale\":2,\"offset\":1}],\"label\":\"x\","
      "\"classes\":[\"a\",1]}",
      "expected the string \"label\" and 1 to 255 strings \"classes\"" },
    { "gantrain.units",
      "{\"columns\":[{\"scale\":1,\"offset\":0},{\"scale\":2,\"offset\":1}],\"label\":1,"
      "\"classes\":[\"a\"]}",
      "expected the string \"label\" and 1 to 255 strings \"classes\"" },
    { "gantrain.units", "[", "gantrain.units:1:2: " },
    { "gantrain.units", "[]", "column 1: expected 2 columns with finite numbers" },
    { "gantrain.units", "{\"columns\":[]}", "column 1: expected 2 columns" },
    { "gantrain.units", "{\"columns\":[{\"scale\":1,\"offset\":0}]}",
      "column 2: expected 2 columns" },
    { "gantrain.units", "{\"columns\":[{\"scale\":0,\"offset\":0},{\"scale\":1,\"offset\":0}]}",
      "column 1: expected 2 columns" },
    { "gantrain.units", "{\"columns\":[{\"scale\":1,\"offset\":0},{\"scale\":1,\"offset\":\"x\"}]}",
      "column 2: expected 2 columns" },
    { "gantrain.units",
      "{\"columns\":[{\"scale\":1,\"offset\":0,\"name\":\"a\"},{\"scale\":1,\"offset\":0}]}",
      "column 2: expected 2 columns" },
};

static void damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Checkpoint k;
        Error e = { 0 };
        rewrite_file(path, other, rows[i].key, rows[i].value, copy_tensor);
        const Status s = checkpoint_open(&k, other, &e);
        assert_int_equal(s, rows[i].phrase ? GT_ECHECKPOINT : GT_OK);
        if (rows[i].phrase && !strstr(e.text[0], rows[i].phrase))
            assert_string_equal(e.text[0], rows[i].phrase);
        checkpoint_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { SAVED_TEST(read_and_written), SAVED_TEST(damaged) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
