/* Studies read from a study file, from a config, and from options of the command line; and without
 * memory. */
#include "study/study_parts.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;

static Status read_request(Study *s, StudyRequest q, const Scratch *f, const char *text)
{
    if (text)
        scratch_put(f, text, strlen(text));
    q.config = q.config ? q.config : f->path;
    memset(&e, 0, sizeof e);
    return study_read(s, &q, &e);
}

static void expect(const Scratch *f, const char *text, StudyRequest q, Status code,
                   const char *phrase)
{
    Study s;
    const Status status = read_request(&s, q, f, text);
    bool found = false;
    for (int i = 0; i < e.lines; i++)
        found = found || strstr(e.text[i], phrase);
    if (status != code || (*phrase && !found))
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", text, (int)status, e.text[0], phrase);
    study_close(&s);
}

#define BASE "{\"base\": {\"data\": \"ring\", \"train\": {\"steps\": 3}}"

static const Override lr = { "optimizer.generator.lr", "0.1", NULL };
static const Override losses = { "objective", "hinge,minimax", NULL };

/* ---- the file -------------------------------------------------------------------------------- */

static void wrong_files(void **state)
{
    const Scratch *f = *state;
    static char longest[6000];
    const StudyRequest none = { 0 };
    static const struct {
        const char *text, *phrase;
    } cases[] = {
        { "{\"axes\": {}}", "base: is missing" },
        { "{\"base\": 5}", "base: expected a path or an object, got number" },
        { "{\"base\": \"absent.json\"}", "absent.json: cannot be opened" },
        { "{\"base\": \"/absent/absent.json\"}", "/absent/absent.json: cannot be opened" },
        { BASE ", \"name\": 5}", "name: expected a string" },
        { BASE ", \"name\": \"a/b\"}", "\"a/b\" is not the name of one folder" },
        { BASE ", \"name\": \".x\"}", "\".x\" is not the name of one folder" },
        { BASE ", \"count\": \"worst\"}", "unknown way to count \"worst\"" },
        { BASE ", \"exclude\": 5}", "exclude: expected an array of objects" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(f, cases[i].text, none, GT_ECONFIG, cases[i].phrase);
    snprintf(longest, sizeof longest, "%s, \"name\": \"%0200d\"}", BASE, 0);
    expect(f, longest, none, GT_ECONFIG, "is not the name of one folder");
    snprintf(longest, sizeof longest, "{\"base\": \"%05000d\"}", 0);
    expect(f, longest, none, GT_ECONFIG, "base: the path is too long");
    expect(f, "{", none, GT_ECONFIG, ":1:2: ");
}

static void names(void **state)
{
    const Scratch *f = *state;
    Study s;
    assert_int_equal(read_request(&s, (StudyRequest){ 0 }, f, BASE ", \"name\": \"x\"}"), GT_OK);
    assert_string_equal(s.name, "x");
    Text out = { 0 };
    assert_int_equal(study_text(&s, &out, &e), GT_OK); /* with its name once */
    assert_non_null(strstr(out.at, "\"name\": \"x\""));
    assert_null(strstr(strstr(out.at, "name") + 4, "name"));
    text_free(&out);
    study_close(&s);
    assert_int_equal(read_request(&s, (StudyRequest){ 0 }, f, BASE ", \"name\": \"\"}"), GT_OK);
    assert_string_equal(s.name, "file");
    study_close(&s);
}

/* The path of a base is relative to the folder of the study file, not to the working directory. */
static void paths_of_bases(void **state)
{
    const Scratch *f = *state;
    char here[512], recipe[64], text[128];
    snprintf(recipe, sizeof recipe, "%s/recipe.json", f->folder);
    scratch_put(f, "{\"data\": \"ring\"}", 16);
    assert_int_equal(rename(f->path, recipe), 0);
    expect(f, "{\"base\": \"recipe.json\"}", (StudyRequest){ 0 }, GT_OK, "");
    snprintf(text, sizeof text, "{\"base\": \"%s\"}", recipe);
    expect(f, text, (StudyRequest){ 0 }, GT_OK, "");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(f->folder), 0);
    expect(f, "{\"base\": \"recipe.json\"}", (StudyRequest){ .config = "file" }, GT_OK, "");
    assert_int_equal(chdir(here), 0);
    unlink(recipe);
}

/* ---- options --------------------------------------------------------------------------------- */

static void options(void **state)
{
    const Scratch *f = *state;
    Study s;
    const StudyRequest q = { .set = &lr,
                             .n_set = 1,
                             .vary = &losses,
                             .n_vary = 1,
                             .seeds = "4-5",
                             .rank = "d_loss",
                             .count = "best",
                             .metrics = "d_loss:lower,g_loss" };
    assert_int_equal(read_request(&s, q, f, "{\"data\": \"ring\"}"), GT_OK);
    assert_true(s.n_set == 1 && s.axes == 1 && s.cells == 2 && s.seeds == 2 && s.count_best);
    assert_true(s.metrics == 2 && s.rank == 0);
    Text out = { 0 };
    assert_int_equal(study_text(&s, &out, &e), GT_OK);
    study_close(&s);
    /* what it prints reads the same; options replace keys of the file */
    assert_int_equal(read_request(&s, (StudyRequest){ .count = "last", .seeds = "9" }, f, out.at),
                     GT_OK);
    assert_true(s.n_set == 1 && s.cells == 2 && s.seeds == 1 && s.seed[0] == 9 && !s.count_best);
    study_close(&s);
    text_free(&out);
}

/* Options cannot be added to a value of another kind. */
static void options_that_do_not_fit(void **state)
{
    const Scratch *f = *state;
    const StudyRequest q = { .set = &lr, .n_set = 1, .vary = &losses, .n_vary = 1 };
    expect(f, BASE ", \"set\": 5}", q, GT_ECONFIG, "set: expected an object");
    expect(f, BASE ", \"axes\": 5}", q, GT_ECONFIG, "axes: expected an object");
    const Override twice[] = { { "train.steps", "1", NULL }, { "train.steps", "2", NULL } };
    expect(f, BASE "}", (StudyRequest){ .set = twice, .n_set = 2 }, GT_EUSAGE,
           "train.steps is given twice: \"1\" and \"2\"");
    expect(f, BASE "}", (StudyRequest){ .count = "worst" }, GT_EUSAGE, "unknown way to count");
    expect(f, BASE ", \"count\": \"best\", \"metrics\": []}", (StudyRequest){ 0 }, GT_ECONFIG, "");
    expect(f, BASE "}", (StudyRequest){ .count = "best" }, GT_EUSAGE, "needs a ranking metric");
}

/* ---- memory ---------------------------------------------------------------------------------- */

enum { NODE = 128, ARENA = 64 << 20, TEXT = 1 << 20 }; /* bytes; of a node with its border */

/* A study whose base has an unused array of n numbers, a node each; then `rest`. */
static const char *study_of(int n, const char *rest)
{
    static char text[TEXT + 100];
    size_t at = (size_t)snprintf(text, sizeof text, "{\"base\":{\"x\":[1");
    for (int i = 1; i < n; i++) {
        text[at++] = ',';
        text[at++] = '1';
    }
    snprintf(text + at, sizeof text - at, "]}%s}", rest);
    return text;
}

/* Each option without memory leaves the node that it could not fill. */
static void no_memory_for_options(void **state)
{
    const Scratch *f = *state;
    static char word[100000];
    Override set[64], axes[] = { { "a", "1", NULL } };
    memset(word, 'w', sizeof word - 1);
    for (int i = 0; i < 64; i++)
        set[i] = (Override){ "k", word, NULL };
    const StudyRequest q = {
        .set = set, .n_set = 64, .vary = axes, .n_vary = 1, .seeds = "1", .metrics = "a,b"
    };
    const int most = ARENA / NODE - 40;
    expect(f, study_of(most, ",\"set\":{},\"axes\":{}"), q, GT_ERESOURCE, "too large for a study");
    expect(f, study_of(most, ""), q, GT_ERESOURCE, "too large for a study");
    expect(f, study_of(most, ",\"seeds\":\"1-10000\""), (StudyRequest){ 0 }, GT_ERESOURCE,
           "too large for a study");
}

/* A large study with a large base: printed, the two are one file. */
static void no_memory_to_print(void **state)
{
    const Scratch *f = *state;
    char recipe[64];
    snprintf(recipe, sizeof recipe, "%s/recipe.json", f->folder);
    const char *large = study_of(ARENA / NODE - 100, "");
    scratch_put(f, large, strlen(large));
    assert_int_equal(rename(f->path, recipe), 0);
    Study s;
    Text out = { 0 };
    assert_int_equal(read_request(&s, (StudyRequest){ 0 }, f, "{\"base\": \"recipe.json\"}"),
                     GT_OK);
    Arena more;
    assert_int_equal(arena_open(&more, 1 << 20, NULL), GT_OK);
    Value *exclude = value_add(&more, NULL, NULL, VALUE_ARRAY, NULL);
    for (int i = 0; i < 1000; i++)
        value_add(&more, exclude, NULL, VALUE_NULL, NULL);
    value_copy(&s.arena, s.root, "exclude", exclude);
    assert_int_equal(study_text(&s, &out, &e), GT_ERESOURCE);
    text_free(&out);
    arena_close(&more);
    study_close(&s);
    unlink(recipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(wrong_files),
        SCRATCH_TEST(names),
        SCRATCH_TEST(paths_of_bases),
        SCRATCH_TEST(options),
        SCRATCH_TEST(options_that_do_not_fit),
        SCRATCH_TEST(no_memory_for_options),
        SCRATCH_TEST(no_memory_to_print),
    };
    return cmocka_run_group_tests_name("study file", tests, NULL, NULL);
}
