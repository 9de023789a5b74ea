/* Command lines: every valid form, and the messages of invalid ones. */
#include <math.h>
#include <sys/stat.h>

#include "cli/args.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;
static Args args;

/* The words of a line, cut at spaces; "_" is an empty word. */
static Status parse(const Command *c, const char *line)
{
    static char words[8192];
    static char *argv[600];
    int n = 0;
    memset(&e, 0, sizeof e);
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        if (strcmp(word, "_") == 0)
            *word = '\0';
        argv[n++] = word;
    }
    argv[n] = NULL;
    return args_parse(&args, c, n, argv, &e);
}

static const struct {
    const Command *command;
    const char *line, *phrase;
} wrong[] = {
    { &command_train, "--epcohs 3", "unknown option \"--epcohs\" (did you mean --epochs?)" },
    { &command_train, "--zzzzzzzz", "unknown option \"--zzzzzzzz\"; gantrain train --help" },
    { &command_train, "--epoch", "unknown option \"--epoch\"" },
    { &command_study, "--epochs 3", "gantrain study takes --set train.epochs=3" },
    { &command_study, "--epochs=4", "gantrain study takes --set train.epochs=4" },
    { &command_study, "--data x", "gantrain study takes --set data.dir=x" },
    { &command_study, "--epochs", "gantrain study takes --set train.epochs=VALUE" },
    { &command_study, "--resume", "unknown option \"--resume\"" },
    { &command_report, "--epochs 3", "unknown option \"--epochs\"" },
    { &command_train, "--help=x", "--help takes no value, got \"x\"" },
    { &command_train, "--quiet=yes", "--quiet takes no value, got \"yes\"" },
    { &command_train, "--config", "--config needs a value: FILE" },
    { &command_train, "--config a --config b", "--config is given twice: \"a\" and \"b\"" },
    { &command_train, "--set", "--set needs a value" },
    { &command_train, "--set train.epochs", "--set train.epochs: expected key.path=VALUE" },
    { &command_train, "--set =5", "--set =5: expected key.path=VALUE" },
    { &command_study, "--vary x", "--vary x: expected key.path=VALUE" },
    { &command_study, "--vary a=1 --vary a=2", "--vary a is given twice" },
    { &command_train, "word", "\"word\": gantrain train takes options only; see --help" },
    { &command_train, "-", "\"-\": gantrain train takes options only" },
    { &command_train, "-- --config", "\"--config\": gantrain train takes options only" },
    { &command_train, "x.json y.json", "--config is given twice: \"x.json\" and \"y.json\"" },
    { &command_inspect, "x.json", "did you mean --run x.json?" },
    { &command_bench, "x.safetensors",
      "\"x.safetensors\": gantrain bench takes options only; see" },
    { &command_inspect, "x.safetensors", "did you mean --checkpoint x.safetensors?" },
    { &command_inspect, "runs/x", "did you mean --run runs/x?" },
    { &command_sample, "nowhere", "\"nowhere\": gantrain sample takes options only; see --help" },
    { &command_report, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "more than 16 arguments" },
};

static void each_wrong_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const Status s = parse(wrong[i].command, wrong[i].line);
        if (s != GT_EUSAGE || e.lines != 1 || !strstr(e.text[0], wrong[i].phrase))
            fail_msg("%s: status %d, \"%s\" lacks \"%s\"", wrong[i].line, (int)s, e.text[0],
                     wrong[i].phrase);
    }
}

static void good_lines(void **state)
{
    (void)state;
    assert_int_equal(parse(&command_train, "--config=a=b --quiet --epochs 3 --epochs 3"), GT_OK);
    assert_string_equal(args_value(&args, "--config"), "a=b");
    assert_string_equal(args_value(&args, "--quiet"), "");
    assert_int_equal(args.sets, 1);
    assert_int_equal(parse(&command_train, "--quiet a/b.json -- --c.json"), GT_EUSAGE);
    assert_int_equal(parse(&command_study, "--quiet -- --c.json"), GT_OK);
    assert_string_equal(args_value(&args, "--config"), "--c.json");
    assert_int_equal(parse(&command_train, "--help --set a.b=c=d"), GT_OK);
    assert_true(args.help);
    assert_string_equal(args.set[0].path, "a.b");
    assert_string_equal(args.set[0].word, "c=d");
    assert_int_equal(parse(&command_report, "a - -- --b"), GT_OK);
    assert_int_equal(args.operands, 3);
    assert_string_equal(args.operand[2], "--b");
    assert_int_equal(parse(&command_study, "--vary a=1,2 --vary b=3"), GT_OK);
    assert_int_equal(args.varies, 2);
}

static void too_many(void **state)
{
    (void)state;
    char line[8192] = "";
    for (int i = 0, n = 0; i < ARGS_OVERRIDES; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, "--set k%d=1 ", i);
    assert_int_equal(parse(&command_train, line), GT_OK);
    char more[8300];
    snprintf(more, sizeof more, "%s --epochs 3", line);
    assert_int_equal(parse(&command_train, more), GT_EUSAGE);
    assert_string_equal(e.text[0], "more than 256 --set");
    snprintf(more, sizeof more, "%s --set a=3", line);
    assert_int_equal(parse(&command_train, more), GT_EUSAGE);

    line[0] = '\0';
    for (int i = 0, n = 0; i <= ARGS_VARIES; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, "--vary k%d=1 ", i);
    assert_int_equal(parse(&command_study, line), GT_EUSAGE);
    assert_string_equal(e.text[0], "more than 16 --vary");
}

/* ---- values ---------------------------------------------------------------------------------- */

static const Flag flags[] = { { "--value", "X", "a value" },
                              { "--seed", "N", "a seed" },
                              { "--threads", "N", "threads" },
                              { "--flag", NULL, "a flag" },
                              { "--a-flag-that-is-too-long", "VALUE",
                                "a help that is longer than what fits beside the names of flags" },
                              { NULL, NULL, NULL } };
static const Command bare = {
    .name = "bare", .summary = "-", .usage = "bare\nmore", .flags = flags
};

static void integers(void **state)
{
    (void)state;
    static const char *const bad[] = { "-1", "1e3", "0x10", "_",   "7abc",
                                       "2",  "101", "+5",   "5.0", "99999999999999999999" };
    int64_t n = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "--value %s", bad[i]);
        assert_int_equal(parse(&bare, line), GT_OK);
        assert_int_equal(args_integer(&args, "--value", 3, 100, 50, &n, &e), GT_EUSAGE);
        assert_non_null(strstr(e.text[0], "--value: expected an integer 3..100, got"));
    }
    assert_int_equal(parse(&bare, "--value 007 --seed 9007199254740991"), GT_OK);
    assert_int_equal(args_integer(&args, "--value", 3, 100, 50, &n, &e), GT_OK);
    assert_int_equal(n, 7);
    assert_int_equal(args_seed(&args, 1, &n, &e), GT_OK);
    assert_true(n == 9007199254740991);
    assert_int_equal(parse(&bare, "--threads 0"), GT_OK);
    assert_int_equal(args_integer(&args, "--value", 3, 100, 50, &n, &e), GT_OK);
    assert_int_equal(n, 50);
    assert_int_equal(args_threads(&args, &e), GT_EUSAGE);
    assert_int_equal(parse(&bare, "--threads 1"), GT_OK);
    assert_int_equal(args_threads(&args, &e), GT_OK);
}

static void reals(void **state)
{
    (void)state;
    static const char *const bad[] = { "-1", "1e-3", ".5", "5.", "_", "nan", "11", "0.01", "1.5x" };
    double x = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "--value %s", bad[i]);
        assert_int_equal(parse(&bare, line), GT_OK);
        assert_int_equal(args_real(&args, "--value", 0.1, 10, 1, &x, &e), GT_EUSAGE);
        assert_non_null(strstr(e.text[0], "--value: expected a number 0.1..10, got"));
    }
    static const char *const good[] = { "0.5", "5", "10.0", NULL };
    static const double value[] = { 0.5, 5, 10, 1 };
    for (int i = 0; i < 4; i++) {
        char line[64] = "";
        if (good[i])
            snprintf(line, sizeof line, "--value %s", good[i]);
        assert_int_equal(parse(&bare, line), GT_OK);
        assert_int_equal(args_real(&args, "--value", 0.1, 10, 1, &x, &e), GT_OK);
        assert_true(fabs(x - value[i]) < 1e-12);
    }
}

static void pairs(void **state)
{
    (void)state;
    static const char *const bad[] = { "_",    "8",   "8x",      "x8",      "0x8",  "8x0",
                                       "8x8x", "8X8", "88888x8", "8x88888", "-1x8", "8x-1" };
    int rows = 0, cols = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "--value %s", bad[i]);
        assert_int_equal(parse(&bare, line), GT_OK);
        assert_int_equal(args_pair(&args, "--value", &rows, &cols, &e), GT_EUSAGE);
    }
    assert_int_equal(parse(&bare, "--value 8x9999"), GT_OK);
    assert_int_equal(args_pair(&args, "--value", &rows, &cols, &e), GT_OK);
    assert_true(rows == 8 && cols == 9999);
    assert_int_equal(parse(&bare, ""), GT_OK);
    assert_int_equal(args_pair(&args, "--value", &rows, &cols, &e), GT_OK);
    assert_true(rows == 0 && cols == 0);
}

static void lists(void **state)
{
    (void)state;
    uint64_t *out = NULL;
    int n = 0;
    assert_int_equal(parse(&bare, "--value 7,1-3"), GT_OK);
    assert_int_equal(args_ranges(&args, "--value", 4, &out, &n, &e), GT_OK);
    assert_true(n == 4 && out[0] == 7 && out[3] == 3);
    free(out);
    assert_int_equal(args_ranges(&args, "--value", 3, &out, &n, &e), GT_EUSAGE);
    assert_null(out);
    assert_int_equal(parse(&bare, "--value 1-9007199254740991"), GT_OK);
    assert_int_equal(args_ranges(&args, "--value", 1000, &out, &n, &e), GT_EUSAGE);
    assert_int_equal(parse(&bare, "--value 1,,2"), GT_OK);
    assert_int_equal(args_ranges(&args, "--value", 3, &out, &n, &e), GT_EUSAGE);
    assert_int_equal(parse(&bare, ""), GT_OK);
    assert_int_equal(args_ranges(&args, "--value", 3, &out, &n, &e), GT_OK);
    assert_true(!out && n == 0);
}

static void paths(void **state)
{
    (void)state;
    const char *path = NULL;
    assert_int_equal(parse(&bare, "--value _"), GT_OK);
    assert_int_equal(args_path(&args, "--value", &path, &e), GT_EUSAGE);
    assert_int_equal(args_required(&args, "--value", &path, &e), GT_EUSAGE);
    assert_string_equal(e.text[0], "--value: expected a path, got nothing");
    assert_int_equal(parse(&bare, ""), GT_OK);
    assert_int_equal(args_path(&args, "--value", &path, &e), GT_OK);
    assert_null(path);
    assert_int_equal(args_required(&args, "--value", &path, &e), GT_EUSAGE);
    assert_string_equal(e.text[0], "--value is missing; usage: gantrain bare");
    assert_int_equal(parse(&bare, "--value x"), GT_OK);
    assert_int_equal(args_required(&args, "--value", &path, &e), GT_OK);
    assert_string_equal(path, "x");
}

static void help(void **state)
{
    (void)state;
    Text out = { 0 };
    args_help(&bare, &out);
    assert_non_null(strstr(out.at, "  --flag                   a flag\n"));
    assert_null(strstr(out.at, "examples"));
    assert_non_null(strstr(out.at, "\n  --a-flag-that-is-too-long VALUE\n"
                                   "                           a help that is longer than what "
                                   "fits beside the\n"
                                   "                           names of flags\n"));
    args_help(&command_list, &out);
    args_help(&command_train, &out);
    args_help(&command_sample, &out);
    assert_non_null(strstr(out.at, "examples"));
    text_free(&out);
}

/* ---- hints ----------------------------------------------------------------------------------- */

/* For a command without --run, a run folder stands for its best checkpoint, else its newest. */
static void hints_of_folders(void **state)
{
    const Scratch *s = *state;
    char sub[64], file[128], out[ARGS_HINT], deep[400];
    assert_false(args_hint(&command_sample, s->folder, out)); /* no run */
    scratch_put(s, "{}", 2);
    snprintf(sub, sizeof sub, "%s/config.json", s->folder);
    assert_int_equal(rename(s->path, sub), 0);
    assert_false(args_hint(&command_sample, s->folder, out)); /* no checkpoints folder */
    snprintf(sub, sizeof sub, "%s/checkpoints", s->folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_false(args_hint(&command_sample, s->folder, out)); /* nothing in it */
    snprintf(file, sizeof file, "%s/ckpt-00000005.safetensors", sub);
    scratch_put(s, "x", 1);
    assert_int_equal(rename(s->path, file), 0);
    assert_true(args_hint(&command_sample, s->folder, out));
    assert_non_null(strstr(out, "ckpt-00000005.safetensors"));
    snprintf(file, sizeof file, "%s/best.safetensors", sub);
    scratch_put(s, "x", 1);
    assert_int_equal(rename(s->path, file), 0);
    assert_true(args_hint(&command_sample, s->folder, out));
    assert_non_null(strstr(out, "best.safetensors"));
    assert_false(args_hint(&command_bench, s->folder, out)); /* takes neither */
    memset(deep, 'd', sizeof deep);
    strcpy(deep + sizeof deep - 13, ".safetensors");
    assert_true(args_hint(&command_sample, deep, out));
    char longer[600];
    memset(longer, 'd', sizeof longer);
    strcpy(longer + sizeof longer - 13, ".safetensors");
    assert_false(args_hint(&command_sample, longer, out)); /* no room for it */
    assert_false(args_hint(&bare, "x.safetensors", out));

    unlink(file);
    snprintf(file, sizeof file, "%s/ckpt-00000005.safetensors", sub);
    unlink(file);
    assert_int_equal(rmdir(sub), 0);
    snprintf(sub, sizeof sub, "%s/config.json", s->folder);
    unlink(sub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wrong_line), cmocka_unit_test(good_lines), cmocka_unit_test(too_many),
        cmocka_unit_test(integers),        cmocka_unit_test(reals),      cmocka_unit_test(pairs),
        cmocka_unit_test(lists),           cmocka_unit_test(paths),      cmocka_unit_test(help),
        SCRATCH_TEST(hints_of_folders),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
