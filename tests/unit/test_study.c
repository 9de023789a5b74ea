/* Studies without processes: cells of a study file, their names, and statistics. */
#include "study/study_parts.h"
#include "support/scratch.h" /* last: cmocka has a macro fail() */

#include <math.h>

static Error e;

/* Reads a study with a base and `rest`; the caller closes it. */
static Status read_study(const Scratch *scratch, Study *s, const char *rest)
{
    char json[2048];
    const int n = snprintf(json, sizeof json, "{\"base\": {\"data\": \"ring\"}%s%s}",
                           *rest ? ", " : "", rest);
    scratch_put(scratch, json, (size_t)n);
    const StudyRequest q = { .config = scratch->path };
    memset(&e, 0, sizeof e);
    return study_read(s, &q, &e);
}

static void expect(const Scratch *scratch, const char *rest, const char *const *names, int n)
{
    Study s;
    if (read_study(scratch, &s, rest) != GT_OK)
        fail_msg("%s: %s", rest, e.text[0]);
    assert_int_equal(s.cells, n);
    for (int i = 0; i < n; i++)
        assert_string_equal(s.cell[i].name, names[i]);
    study_close(&s);
}

static void the_last_axis_varies_fastest(void **state)
{
    static const char *const names[] = { "hinge+lr_1+a",   "hinge+lr_1+b",   "hinge+lr_2+a",
                                         "hinge+lr_2+b",   "minimax+lr_1+a", "minimax+lr_1+b",
                                         "minimax+lr_2+a", "minimax+lr_2+b" };
    expect(*state,
           "\"axes\": {\"objective\": [\"hinge\", \"minimax\"], \"optimizer.generator.lr\": [1, 2],"
           " \"x\": {\"a\": {}, \"b\": {\"train.steps\": 5}}}",
           names, 8);
}

static void no_axis_is_one_cell(void **state)
{
    static const char *const names[] = { "base" };
    expect(*state, "", names, 1);
    expect(*state, "\"axes\": {}", names, 1);
}

static void excluded_cells_are_left_out(void **state)
{
    static const char *const names[] = { "a+2", "b+1", "b+3" };
    expect(*state,
           "\"axes\": {\"x\": {\"a\": {}, \"b\": {}}, \"y\": {\"1\": {}, \"2\": {}, \"3\": {}}},"
           " \"exclude\": [{\"x\": \"a\", \"y\": [\"1\", 3]}, {\"y\": 2, \"x\": [\"b\"]}]",
           names, 3);
}

/* The folder of any label is one plain file name, safe in shells and URLs. */
static void names_are_safe(void **state)
{
    static const char *const names[] = { ".._x_y", "__", "_rf", "_hidden", "caf__", "a_b_c", "_" };
    Study s;
    assert_int_equal(
        read_study(*state, &s,
                   "\"axes\": {\"x\": {\"../x/y\": {}, \"..\": {}, \"-rf\": {}, \".hidden\": {},"
                   " \"caf\\u00e9\": {}, \"a+b c\": {}, \"\": {}}}"),
        GT_OK);
    assert_int_equal(s.cells, 7);
    for (int i = 0; i < s.cells; i++) {
        assert_int_equal(strspn(s.cell[i].name, "abcdefghijklmnopqrstuvwxyz._"),
                         strlen(s.cell[i].name));
        assert_true(*s.cell[i].name != '.');
    }
    for (int i = 2; i < 7; i++)
        assert_string_equal(s.cell[i].name, names[i]);
    study_close(&s);
}

static void labels_stay_as_written(void **state)
{
    Study s;
    assert_int_equal(read_study(*state, &s,
                                "\"axes\": {\"a.b.lr\": [1e-4, 0.0001, true], \"penalty\":"
                                " [{\"kind\": \"r1\", \"gamma\": 3}]}"),
                     GT_OK);
    assert_string_equal(s.axis[0].point[0].label, "1e-4");
    assert_string_equal(s.axis[0].point[1].label, "0.0001");
    assert_string_equal(s.axis[0].point[2].folder, "lr_true");
    assert_string_equal(s.axis[1].point[0].label, "r1");
    assert_string_equal(s.axis[1].point[0].set[0].path, "penalty");
    assert_int_equal(s.axis[1].point[0].set[0].value->kind, VALUE_OBJECT);
    study_close(&s);
}

static void seeds(void **state)
{
    static const struct {
        const char *json;
        int n;
        int64_t first, last;
    } good[] = {
        { "", 3, 1, 3 },
        { "\"seeds\": 7", 1, 7, 7 },
        { "\"seeds\": \"4-6,2\"", 4, 4, 2 },
        { "\"seeds\": [0, \"8-9\", 9007199254740992]", 4, 0, INT64_C(9007199254740992) },
        { "\"seeds\": \"1-10000\"", 10000, 1, 10000 },
    };
    static const char *const bad[] = { "\"\"",
                                       "\"1-\"",
                                       "\"1,\"",
                                       "\"-1\"",
                                       "-1",
                                       "1.5",
                                       "1e3",
                                       "\"1-10001\"",
                                       "[1, [2]]",
                                       "\"1-3,2\"",
                                       "\"1 - 3\"",
                                       "null",
                                       "9007199254740993",
                                       "99999999999999999999" };
    Study s;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(read_study(*state, &s, good[i].json), GT_OK);
        assert_int_equal(s.seeds, good[i].n);
        assert_int_equal(s.seed[0], good[i].first);
        assert_int_equal(s.seed[s.seeds - 1], good[i].last);
        study_close(&s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char rest[64];
        snprintf(rest, sizeof rest, "\"seeds\": %s", bad[i]);
        if (read_study(*state, &s, rest) != GT_ECONFIG || e.lines != 1)
            fail_msg("%s was accepted", rest);
        study_close(&s);
    }
}

static void the_ranking_metric(void **state)
{
    Study s;
    assert_int_equal(read_study(*state, &s, "\"metrics\": [\"d_loss\", \"modes\", \"kl\"]"), GT_OK);
    assert_true(s.metrics == 3 && s.rank == 1 && !s.all_scores);
    assert_true(s.metric[0].better == NEITHER && s.metric[1].better == HIGHER &&
                s.metric[2].better == LOWER);
    study_close(&s);
    assert_int_equal(read_study(*state, &s, "\"metrics\": [\"modes\"], \"rank\": \"d_loss:lower\""),
                     GT_OK);
    assert_true(s.metrics == 2 && s.rank == 1 && s.metric[1].better == LOWER);
    assert_string_equal(s.metric[1].name, "d_loss");
    study_close(&s);
    assert_int_equal(read_study(*state, &s, ""), GT_OK);
    assert_true(s.all_scores && s.metrics == 0 && s.rank == -1);
    study_add_metric(&s, "d_loss"); /* no known direction: no score */
    study_add_metric(&s, "fcd");
    study_add_metric(&s, "fcd");
    study_finish_metrics(&s);
    assert_true(s.metrics == 1 && s.rank == 0 && s.metric[0].better == LOWER);
    study_close(&s);
}

static void a_grid_too_large_is_refused(void **state)
{
    Study s;
    Text axis = { 0 };
    for (int i = 0; i < 101; i++)
        text_add(&axis, "%s%d", i ? "," : "", i + 1);
    Text json = { 0 };
    text_add(&json, "\"axes\": {\"data.std\": [%s], \"train.steps\": [%s]}", axis.at, axis.at);
    assert_int_equal(read_study(*state, &s, json.at), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "10201 combinations, at most 10000 are possible"));
    study_close(&s);
    text_free(&axis);
    text_free(&json);
}

/* ---- statistics ------------------------------------------------------------------------------ */

enum { CELLS = 5, SEEDS = 4 };

typedef struct Fixture {
    Study s;
    StudyWork w;
    StudyCell cell[CELLS];
    StudyRun run[CELLS * SEEDS];
    RankedCell order[CELLS];
} Fixture;

/* NaN: not measured. Cell 3 has diverged, cell 4 has the values of cell 1 in another order. */
static void open_fixture(Fixture *f, Direction better)
{
    static const double value[CELLS][SEEDS] = {
        { 2, 4, 4, 6 }, { 1, 2, 3, 4 }, { 9, NAN, NAN, NAN }, { 0, 0, 0, 0 }, { 4, 3, 2, 1 },
    };
    static const char *const names[CELLS] = { "zero", "one", "two", "three", "four" };
    memset(f, 0, sizeof *f);
    f->s = (Study){ .cell = f->cell, .cells = CELLS, .seeds = SEEDS, .metrics = 1, .rank = 0 };
    f->s.metric[0] = (StudyMetric){ .name = "x", .better = better };
    f->w = (StudyWork){ .s = &f->s, .run = f->run, .runs = CELLS * SEEDS, .order = f->order };
    for (int i = 0; i < CELLS * SEEDS; i++) {
        f->cell[i / SEEDS].name = names[i / SEEDS];
        f->run[i] = (StudyRun){ .cell = &f->cell[i / SEEDS], .seed = 1 + i % SEEDS };
        f->run[i].state = i / SEEDS == 3 ? RUN_DIVERGED : RUN_DONE;
        f->run[i].value[0] = value[i / SEEDS][i % SEEDS];
    }
}

static void means_and_sample_deviations(void **state)
{
    (void)state;
    static Fixture f;
    open_fixture(&f, LOWER);
    CellScore c = study_score(&f.w, 0, 0);
    assert_true(c.n == 4 && c.mean == 4 && fabs(c.deviation - sqrt(8.0 / 3)) < 1e-15);
    c = study_score(&f.w, 2, 0);
    assert_true(c.n == 1 && c.mean == 9 && isnan(c.deviation));
    c = study_score(&f.w, 3, 0);
    assert_true(c.n == 0 && isnan(c.mean) && isnan(c.deviation));
    assert_int_equal(study_count(&f.w, 3, RUN_DIVERGED), SEEDS);
    assert_int_equal(study_count(&f.w, 2, RUN_DONE), SEEDS);
}

static void expect_order(Fixture *f, const int *cells)
{
    study_order(&f->w);
    for (int i = 0; i < CELLS; i++)
        assert_int_equal(f->order[i].cell, cells[i]);
}

static void the_best_cell_comes_first(void **state)
{
    (void)state;
    static Fixture f;
    open_fixture(&f, LOWER);
    expect_order(&f, (const int[]){ 1, 4, 0, 2, 3 });
    open_fixture(&f, HIGHER);
    expect_order(&f, (const int[]){ 2, 0, 1, 4, 3 });
    f.s.rank = -1;
    expect_order(&f, (const int[]){ 0, 1, 2, 3, 4 });
}

static void the_median_run(void **state)
{
    (void)state;
    static Fixture f;
    open_fixture(&f, LOWER);
    assert_int_equal(study_median(&f.w, 0)->seed, 2); /* 2 4 4 6: the first of equal ones */
    assert_int_equal(study_median(&f.w, 1)->seed, 2);
    assert_int_equal(study_median(&f.w, 2)->seed, 1);
    assert_null(study_median(&f.w, 3));
    assert_int_equal(study_median(&f.w, 4)->seed, 3);
    f.run[0].value[0] = NAN; /* finished, but not measured: not counted */
    f.run[1].value[0] = 1;
    f.run[2].value[0] = 2;
    f.run[3].value[0] = 3;
    assert_int_equal(study_median(&f.w, 0)->seed, 3);
}

static void scores_as_text(void **state)
{
    (void)state;
    static const struct {
        CellScore c;
        int runs;
        const char *text;
    } cases[] = {
        { { 3.21456, 0.1234, 3 }, 3, "3.21 ± 0.12" },
        { { 3.21456, NAN, 1 }, 1, "3.215" },
        { { NAN, NAN, 0 }, 3, "" },
        { { 8, 0, 3 }, 3, "8 ± 0" },
        { { 1234.5, 99.6, 2 }, 2, "1234 ± 100" },
        { { 0.5, 0.0123, 2 }, 4, "0.500 ± 0.012 (2)" },
        { { 3e9, 2e8, 2 }, 2, "3e+09 ± 2e+08" },
        { { 1, 1e-9, 2 }, 2, "1 ± 1e-09" },
        { { -2, 0.5, 2 }, 2, "-2.00 ± 0.50" },
        { { 1, NAN, 1 }, 2, "1 (1)" },
    };
    char text[STUDY_SCORE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        study_score_text(&cases[i].c, cases[i].runs, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_table_reports_missing_values(void **state)
{
    (void)state;
    static Fixture f;
    Text some = { 0 }, all = { 0 }, none = { 0 };
    open_fixture(&f, LOWER);
    study_order(&f.w);
    study_table(&f.w, false, &some); /* cell 2 has one value of four */
    assert_non_null(strstr(some.at, "9 (1)"));
    assert_non_null(strstr(some.at, "; by x, lowest first\n(k): only k runs have a value\n"));
    for (int i = 0; i < CELLS * SEEDS; i++)
        f.run[i].value[0] = i;
    study_order(&f.w);
    study_table(&f.w, false, &all);
    assert_null(strstr(all.at, "(k)"));
    for (int i = 0; i < CELLS * SEEDS; i++)
        f.run[i].value[0] = NAN;
    study_order(&f.w);
    study_table(&f.w, false, &none);
    assert_non_null(strstr(none.at, "; no run has a value of x, so the cells are not ordered\n"));
    assert_null(strstr(none.at, "first"));
    assert_null(strstr(none.at, "(k)"));
    text_free(&some);
    text_free(&all);
    text_free(&none);
}

static void a_row_per_run(void **state)
{
    (void)state;
    static Fixture f;
    Text csv = { 0 }, table = { 0 };
    StudyPoint point = { .label = "a, \"b\"" };
    open_fixture(&f, LOWER);
    f.s.axes = 1;
    f.s.axis[0] = (StudyAxis){ "k", &point, 1 };
    f.run[0].step = 20;
    f.run[0].seconds = 1.5;
    study_csv(&f.w, &csv);
    assert_non_null(strstr(csv.at, "cell,k,seed,status,step,x,seconds\n"
                                   "zero,\"a, \"\"b\"\"\",1,done,20,2,1.500\n"));
    assert_non_null(strstr(csv.at, "two,\"a, \"\"b\"\"\",2,done,0,,0.000\n"));

    study_order(&f.w);
    study_table(&f.w, false, &table);
    assert_non_null(strstr(table.at, "cell   n    diverged  x\n"
                                     "* one  4    0         2.5 ± 1.3\n"));
    assert_non_null(strstr(table.at, "two    4    0         9 (1)\n"
                                     "three  0    4\n"));
    text_free(&csv);
    text_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_last_axis_varies_fastest),
        SCRATCH_TEST(no_axis_is_one_cell),
        SCRATCH_TEST(excluded_cells_are_left_out),
        SCRATCH_TEST(names_are_safe),
        SCRATCH_TEST(labels_stay_as_written),
        SCRATCH_TEST(seeds),
        SCRATCH_TEST(the_ranking_metric),
        SCRATCH_TEST(a_grid_too_large_is_refused),
        cmocka_unit_test(means_and_sample_deviations),
        cmocka_unit_test(the_best_cell_comes_first),
        cmocka_unit_test(the_median_run),
        cmocka_unit_test(scores_as_text),
        cmocka_unit_test(a_table_reports_missing_values),
        cmocka_unit_test(a_row_per_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
