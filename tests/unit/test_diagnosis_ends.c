/* Histories that end with non-finite values, or that are short. */
#include "support/histories.h" /* last: cmocka has a macro fail() */

static void test_nonfinite_at_end(void **state)
{
    (void)state;
    static Fixture f;
    static const char *const columns[] = { "d_loss", "g_loss", "penalty", "d_grad_norm",
                                           "g_grad_norm" };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        begin(&f, "{}", ROWS);
        set_rows(&f, columns[i], ROWS - 1, ROWS, NAN);
        assert_first(&f, "rate_too_high");
        assert_int_equal(f.n, 1);
        assert_non_null(strstr(f.found[0].evidence, "step 3000"));
        end(&f);
    }
}

/* The only row of a run whose first step diverged. */
static void test_nonfinite_at_step_1(void **state)
{
    (void)state;
    static const struct {
        const char *cause, *config, *column;
        double step;
    } cases[] = {
        { "not_finite", "{}", "d_loss", 1 },
        { "rate_too_high", "{}", "g_loss", 1 },
        { "rate_too_high", "{}", "d_loss", 2 },
        { "rate_too_high", "{\"discriminator\": {\"steps\": 2}}", "d_loss", 1 },
    };
    static Fixture f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(&f, cases[i].config, 1);
        set(&f, "step", cases[i].step);
        set(&f, cases[i].column, NAN);
        set(&f, "data_spread", NAN); /* not measured */
        set(&f, "sample_spread", NAN);
        assert_first(&f, cases[i].cause);
        assert_int_equal(f.n, 1);
        end(&f);
    }
}

static void test_too_early(void **state)
{
    (void)state;
    static Fixture f;
    for (int n = 0; n < 5; n++) {
        begin(&f, "{}", n);
        set(&f, "d_loss", 0.001);
        assert_first(&f, "too_early");
        assert_int_equal(f.n, 1);
        end(&f);
    }
    begin(&f, "{}", ROWS);
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "step", i, i + 1, i + 1);
    set(&f, "d_loss", 0.001);
    assert_first(&f, "too_early");
    end(&f);
}

static void test_missing_columns(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < COLUMNS * ROWS; i++)
        f.value[i] = NAN;
    assert_first(&f, "too_early");
    end(&f);

    begin(&f, "{}", ROWS); /* no column but the step */
    f.h.columns = 1;
    assert_first(&f, "too_early");
    assert_int_equal(f.n, 1);
    assert_null(strstr(f.found[0].evidence, "nan"));
    f.h.columns = 3;
    assert_first(&f, "healthy");
    end(&f);

    begin(&f, "{}", ROWS);
    f.h.columns = 0;
    assert_first(&f, "too_early");
    end(&f);
}

static void test_room_for_fewer(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    set(&f, "d_loss", 0.001);
    set(&f, "sample_spread", 0.1);
    run_diagnosis(&f);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.found[0].cause, "d_too_strong");
    assert_string_equal(f.found[1].cause, "mode_collapse");
    assert_true(f.found[0].severity >= f.found[1].severity && f.found[0].severity <= 1);
    assert_int_equal(diagnose(&f.h, &f.config, f.found, 1), 1);
    assert_int_equal(diagnose(&f.h, &f.config, f.found, 0), 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonfinite_at_end), cmocka_unit_test(test_nonfinite_at_step_1),
        cmocka_unit_test(test_too_early),        cmocka_unit_test(test_missing_columns),
        cmocka_unit_test(test_room_for_fewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
