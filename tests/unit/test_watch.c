/* What is told while a run goes on, row by row. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/train/live_diagnosis.h"

#include <cmocka.h> /* last: it has a macro fail() */

static void configure(Config *c)
{
    static Error e;
    assert_int_equal(config_parse(c, "{}", 2, "config", &e), GT_OK);
}

/* Row number i of a run; whether something is told. */
static bool push(LiveDiagnosis *w, const Config *c, int i, double d_loss, double spread, Finding *f)
{
    static Error e;
    char row[256];
    bool tell;
    const int n = snprintf(row, sizeof row,
                           "{\"step\": %d, \"d_loss\": %.9g, \"g_loss\": 1, \"data_spread\": 0.5, "
                           "\"sample_spread\": %.9g, \"note\": null}\n",
                           100 * i, d_loss, spread);
    assert_int_equal(watch_row(w, row, (size_t)n, c, &tell, f, &e), GT_OK);
    return tell;
}

static void test_watch(void **state)
{
    (void)state;
    static LiveDiagnosis w;
    static Config c;
    Finding found;
    configure(&c);
    memset(&w, 0, sizeof w);
    int told = 0, first = 0;
    for (int i = 1; i <= 100; i++)
        if (push(&w, &c, i, 0.01, 0.9, &found)) {
            told++;
            first = i;
            assert_string_equal(found.cause, "d_too_strong");
        }
    assert_int_equal(told, 1); /* once, and not at the first sign */
    assert_int_equal(first, 9);
    assert_int_equal(w.recent.rows, WATCH_ROWS);
    assert_true(history_column(&w.recent, "step")[0] == 3700);
    assert_true(isnan(history_column(&w.recent, "note")[5]));

    told = 0;
    for (int i = 101; i <= 160; i++)
        told += push(&w, &c, i, 1.2, 0.05, &found);
    assert_int_equal(told, 1); /* the next one is told too */
    assert_string_equal(found.cause, "mode_collapse");

    push(&w, &c, 50, 1.2, 0.9, &found); /* gone back */
    assert_int_equal(w.recent.rows, 1);
    watch_close(&w);
    config_free(&c);
}

/* Young runs are told only what leaves little hope. */
static void test_watch_of_the_young(void **state)
{
    (void)state;
    static LiveDiagnosis w;
    static Config c;
    Finding found;
    configure(&c);
    memset(&w, 0, sizeof w);
    w.young = true;
    for (int i = 1; i <= 20; i++)
        assert_false(push(&w, &c, i, 0.4, 0.9, &found));
    assert_string_equal(found.cause, "d_too_strong");
    int told = 0;
    for (int i = 21; i <= 100; i++)
        told += push(&w, &c, i, 0.4, 0, &found);
    assert_int_equal(told, 1);
    assert_string_equal(found.cause, "no_noise");
    watch_close(&w);
    config_free(&c);
}

static void test_rows_that_are_none(void **state)
{
    (void)state;
    static Error e;
    History h = { 0 };
    assert_int_equal(history_append(&h, "{\"step\": 1}", 11, 4, &e), GT_OK);
    assert_int_equal(history_append(&h, "[1]", 3, 4, &e), GT_EDATA);
    assert_int_equal(history_append(&h, "{\"step\": ", 9, 4, &e), GT_EDATA);
    assert_int_equal(h.rows, 1);
    assert_true(history_column(&h, "step")[0] == 1);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_watch_of_the_young),
        cmocka_unit_test(test_rows_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
