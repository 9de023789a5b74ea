/* The option table: defaults, ranges, names, nesting, locations, and command-line arguments. */
#include "gantrain/run/config.h"
#include "support/nets.h"

static Error e;

static Status parse(Config *c, const char *json)
{
    memset(&e, 0, sizeof e);
    return config_parse(c, json, strlen(json), "t.json", &e);
}

static void defaults(void **state)
{
    (void)state;
    static Config c;
    assert_int_equal(parse(&c, "{}"), GT_OK);
    assert_int_equal(c.train.epochs, 20);
    assert_int_equal(c.train.batch_size, 128);
    assert_string_equal(c.gan.objective.is->name, "non_saturating");
    assert_string_equal(c.gan.optimizer.generator.is->name, "adam");
    assert_int_equal(c.gan.generator.layers.n, 3);
    config_free(&c);
}

static void steps_turn_epochs_off(void **state)
{
    (void)state;
    static Config c;
    assert_int_equal(parse(&c, "{\"train\": {\"steps\": 7}}"), GT_OK);
    assert_true(c.train.steps == 7 && c.train.epochs == 0);
    config_free(&c);
    assert_int_equal(parse(&c, "{\"train\": {\"steps\": 7, \"epochs\": 2}}"), GT_ECONFIG);
    config_free(&c);
    assert_int_equal(parse(&c, "{\"train\": {\"epochs\": 0}}"), GT_ECONFIG);
    config_free(&c);
}

/* One mistake each: its location and message. */
static const struct {
    const char *json, *place, *phrase;
} mistakes[] = {
    { "{\"sed\": 1}", "t.json:1:", "sed: unknown key: did you mean \"seed\"?" },
    { "{\n  \"train\": {\"epochs\": \"10\"}}", "t.json:2:23", "train.epochs: expected an integer" },
    { "{\"train\": {\"epochs\": 1.5}}", "t.json:1:", "expected an integer" },
    { "{\"train\": {\"epochs\": 1.5e0}}", "t.json:1:", "expected an integer" },
    { "{\"train\": {\"epochs\": 1e16}}", "t.json:1:", "expected an integer" },
    { "{\"seed\": 9007199254740992.0}", "t.json:1:", "expected an integer" },
    { "{\"batch_size\": 64}", "t.json:1:2",
      "batch_size: unknown key: did you mean \"train.batch_size\"?" },
    { "{\"out\": \"x\"}", "t.json:1:2", "out: unknown key: it is an option of the command line" },
    { "{\"train\": {\"epochs\": -1}}", "t.json:1:", "got -1" },
    { "{\"train\": {\"epochs\": 99999999999999999999}}", "t.json:1:", "expected an integer" },
    { "{\"train\": []}", "t.json:1:", "train: expected an object, got an array of 0" },
    { "{\"objective\": \"minmax\"}", "t.json:1:", "(did you mean \"minimax\"?)" },
    { "{\"objective\": {\"kind\": 3}}", "t.json:1:", "objective.kind" },
    { "{\"optimizer\": {\"generator\": {\"lr\": 11}}}", "t.json:1:", "optimizer.generator.lr" },
    { "{\"optimizer\": {\"generator\": {\"beta1\": 1}}}", "t.json:1:", "got 1" },
    { "{\"generator\": {\"layers\": []}}",
      "t.json:1:", "array of 1..64 layers, got an array of 0" },
    { "{\"generator\": {\"layers\": [{\"units\": 3}]}}",
      "t.json:1:", "generator.layers[0]: missing key \"kind\"" },
    { "{\"generator\": {\"layers\": [{\"kind\": \"dense\", \"unit\": 3}]}}", "t.json:1:",
      "generator.layers[0].unit: unknown key: did you mean \"generator.layers[0].units\"?" },
    { "{\"generator\": {\"layers\": [{\"kind\": \"tanh\", \"slope\": 3}]}}",
      "t.json:1:", "generator.layers[0].slope: layer \"tanh\" has no such key; it belongs to " },
    { "{\"penalty\": {\"gamma\": 5}}", "t.json:1:14",
      "penalty.gamma: penalty \"none\" has no such key; it belongs to " },
    { "{\"penalty\": {\"kind\": \"r1\", \"gama\": 5}}",
      "t.json:1:", "penalty.gama: unknown key: did you mean \"penalty.gamma\"?" },
    { "{\"data\": {\"dir\": 4}}", "t.json:1:", "data.dir: expected a string" },
    { "[]", "t.json:1:1", "expected an object at the top" },
};

static void each_mistake_is_placed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        static Config c;
        assert_int_equal(parse(&c, mistakes[i].json), GT_ECONFIG);
        if (!strstr(e.text[0], mistakes[i].place) || !strstr(e.text[0], mistakes[i].phrase))
            fail_msg("%s: \"%s\" lacks \"%s\" or \"%s\"", mistakes[i].json, e.text[0],
                     mistakes[i].place, mistakes[i].phrase);
        config_free(&c);
    }
}

static void all_mistakes_in_one_run(void **state)
{
    (void)state;
    static Config c;
    assert_int_equal(parse(&c, "{\"sed\": 1, \"train\": {\"epochs\": -1, \"steps\": true},"
                               " \"objective\": \"x\"}"),
                     GT_ECONFIG);
    assert_int_equal(e.lines, 4);
    config_free(&c);
}

static void words_of_the_command_line(void **state)
{
    (void)state;
    static const struct {
        const char *path, *word;
        bool good;
    } words[] = {
        { "train.epochs", "3", true },
        { "generator.layers[0].units", "5", true },
        { "new.object.key", "text", true },
        { "generator.layers[9].units", "5", false },
        { "generator.layers[x].units", "5", false },
        { "generator.layers.units", "5", false },
        { "", "5", false },
        { "a..b", "5", false },
        { "a.", "5", false },
        { "a", "{\"b\": 1}", false },
    };
    static const char json[] = "{\"generator\": {\"layers\": [{\"kind\": \"dense\"}]}}";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        Json j = { 0 };
        memset(&e, 0, sizeof e);
        assert_int_equal(json_parse(&j, json, sizeof json - 1, "t.json", 1 << 12, &e), GT_OK);
        const Status s = option_set(&j.arena, j.root, words[i].path, words[i].word, &e);
        if ((s == GT_OK) != words[i].good)
            fail_msg("--set %s=%s: %s", words[i].path, words[i].word, e.lines ? e.text[0] : "ok");
        if (!words[i].good)
            assert_int_equal(s, GT_EUSAGE);
        json_free(&j);
    }
}

static void a_word_is_typed(void **state)
{
    (void)state;
    Json j = { 0 };
    static const char json[] = "{\"train\": {\"epochs\": 1}}";
    memset(&e, 0, sizeof e);
    assert_int_equal(json_parse(&j, json, sizeof json - 1, "t.json", 1 << 12, &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "train.epochs", "12", &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "a", "true", &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "b", "-1e-4", &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "c", "0x10", &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "d", "", &e), GT_OK);
    const Value *epochs = value_member(value_member(j.root, "train"), "epochs");
    assert_string_equal(epochs->text, "12");
    assert_string_equal(epochs->location.origin, "--set train.epochs=12");
    assert_int_equal(value_member(j.root, "a")->kind, VALUE_TRUE);
    assert_int_equal(value_member(j.root, "b")->kind, VALUE_NUMBER);
    assert_int_equal(value_member(j.root, "c")->kind, VALUE_STRING);
    assert_int_equal(value_member(j.root, "d")->kind, VALUE_STRING);
    json_free(&j);
}

/* ---- values set in a tree, and raw trees ----------------------------------------------------- */

typedef struct Trees {
    const Value *tree, *none;
} Trees;

static const Option trees_options[] = {
    OPT_TREE(Trees, tree, "anything", "a tree"),
    OPT_TREE(Trees, none, "object", "another"),
    OPT_END,
};

static void trees_are_taken_as_they_are(void **state)
{
    (void)state;
    static const char json[] = "{\"tree\": {\"a\": [1, \"x\"], \"b\": null}}";
    Json j = { 0 };
    Arena a = { 0 };
    Trees t = { 0 };
    Text text = { 0 };
    memset(&e, 0, sizeof e);
    assert_int_equal(json_parse(&j, json, sizeof json - 1, "t.json", 0, &e), GT_OK);
    assert_int_equal(arena_open(&a, 1 << 16, &e), GT_OK);
    assert_int_equal(option_read(&a, trees_options, j.root, "", &t, &e), GT_OK);
    assert_ptr_equal(t.tree, value_member(j.root, "tree"));
    assert_null(t.none);
    assert_int_equal(value_count(t.tree), 5);
    json_write(&text, option_to_value(&a, NULL, NULL, trees_options, &t), 0);
    assert_string_equal(text.at, "{\"tree\":{\"a\":[1,\"x\"],\"b\":null}}");
    text_free(&text);
    option_describe(&text, trees_options, "");
    assert_non_null(strstr(text.at, "  tree  anything\n      a tree\n"));
    text_free(&text);
    arena_close(&a);
    json_free(&j);
}

/* A copy with the locations of the original replaces the old value. */
static void values_are_put(void **state)
{
    (void)state;
    static const char json[] = "{\"data\": \"ring\", \"penalty\": {\"kind\": \"r1\"},\n"
                               "\"new\": {\"kind\": \"hinge\", \"x\": [1, 2]}}";
    Json j = { 0 };
    Text text = { 0 };
    memset(&e, 0, sizeof e);
    assert_int_equal(json_parse(&j, json, sizeof json - 1, "t.json", 1 << 14, &e), GT_OK);
    const Value *new = value_member(j.root, "new");
    assert_int_equal(option_set_value(&j.arena, j.root, "penalty", new, &e), GT_OK);
    assert_int_equal(option_set_value(&j.arena, j.root, "data.modes[0]", new, &e), GT_ECONFIG);
    assert_string_equal(e.text[0],
                        "t.json:2:8: data.modes[0]: invalid path or no such array element "
                        "(example: generator.layers[2].units)");
    assert_int_equal(option_set_value(&j.arena, j.root, "a.b", new->child, &e), GT_OK);
    assert_int_equal(option_set(&j.arena, j.root, "penalty.x[1]", "7", &e), GT_OK);
    json_write(&text, j.root, 0);
    assert_string_equal(
        text.at, "{\"data\":{\"kind\":\"ring\"},\"penalty\":{\"kind\":\"hinge\",\"x\":[1,7]},"
                 "\"new\":{\"kind\":\"hinge\",\"x\":[1,2]},\"a\":{\"b\":\"hinge\"}}");
    const Value *put = value_member(j.root, "penalty");
    assert_true(put->location.line == 2 && put->location.column == 8 &&
                put->key_location.line == 2 && put->key_location.column == 1);
    text_free(&text);
    json_free(&j);
}

/* ---- lists of numbers ------------------------------------------------------------------------ */

typedef struct Scales {
    Numbers some, none;
} Scales;

static const Option scales_options[] = {
    OPT_NUMBERS(Scales, some, "[1000, -2.5e3,0.1]", -1e4, 1e4, "three"),
    OPT_NUMBERS(Scales, none, "[]", 0, 1, "nothing"),
    OPT_END,
};

static Status read_scales(Arena *a, const char *json, const char *word, Scales *s)
{
    static Json j;
    memset(s, 0, sizeof *s);
    memset(&e, 0, sizeof e);
    assert_int_equal(json_parse(&j, json, strlen(json), "t.json", 1 << 12, &e), GT_OK);
    Status status = word ? option_set(&j.arena, j.root, "some[1]", word, &e) : GT_OK;
    if (status == GT_OK)
        status = option_read(a, scales_options, j.root, "", s, &e);
    json_free(&j);
    return status;
}

static void lists_of_numbers(void **state)
{
    (void)state;
    Arena a = { 0 };
    Scales s, again;
    assert_int_equal(arena_open(&a, 1 << 16, &e), GT_OK);
    assert_int_equal(read_scales(&a, "{}", NULL, &s), GT_OK);
    assert_true(s.some.n == 3 && s.none.n == 0);
    assert_true(s.some.at[0] == 1000 && s.some.at[1] == -2500 && s.some.at[2] == 0.1);

    assert_int_equal(read_scales(&a, "{\"some\": [], \"none\": [0.25, 1e-3]}", NULL, &s), GT_OK);
    assert_true(s.some.n == 0 && s.none.n == 2);
    assert_true(s.none.at[0] == 0.25 && s.none.at[1] == 1e-3);

    /* an element set by an argument; a written struct reads back the same */
    assert_int_equal(read_scales(&a, "{\"some\": [1, 2, 0.3]}", "-1e-4", &s), GT_OK);
    assert_true(s.some.n == 3 && s.some.at[1] == -1e-4);
    const Value *written = option_to_value(&a, NULL, NULL, scales_options, &s);
    memset(&again, 0, sizeof again);
    assert_int_equal(option_read(&a, scales_options, written, "", &again, &e), GT_OK);
    assert_memory_equal(&s, &again, sizeof s);
    assert_int_equal(read_scales(&a, "{\"some\": [1]}", "2", &s), GT_EUSAGE); /* no such element */
    arena_close(&a);
}

static void mistakes_in_lists_of_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
    } wrong[] = {
        { "{\"none\": 1}", "t.json:1:10: none: expected an array of at most 16 numbers, got 1" },
        { "{\"none\": \"[]\"}",
          "t.json:1:10: none: expected an array of at most 16 numbers, got the string \"[]\"" },
        { "{\"none\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
          "t.json:1:10: none: expected an array of at most 16 numbers, got an array of 17" },
        { "{\"none\": [1, 1.5]}", "t.json:1:14: none[1]: expected a number 0..1, got 1.5" },
        { "{\"none\": [true]}", "t.json:1:11: none[0]: expected a number 0..1, got true" },
        { "{\"none\": [[]]}", "t.json:1:11: none[0]: expected a number 0..1, got an array of 0" },
    };
    Arena a = { 0 };
    Scales s;
    assert_int_equal(arena_open(&a, 1 << 16, &e), GT_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_scales(&a, wrong[i].json, NULL, &s), GT_ECONFIG);
        assert_string_equal(e.text[0], wrong[i].message);
    }
    arena_close(&a);
}

static void lists_of_numbers_are_described(void **state)
{
    (void)state;
    Text t = { 0 };
    option_describe(&t, scales_options, "x");
    assert_non_null(strstr(t.at, "  x.some "));
    assert_non_null(
        strstr(t.at, "array of numbers -10000..10000 [1000, -2.5e3,0.1]\n      three\n"));
    assert_non_null(strstr(t.at, "[]\n      nothing\n"));
    text_free(&t);
}

/* The keys of a default follow its spec, recursively. */
static void keys_of_defaults_are_described(void **state)
{
    (void)state;
    Text t = { 0 };
    option_describe(&t, config_options, "");
    assert_non_null(strstr(t.at, "  data.dir "));
    const char *spec = strstr(t.at, "  optimizer.generator ");
    assert_non_null(spec);
    assert_non_null(strstr(spec, "  optimizer.generator.lr "));
    assert_non_null(strstr(spec, "  optimizer.discriminator.clip_norm "));
    text_free(&t);
}

static void differences_that_matter(void **state)
{
    (void)state;
    static Config a, b;
    Text diff = { 0 };
    Arena arena = { 0 };
    int n;
    assert_int_equal(parse(&a, "{\"train\": {\"epochs\": 3}}"), GT_OK);
    assert_int_equal(parse(&b, "{\"train\": {\"epochs\": 9}, \"log\": {\"every_steps\": 7}}"),
                     GT_OK);
    assert_int_equal(arena_open(&arena, 1 << 16, &e), GT_OK);
    const Value *there = option_to_value(&arena, NULL, NULL, config_options, &b);
    assert_int_equal(config_diff(&a, there, &config_diff_resume, &diff, &n, &e), GT_OK);
    assert_int_equal(n, 0);
    config_free(&b);

    assert_int_equal(parse(&b, "{\"seed\": 2, \"optimizer\": {\"generator\": {\"lr\": 0.1}}}"),
                     GT_OK);
    there = option_to_value(&arena, NULL, NULL, config_options, &b);
    assert_int_equal(config_diff(&a, there, &config_diff_resume, &diff, &n, &e), GT_OK);
    assert_int_equal(n, 2);
    assert_int_equal(config_diff(&a, NULL, &config_diff_resume, &diff, &n, &e), GT_ERESOURCE);
    assert_non_null(strstr(diff.at, "seed: 1 now, 2 in the checkpoint"));
    assert_non_null(strstr(diff.at, "optimizer.generator.lr"));
    text_free(&diff);
    arena_close(&arena);
    config_free(&a);
    config_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(steps_turn_epochs_off),
        cmocka_unit_test(each_mistake_is_placed),
        cmocka_unit_test(all_mistakes_in_one_run),
        cmocka_unit_test(words_of_the_command_line),
        cmocka_unit_test(a_word_is_typed),
        cmocka_unit_test(trees_are_taken_as_they_are),
        cmocka_unit_test(values_are_put),
        cmocka_unit_test(lists_of_numbers),
        cmocka_unit_test(mistakes_in_lists_of_numbers),
        cmocka_unit_test(lists_of_numbers_are_described),
        cmocka_unit_test(keys_of_defaults_are_described),
        cmocka_unit_test(differences_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
