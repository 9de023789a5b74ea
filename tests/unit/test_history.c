/* metrics.jsonl written, cut, and read back: rows, invalid lines, and clocks that restart. */
#include <math.h>

#include "gantrain/base/file.h"
#include "gantrain/run/history.h"
#include "train/train_parts.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;

static void put(const Scratch *s, const char *text)
{
    memset(&e, 0, sizeof e);
    scratch_put(s, text, strlen(text));
}

static void holds(const Scratch *s, const char *text)
{
    Bytes b;
    assert_int_equal(file_read(&b, s->path, 1 << 20, GT_EDATA, NULL), GT_OK);
    assert_string_equal((const char *)b.at, text);
    bytes_free(&b);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void columns(void **state)
{
    const Scratch *s = *state;
    History h;
    put(s, "{\"step\": 1, \"note\": \"x\", \"a\": 5}\n{\"step\": 2, \"b\": null}\n{\"st");
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_true(h.rows == 2 && h.columns == 3); /* a text is no column */
    assert_true(history_column(&h, "step")[1] > 1.5);
    assert_true(isnan(history_column(&h, "a")[1]) && isnan(history_column(&h, "b")[0]));
    assert_null(history_column(&h, "note"));
    history_free(&h);
    history_free(NULL);
    put(s, "");
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_int_equal(h.rows, 0);
    history_free(&h);
}

static void lines_that_are_no_rows(void **state)
{
    const Scratch *s = *state;
    static const char *const texts[] = { "[1]\n", "{\"step\": 1\n", "\n", "{\"a\": 1}\nx\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        History h;
        put(s, texts[i]);
        assert_int_equal(history_read(&h, s->path, &e), GT_EDATA);
        assert_non_null(strstr(e.text[0], i == 3 ? ":2: not a row" : ":1: not a row"));
        assert_null(h.name);
    }
}

static void damaged_lines_are_skipped(void **state)
{
    const Scratch *s = *state;
    static const struct {
        const char *text;
        int rows;
        const char *message;
    } cases[] = {
        { "{\"step\": 1}\n", 1, NULL },
        { "{\"step\": 1}\n{\"step\": 2, \"a\": 3, [\n{\"step\": 3}\n", 2,
          ":2: not a row of metrics: skipped\n" },
        { "x\n{\"step\": 1}\n7\ny\n", 1, ":1: not a row of metrics: skipped, with 2 more\n" },
        { "{\"a\": {}, \"a\": 1}\n", 0, ":1: not a row" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        History h;
        Text damaged = { 0 };
        put(s, cases[i].text);
        assert_int_equal(history_read_lenient(&h, s->path, &damaged, &e), GT_OK);
        assert_int_equal(h.rows, cases[i].rows);
        assert_true(cases[i].message ? strstr(damaged.at, cases[i].message) != NULL : !damaged.at);
        for (int r = 0; r < h.rows; r++)
            assert_true(history_column(&h, "step")[r] >= 1);
        history_free(&h);
        text_free(&damaged);
    }
}

/* More columns than possible: an invalid row, not a lack of memory. */
static void too_many_columns(void **state)
{
    const Scratch *s = *state;
    Text text = { 0 };
    text_add(&text, "{\"c0\": 0");
    for (int i = 1; i < 257; i++)
        text_add(&text, ", \"c%d\": 1", i);
    text_add(&text, "}\n");
    History h;
    put(s, text.at);
    assert_int_equal(history_read(&h, s->path, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], ":1: not a row"));
    text.at[text.used - 13] = '}'; /* without the last one */
    text.at[text.used - 12] = '\n';
    text.at[text.used - 11] = '\0';
    put(s, text.at);
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_int_equal(h.columns, 256);
    history_free(&h);
    text_free(&text);
}

static void push(History *h, const char *row, int most, Status expected)
{
    assert_int_equal(history_append(h, row, strlen(row), most, &e), expected);
}

static void rows_one_at_a_time(void **state)
{
    (void)state;
    History h = { 0 };
    push(&h, "{\"a\": 1}", 2, GT_OK);
    push(&h, "{\"a\": 2}", 2, GT_OK); /* no step: cannot be a restart */
    push(&h, "{\"a\": 3, \"step\": 5}", 2, GT_OK);
    assert_int_equal(h.rows, 1); /* is not after a row without a step */
    push(&h, "{\"a\": 4, \"step\": 6}", 2, GT_OK);
    push(&h, "{\"a\": 5, \"step\": 7}", 2, GT_OK);
    assert_int_equal(h.rows, 2);
    assert_true(history_column(&h, "a")[0] > 3.5);
    push(&h, "[]", 2, GT_EDATA);
    assert_int_equal(h.rows, 2);
    push(&h, "{\"a\": 6, \"step\": 7}", 2, GT_OK);
    assert_int_equal(h.rows, 1);
    history_free(&h);
}

static void seconds(void **state)
{
    const Scratch *s = *state;
    History h;
    put(s, "{\"seconds\": 1}\n{\"seconds\": 3}\n{\"seconds\": null}\n{\"seconds\": 0.5}\n");
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_true(fabs(history_seconds(&h) - 3.5) < 1e-12);
    history_free(&h);
    put(s, "{\"step\": 1}\n");
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_true(fabs(history_seconds(&h)) < 1e-12);
    history_free(&h);
}

/* ---- cutting --------------------------------------------------------------------------------- */

#define ROW(n) "{\"step\": " n ", \"a\": 1}\n"

static void rows_that_are_kept(void **state)
{
    const Scratch *s = *state;
    static const struct {
        const char *text, *kept;
    } cases[] = {
        { "", "" },
        { ROW("1") ROW("2"), ROW("1") ROW("2") },
        { ROW("1") ROW("3"), ROW("1") },
        { ROW("1") "{\"step\": 2, \"a", ROW("1") }, /* truncated */
        { ROW("1") "{\"st", ROW("1") },
        { ROW("3") ROW("1"), "" }, /* what follows a later row was written later */
        { ROW("3") "{\"st", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(s, cases[i].text);
        assert_int_equal(metrics_truncate(s->path, 2, &e), GT_OK);
        holds(s, cases[i].kept);
    }
    unlink(s->path);
    assert_int_equal(metrics_truncate(s->path, 2, &e), GT_OK); /* a missing file is fine */
}

/* A file with other lines is not changed. */
static void lines_of_others(void **state)
{
    const Scratch *s = *state;
    static const char *const texts[] = { "note\n", ROW("1") "x", ROW("1") "\n" ROW("2"),
                                         "{\"step\":\n", ROW("3") "{\"loss\": 1}\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(s, texts[i]);
        assert_int_equal(metrics_truncate(s->path, 2, &e), GT_EOUTPUT);
        assert_non_null(strstr(e.text[0], i ? (i == 3 ? "line 1" : "line 2") : "line 1"));
        holds(s, texts[i]);
    }
}

/* A clock that was set back gives no speed; a step that was not watched has no ratios. */
static void a_row_of_a_run(void **state)
{
    const Scratch *s = *state;
    static Run r;
    r.data.count = 10;
    r.config.train.batch_size = r.config.train.accumulate = 1;
    r.config.gan.discriminator.steps = 1;
    r.gan.step = 4;
    r.gan.recoveries = 2;
    r.progress.began = progress_now() + 1e6;
    r.evaluation.scored_step = 4;
    r.evaluation.n = 1;
    r.evaluation.score[0] = (Score){ .name = "fcd", .value = 1.5 };
    assert_int_equal(metrics_append(&r, s->path, &e), GT_OK);
    r.gan.measure = true;
    r.progress.began = 0;
    assert_int_equal(metrics_append(&r, s->path, &e), GT_OK);
    History h;
    assert_int_equal(history_read(&h, s->path, &e), GT_OK);
    assert_true(history_column(&h, "examples_per_s")[0] <= 0);
    assert_true(history_column(&h, "examples_per_s")[1] >= 0);
    assert_true(isnan(history_column(&h, "data_spread")[0]));
    assert_true(history_column(&h, "data_spread")[1] >= 0);
    assert_true(history_column(&h, "fcd")[1] > 1 && history_column(&h, "recoveries")[1] > 1);
    int known = 0;
    while (metrics_column(known))
        known++;
    assert_true(known >= 20);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(columns),
        SCRATCH_TEST(lines_that_are_no_rows),
        SCRATCH_TEST(damaged_lines_are_skipped),
        SCRATCH_TEST(too_many_columns),
        cmocka_unit_test(rows_one_at_a_time),
        SCRATCH_TEST(seconds),
        SCRATCH_TEST(rows_that_are_kept),
        SCRATCH_TEST(lines_of_others),
        SCRATCH_TEST(a_row_of_a_run),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
