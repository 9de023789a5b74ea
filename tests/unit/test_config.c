/* Configs from files, trees and words: their names, their length, their nets, and the room that
 * they need. */
#include "gantrain/run/config.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;
static Config c;

static Status read_with(const char *path, const Override *o, int n)
{
    memset(&e, 0, sizeof e);
    return config_read(&c, path, o, n, &e);
}

/* The text is read from the file, with up to two overrides; their paths may be NULL. */
static Status read_text(const Scratch *s, const char *text, const Override *o, int n)
{
    scratch_put(s, text, strlen(text));
    return read_with(s->path, o, n);
}

static void expect(const Scratch *s, const char *text, Override a, Override b, Status code,
                   const char *phrase)
{
    const Override o[] = { a, b };
    const Status status = read_text(s, text, o, a.path ? b.path ? 2 : 1 : 0);
    if (status != code || !strstr(e.text[0], phrase))
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", text, (int)status, e.text[0], phrase);
    config_free(&c);
}

#define NONE                                                                                       \
    (Override)                                                                                     \
    {                                                                                              \
        0                                                                                          \
    }
#define SET(path, word)                                                                            \
    (Override)                                                                                     \
    {                                                                                              \
        path, word, NULL                                                                           \
    }

static void lengths(void **state)
{
    const Scratch *s = *state;
    expect(s, "{\"train\": {\"steps\": 5}}", NONE, NONE, GT_OK, "");
    expect(s, "{\"train\": {\"steps\": \"x\"}}", NONE, NONE, GT_ECONFIG, "got the string \"x\"");
    expect(s, "{\"train\": {\"steps\": 0}}", NONE, NONE, GT_OK, "");
    expect(s, "{\"train\": {\"steps\": 5, \"epochs\": 0}}", NONE, NONE, GT_OK, "");
    expect(s, "{\"train\": {\"steps\": 5, \"epochs\": 3}}", NONE, NONE, GT_ECONFIG, "keep one of");
    expect(s, "{\"train\": {\"epochs\": 0}}", NONE, NONE, GT_ECONFIG, "nothing to do");
    expect(s, "{\"train\": {\"epochs\": 5}}", SET("train.steps", "7"), NONE, GT_OK, "");
    expect(s, "{\"train\": {\"steps\": 5}}", SET("train.epochs", "7"), NONE, GT_OK, "");
    expect(s, "{}", SET("train.steps", "7"), SET("train.steps", "7"), GT_OK, "");
    expect(s, "{}", SET("train.steps", "7"), SET("train.steps", "8"), GT_EUSAGE, "given twice");
    expect(s, "{}", SET("train.steps", "7"), SET("train.epochs", "8"), GT_EUSAGE, "exclude each");
    expect(s, "{}", SET("seed", "7"), SET("train.epochs", "8"), GT_OK, "");
    expect(s, "{}", SET("train.epochs", "8"), SET("seed", "7"), GT_OK, "");
    expect(s, "{}", SET("no..where", "8"), NONE, GT_EUSAGE, "invalid path");
}

/* Defaults by the number of samples; keys that the config gives stay. */
static void defaults_fit_the_data(void **state)
{
    const Scratch *s = *state;
    static const struct {
        const char *text;
        int count;
        const char *words;
    } rows[] = {
        { "{}", 10000, "" },
        { "{}", 60000, "" },
        { "{}", 0, "" }, /* not known */
        { "{}", 9999,
          "train.epochs=40, sample.every_epochs=2, evaluate.every_epochs=2, "
          "checkpoint.every_steps=157, log.every_steps=31" },
        { "{}", 300,
          "train.epochs=680, sample.every_epochs=34, evaluate.every_epochs=34, "
          "checkpoint.every_steps=80, log.every_steps=15" },
        { "{}", 1,
          "train.batch_size=1, train.epochs=200000, sample.every_epochs=10000, "
          "evaluate.every_epochs=10000, checkpoint.every_steps=10000" },
        { "{\"train\": {\"epochs\": 20}}", 300, "log.every_steps=1" },
        { "{\"train\": {\"steps\": 20}, \"log\": {\"every_steps\": 100}}", 300, "" },
        { "{\"train\": {\"steps\": 10000, \"batch_size\": 60}}", 100,
          "sample.every_epochs=100, evaluate.every_epochs=100, checkpoint.every_steps=167" },
        { "{\"train\": {\"batch_size\": 128, \"epochs\": 1}}", 100, "log.every_steps=1" },
        { "{\"train\": {\"batch_size\": 10}, \"discriminator\": {\"steps\": 5},"
          " \"sample\": {\"every_epochs\": 1}, \"evaluate\": {\"every_epochs\": 1},"
          " \"checkpoint\": {\"every_steps\": 0}}",
          2000, "train.epochs=100, log.every_steps=40" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[CONFIG_FIT];
        assert_int_equal(read_text(s, rows[i].text, NULL, 0), GT_OK);
        config_fit_to_data(&c, rows[i].count, words);
        if (strcmp(words, rows[i].words) != 0)
            fail_msg("%s, %d samples: \"%s\"", rows[i].text, rows[i].count, words);
        config_free(&c);
    }
}

/* Values that were written elsewhere: the later one counts. */
static void values_of_elsewhere(void **state)
{
    const Scratch *s = *state;
    const Value seven = { .kind = VALUE_NUMBER, .text = "7", .location = { "s", 1, 0 } };
    const Value ring = { .kind = VALUE_STRING, .text = "ring", .location = { "s", 1, 0 } };
    Override o[] = { { "seed", NULL, &seven }, { "seed", "8", NULL }, { "data", NULL, &ring } };
    assert_int_equal(read_text(s, "{}", o, 3), GT_OK);
    assert_int_equal(c.seed, 8);
    assert_string_equal(c.data.is->name, "ring");
    config_free(&c);
    const Override twice[] = { SET("seed", "1"), SET("seed", "2") };
    const Value empty = { .kind = VALUE_OBJECT };
    assert_int_equal(config_make(&c, &empty, twice, 2, &e), GT_EUSAGE);
    config_free(&c);
    const Override back[] = { o[1], o[0] };
    assert_int_equal(read_text(s, "{}", back, 2), GT_OK);
    assert_int_equal(c.seed, 7);
    config_free(&c);
}

static void nets_that_are_lent(void **state)
{
    const Scratch *s = *state;
    static const struct {
        const char *text;
        Status code;
        const char *phrase;
    } cases[] = {
        { "{\"generator\": 5}", GT_ECONFIG, "generator: expected an object, got 5" },
        { "{\"discriminator\": \"x\"}", GT_ECONFIG, "discriminator: expected an object" },
        { "{\"data\": {\"kind\": 3}}", GT_ECONFIG, "data.kind: expected the name" },
        { "{\"data\": {\"count\": 3}}", GT_ECONFIG, "data.count" },
        { "{\"data\": []}", GT_ECONFIG, "data: expected the name of one" },
        { "{\"data\": \"nothing\"}", GT_ECONFIG, "unknown dataset \"nothing\"" },
        { "{\"data\": {\"kind\": \"ring\"}, \"generator\": {\"latent\": 3}}", GT_OK, "" },
        { "{\"evaluate\": {\"classifier\": true}}", GT_OK, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(s, cases[i].text, NONE, NONE, cases[i].code, cases[i].phrase);
    assert_int_equal(read_text(s, "{\"evaluate\": {\"classifier\": true}}", NULL, 0), GT_OK);
    assert_int_equal(c.evaluate.samples, 10000);
    assert_string_equal(c.evaluate.best, "fcd");
    config_free(&c);
    assert_int_equal(read_text(s, "{}", &SET("data.kind", "ring"), 1), GT_OK);
    config_free(&c);
    config_free(NULL);
    memset(&e, 0, sizeof e);
    assert_int_equal(config_parse(&c, "[]", 2, "t", &e), GT_ECONFIG);
    config_free(&c);
    assert_int_equal(config_parse(&c, "[", 1, "t", &e), GT_ECONFIG);
    config_free(&c);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "configs/mnist-v1.2.json", "mnist-v1.2" },
        { "plain", "plain" },
        { ".json", ".json" },
        { "a/.json", ".json" },
        { "dir.d/x", "x" },
    };
    Arena a;
    assert_int_equal(arena_open(&a, 4096, NULL), GT_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(config_name_of_file(&a, cases[i][0]), cases[i][1]);
    while (!a.full)
        arena_take(&a, 1);
    assert_null(config_name_of_file(&a, "a name of more bytes than an arena has left for a text of "
                                        "its size"));
    arena_close(&a);
}

static void names_of_folders(void **state)
{
    const Scratch *s = *state;
    char longest[300] = "{\"name\": \"";
    memset(longest + 10, 'n', 201);
    strcpy(longest + 211, "\"}");
    expect(s, "{\"name\": \"a/b\"}", NONE, NONE, GT_ECONFIG, "not the name of one folder");
    expect(s, "{\"name\": \"..\"}", NONE, NONE, GT_ECONFIG, "not the name of one folder");
    expect(s, "{\"name\": \".\"}", NONE, NONE, GT_ECONFIG, "not the name of one folder");
    expect(s, longest, NONE, NONE, GT_ECONFIG, "201 bytes");
    assert_int_equal(read_text(s, "{}", NULL, 0), GT_OK);
    assert_string_equal(c.name, "file");
    config_free(&c);
}

/* ---- room ------------------------------------------------------------------------------------ */

enum { HUGE = 1 << 20 };

/* {"data": {"kind": "idx", "dir": "ddd..."}}: a text of n bytes, which is copied. */
static const char *config_of(size_t n)
{
    static char text[HUGE + 64];
    const int head = snprintf(text, sizeof text, "{\"data\":{\"kind\":\"idx\",\"dir\":\"");
    memset(text + head, 'd', n);
    strcpy(text + head + n, "\"}}");
    return text;
}

/* The largest config that fits leaves no room for a name from its file; a larger one is an
 * error. */
static void a_config_that_is_too_large(void **state)
{
    const Scratch *s = *state;
    char path[300];
    const int folder = snprintf(path, sizeof path, "%s/", s->folder);
    memset(path + folder, 'n', 200); /* more than the borders between nodes take */
    path[folder + 200] = '\0';
    size_t fits = 1 << 19, over = HUGE - 64;
    while (over - fits > 1) {
        const size_t middle = (fits + over) / 2;
        const char *text = config_of(middle);
        memset(&e, 0, sizeof e);
        const Status status = config_parse(&c, text, strlen(text), path, &e);
        assert_true(status == GT_OK || status == GT_ERESOURCE);
        if (status == GT_OK)
            fits = middle;
        else
            over = middle;
        config_free(&c);
    }
    Text out = { 0 }; /* as a tree it takes more than as structs */
    memset(&e, 0, sizeof e);
    assert_int_equal(config_parse(&c, config_of(fits), strlen(config_of(fits)), path, &e), GT_OK);
    assert_int_equal(config_text(&c, 0, &out, &e), GT_ERESOURCE);
    assert_string_equal(e.text[0], "no memory to print the config");
    config_free(&c);
    text_free(&out);
    scratch_put(s, config_of(fits), strlen(config_of(fits)));
    assert_int_equal(rename(s->path, path), 0);
    assert_int_equal(read_with(path, NULL, 0), GT_ERESOURCE);
    assert_non_null(strstr(e.text[0], "no room for its name"));
    config_free(&c);
    unlink(path);
    const char *text = config_of(over);
    assert_int_equal(config_parse(&c, text, strlen(text), path, &e), GT_ERESOURCE);
    assert_string_equal(e.text[0], "config too large: it does not fit into 1048576 bytes of "
                                   "memory");
    config_free(&c);
}

/* The copy of a tree has room for ordinary keys; longer ones take that of what comes after. */
static void a_tree_that_is_too_large(void **state)
{
    (void)state;
    static char key[1 << 19];
    const Value wrong = { .kind = VALUE_NUMBER, .text = "1", .key = key };
    Value root = { .kind = VALUE_OBJECT }, member = wrong;
    root.child = root.last = &member;
    int full = 0;
    for (size_t n = (1 << 18) - 2000; n < (1 << 18) + 1200; n += 16) {
        memset(key, 'k', n);
        key[n] = '\0';
        memset(&e, 0, sizeof e);
        const Status s = config_make(&c, &root, NULL, 0, &e);
        assert_true(s == GT_ECONFIG || s == GT_ERESOURCE); /* an unknown key, or no room */
        full += s == GT_ERESOURCE;
        config_free(&c);
    }
    assert_true(full > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(lengths),
        SCRATCH_TEST(defaults_fit_the_data),
        SCRATCH_TEST(values_of_elsewhere),
        SCRATCH_TEST(nets_that_are_lent),
        cmocka_unit_test(names),
        SCRATCH_TEST(names_of_folders),
        SCRATCH_TEST(a_config_that_is_too_large),
        cmocka_unit_test(a_tree_that_is_too_large),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
