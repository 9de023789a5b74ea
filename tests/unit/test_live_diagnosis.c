/* Live diagnosis: which causes are reported, once each, after which row. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/train/run.h"

#include <cmocka.h> /* last: it has a macro fail() */

static void configure(Config *c)
{
    static Error e;
    assert_int_equal(config_parse(c, "{}", 2, "config", &e), GT_OK);
}

/* Adds row i of a run; returns whether a cause is to be reported. */
static bool push(LiveDiagnosis *d, const Config *c, int i, double d_loss, double spread, Finding *f)
{
    static Error e;
    char row[256];
    bool report;
    const int n = snprintf(row, sizeof row,
                           "{\"step\": %d, \"d_loss\": %.9g, \"g_loss\": 1, \"data_spread\": 0.5, "
                           "\"sample_spread\": %.9g, \"note\": null}\n",
                           100 * i, d_loss, spread);
    assert_int_equal(live_diagnosis_add(d, row, (size_t)n, c, &report, f, &e), GT_OK);
    return report;
}

static void test_each_cause_once(void **state)
{
    (void)state;
    static LiveDiagnosis d;
    static Config c;
    Finding found;
    configure(&c);
    memset(&d, 0, sizeof d);
    int reports = 0, first = 0;
    for (int i = 1; i <= 100; i++)
        if (push(&d, &c, i, 0.01, 0.9, &found)) {
            reports++;
            first = i;
            assert_string_equal(found.cause, "d_too_strong");
        }
    assert_int_equal(reports, 1);
    assert_int_equal(first, 9);
    assert_int_equal(d.recent.rows, LIVE_ROWS);
    assert_true(history_column(&d.recent, "step")[0] == 3700);
    assert_true(isnan(history_column(&d.recent, "note")[5]));

    reports = 0;
    for (int i = 101; i <= 160; i++)
        reports += push(&d, &c, i, 1.2, 0.05, &found);
    assert_int_equal(reports, 1); /* another cause is reported, too */
    assert_string_equal(found.cause, "mode_collapse");

    push(&d, &c, 50, 1.2, 0.9, &found); /* the run went back to a checkpoint */
    assert_int_equal(d.recent.rows, 1);
    live_diagnosis_close(&d);
    config_free(&c);
}

static void test_severe_only(void **state)
{
    (void)state;
    static LiveDiagnosis d;
    static Config c;
    Finding found;
    configure(&c);
    memset(&d, 0, sizeof d);
    d.severe_only = true;
    for (int i = 1; i <= 20; i++)
        assert_false(push(&d, &c, i, 0.4, 0.9, &found));
    assert_string_equal(found.cause, "d_too_strong");
    int reports = 0;
    for (int i = 21; i <= 100; i++)
        reports += push(&d, &c, i, 0.4, 0, &found);
    assert_int_equal(reports, 1);
    assert_string_equal(found.cause, "no_noise");
    live_diagnosis_close(&d);
    config_free(&c);
}

static void test_invalid_rows(void **state)
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
        cmocka_unit_test(test_each_cause_once),
        cmocka_unit_test(test_severe_only),
        cmocka_unit_test(test_invalid_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
