/* Synthetic histories with one defect each: which cause is found, its threshold, the order of
 * several. */
#include "gantrain/base/file.h"
#include "support/histories.h" /* last: cmocka has a macro fail() */

typedef struct Change {
    const char *column;
    double value;
} Change;

typedef struct Row {
    const char *cause;
    const char *config;
    Change change[4]; /* in all rows; ends with a NULL column */
} Row;

static const double CHANCE = 1.3862943611198906; /* 2 log 2 */

#define ADVANTAGE(share)                                                                           \
    {                                                                                              \
        "d_loss", 1.3862943611198906 * (1 - (share))                                               \
    }

/* Both sides of every threshold. */
static const Row rows[] = {
    { "healthy", "{}", { { NULL, 0 } } },
    { "same_data", "{}", { { "data_spread", 0 } } },
    { "same_data", "{}", { { "data_spread", 1e-9 }, { "sample_spread", NAN } } },
    { "healthy", "{}", { { "data_spread", 1e-3 } } },
    { "no_noise", "{}", { { "sample_spread", 0 } } },
    { "no_noise",
      "{}",
      { { "sample_spread", 0.009 }, { "g_update_ratio", 0.03 }, ADVANTAGE(0.99) } },
    { "mode_collapse", "{}", { { "sample_spread", 0.011 } } },
    { "mode_collapse", "{}", { { "sample_spread", 0.24 } } },
    { "healthy", "{}", { { "sample_spread", 0.26 } } },
    { "mode_collapse", "{}", { { "reverse_kl", 0.7 }, { "high_quality", 0.95 } } },
    { "healthy", "{}", { { "reverse_kl", 0.69 }, { "high_quality", 0.95 } } },
    { "plateau", "{}", { { "reverse_kl", 2 }, { "high_quality", 0.2 } } },
    { "too_early", "{}", { { "reverse_kl", 2 } } },
    { "too_early", "{}", { { "recall", 0.09 } } },
    { "healthy", "{}", { { "recall", 0.11 } } },
    { "too_early", "{}", { { "coverage", 0.09 } } },
    { "healthy", "{}", { { "coverage", 0.11 } } },
    { "healthy", "{\"generator\": {\"ema\": 0.9999}}", { { "recall", 0.11 } } },
    { "average_lags", "{\"generator\": {\"ema\": 0.9999}}", { { "recall", 0.09 } } },
    { "average_lags", "{\"generator\": {\"ema\": 0.9999}}", { { "class_kl", 2.33 } } },
    { "too_early", "{\"generator\": {\"ema\": 0.9996}}", { { "class_kl", 2.33 } } },
    { "mode_collapse", "{\"generator\": {\"ema\": 0.998}}", { { "class_kl", 2.33 } } },
    { "mode_collapse", "{}", { { "class_kl", 0.7 } } },
    { "healthy", "{}", { { "class_kl", 0.69 } } },
    { "memorisation", "{}", { { "copies", 0.11 } } },
    { "healthy", "{}", { { "copies", 0.09 } } },
    { "d_too_strong", "{}", { ADVANTAGE(0.63) } },
    { "healthy", "{}", { ADVANTAGE(0.61) } },
    { "d_too_strong", "{}", { ADVANTAGE(0.999), { "sample_spread", 0.3 } } },
    { "d_too_strong",
      "{\"optimizer\": {\"discriminator\": {\"kind\": \"adam\", \"lr\": 0.002}}}",
      { ADVANTAGE(0.41) } },
    { "healthy",
      "{\"optimizer\": {\"discriminator\": {\"kind\": \"adam\", \"lr\": 0.0015}}}",
      { ADVANTAGE(0.61) } },
    { "d_too_strong", "{\"discriminator\": {\"steps\": 10}}", { ADVANTAGE(0.41) } },
    { "healthy", "{\"discriminator\": {\"steps\": 10}}", { ADVANTAGE(0.39) } },
    { "d_too_strong", "{\"objective\": \"hinge\"}", { { "d_loss", 0.7 } } },
    { "healthy", "{\"objective\": \"hinge\"}", { { "d_loss", 0.8 } } },
    { "d_too_strong", "{\"objective\": \"least_squares\"}", { { "d_loss", 0.09 } } },
    { "healthy", "{\"objective\": \"least_squares\"}", { { "d_loss", 0.1 } } },
    { "healthy", "{\"objective\": \"relativistic_average\"}", { ADVANTAGE(0.9) } },
    { "d_too_strong", "{\"objective\": \"relativistic_average\"}", { ADVANTAGE(0.98) } },
    { "healthy", "{\"objective\": \"wasserstein\"}", { { "d_loss", -50 }, { "g_loss", 900 } } },
    { "healthy", "{}", { { "g_grad_norm", 0.001 } } },
    { "d_too_weak", "{}", { { "d_update_ratio", 1e-12 } } },
    { "d_too_weak", "{}", { { "d_update_ratio", 9e-7 } } },
    { "healthy", "{}", { { "d_update_ratio", 2e-6 } } },
    { "d_too_weak", "{}", { ADVANTAGE(-0.51) } },
    { "healthy", "{}", { ADVANTAGE(-0.49) } },
    { "g_frozen", "{}", { { "g_update_ratio", 1e-12 }, ADVANTAGE(0.99) } },
    { "rate_too_high", "{}", { { "d_update_ratio", 0 }, { "d_grad_norm", 1e-9 } } },
    { "rate_too_high",
      "{}",
      { { "g_update_ratio", 0 }, { "g_grad_norm", 0 }, { "sample_spread", 0 } } },
    { "d_too_strong", "{}", { { "d_update_ratio", 1e-9 }, { "d_grad_norm", 0 }, ADVANTAGE(1) } },
    { "rate_too_high", "{}", { { "g_update_ratio", 0.026 } } },
    { "healthy", "{}", { { "g_update_ratio", 0.024 } } },
    { "rate_too_high", "{}", { { "d_update_ratio", 0.026 } } },
    { "d_too_strong", "{}", { { "d_update_ratio", 0.026 }, ADVANTAGE(0.9) } },
    { "rate_too_high", "{}", { { "g_loss", 101 }, ADVANTAGE(0.9) } },
    { "d_too_strong", "{}", { { "g_loss", 99 }, ADVANTAGE(0.9) } },
    { "healthy", "{\"objective\": \"feature_matching\"}", { { "g_loss", 150 } } },
    { "rate_too_high", "{\"objective\": \"wasserstein\"}", { { "d_loss", -2e4 } } },
    { "rate_too_high", "{}", { { "recoveries", 2 } } },
};

static void test_thresholds(void **state)
{
    (void)state;
    static Fixture f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&f, rows[i].config, ROWS);
        for (const Change *c = rows[i].change; c < rows[i].change + 4 && c->column; c++)
            set(&f, c->column, c->value);
        assert_first(&f, rows[i].cause);
        end(&f);
    }
}

/* Two scores are too few, three suffice. */
static void test_sparse_scores(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    set_rows(&f, "class_kl", ROWS - 1, ROWS, 2);
    set_rows(&f, "class_kl", ROWS - 4, ROWS - 3, 2);
    assert_first(&f, "too_early");
    assert_non_null(strstr(f.found[0].evidence, "real images (class_kl 2.00)"));
    assert_string_equal(f.found[0].advice, "");
    set_rows(&f, "class_kl", ROWS - 7, ROWS - 6, 2);
    assert_first(&f, "mode_collapse");
    end(&f);
}

/* The last scores count; a lagging average is mentioned with them, and is a cause after three. */
static void test_poor_scores(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{\"generator\": {\"ema\": 0.9999}}", ROWS);
    set_rows(&f, "class_kl", 9, 10, 1.51);
    set_rows(&f, "recall", 9, 10, 0.0007);
    set_rows(&f, "class_kl", 19, 20, 1.51);
    set_rows(&f, "recall", 19, 20, 0.0007);
    assert_first(&f, "too_early");
    assert_non_null(strstr(f.found[0].evidence, "(class_kl 1.51, recall 0.00); samples come from"));
    assert_string_equal(f.found[0].advice, "try generator.ema=0.99 (now 0.9999), or more steps");
    set_rows(&f, "class_kl", 29, 30, 1.51);
    assert_first(&f, "average_lags");
    set_rows(&f, "class_kl", 29, 30, 0.1);
    assert_first(&f, "healthy");
    end(&f);
}

/* Single outliers and old rows do not count. */
static void test_outliers_and_old_rows(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < ROWS; i += 4) {
        set_rows(&f, "sample_spread", i, i + 1, 0);
        set_rows(&f, "g_loss", i, i + 1, 1e6);
        set_rows(&f, "g_update_ratio", i, i + 1, 0.5);
    }
    assert_first(&f, "healthy");
    end(&f);

    begin(&f, "{}", ROWS);
    set_rows(&f, "d_loss", 0, 2 * ROWS / 3, 0.001);
    set_rows(&f, "sample_spread", 0, 2 * ROWS / 3, 0.05);
    assert_first(&f, "healthy");
    end(&f);
}

static void test_vanishing(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{\"objective\": \"minimax\"}", ROWS);
    set(&f, "d_loss", 0.01);
    assert_first(&f, "d_too_strong");
    set_rows(&f, "g_grad_norm", 2, ROWS, 0.0031); /* 0.3 before */
    assert_first(&f, "d_too_strong");
    set_rows(&f, "g_grad_norm", 2, ROWS, 0.0029);
    assert_first(&f, "vanishing_gradient");
    assert_string_equal(f.found[1].cause, "d_too_strong");
    assert_non_null(strstr(f.found[0].advice, "objective.kind=non_saturating"));
    set(&f, "d_loss", 1.2); /* D does not dominate */
    assert_first(&f, "healthy");
    end(&f);
}

static void test_oscillation(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "d_loss", i, i + 1, CHANCE - (i % 2 ? 0.1 : 0.1 + 0.31 * CHANCE));
    assert_first(&f, "oscillation");
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "d_loss", i, i + 1, CHANCE - (i % 2 ? 0.1 : 0.1 + 0.29 * CHANCE));
    assert_first(&f, "healthy");
    for (int i = 0; i < ROWS; i++) /* falls by as much, once */
        set_rows(&f, "d_loss", i, i + 1, CHANCE - 0.1 - (i < ROWS - 5 ? 0 : 0.4 * CHANCE));
    assert_first(&f, "healthy");
    end(&f);
}

static void test_plateau(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "fcd", i, i + 1, 40.0 - i);
    assert_first(&f, "healthy");
    set_rows(&f, "fcd", ROWS / 2, ROWS, 25.9); /* 26 was reached before */
    assert_first(&f, "plateau");
    set_rows(&f, "fcd", ROWS / 2, ROWS, 25.0);
    assert_first(&f, "healthy");
    set_rows(&f, "fcd", 0, ROWS - 9, NAN); /* nine values */
    set_rows(&f, "fcd", ROWS - 9, ROWS, 25);
    assert_first(&f, "healthy");
    end(&f);

    begin(&f, "{}", ROWS);
    set(&f, "high_quality", 0.89);
    assert_first(&f, "plateau");
    set(&f, "high_quality", 0.91);
    assert_first(&f, "healthy");
    end(&f);
}

/* Every key=value of an advice is a valid config. */
static void assert_advice(const char *config, const char *advice)
{
    char words[FINDING_TEXT];
    snprintf(words, sizeof words, "%s", advice);
    for (char *word = strtok(words, " ,"); word; word = strtok(NULL, " ,")) {
        char *equals = strchr(word, '=');
        static Error e;
        Arena a = { 0 };
        Json tree = { 0 };
        Config c = { 0 };
        Text text = { 0 };
        if (!equals)
            continue;
        *equals = '\0';
        e = (Error){ 0 };
        assert_int_equal(json_parse(&tree, config, strlen(config), "config", 1 << 16, &e), GT_OK);
        if (strcmp(word, "penalty.gamma") == 0)
            option_set(&tree.arena, tree.root, "penalty.kind", "r1", &e);
        assert_int_equal(option_set(&tree.arena, tree.root, word, equals + 1, &e), GT_OK);
        json_write(&text, tree.root, 0);
        const Status s = config_parse(&c, text.at, text.used, "advice", &e);
        if (s != GT_OK)
            print_error("%s=%s: %s\n", word, equals + 1, e.text[0]);
        assert_int_equal(s, GT_OK);
        config_free(&c);
        json_free(&tree);
        text_free(&text);
        arena_close(&a);
    }
}

static void test_texts(void **state)
{
    (void)state;
    static Fixture f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&f, rows[i].config, ROWS);
        for (const Change *c = rows[i].change; c < rows[i].change + 4 && c->column; c++)
            set(&f, c->column, c->value);
        run_diagnosis(&f);
        for (int k = 0; k < f.n; k++) {
            Text line = { 0 };
            assert_advice(rows[i].config, f.found[k].advice);
            assert_true(strlen(f.found[k].evidence) < FINDING_TEXT - 1); /* not truncated */
            assert_true(strlen(f.found[k].advice) < FINDING_TEXT - 1);
            assert_true(f.found[k].severity == 0 || *f.found[k].advice);
            finding_text(&f.found[k], &line);
            assert_null(strchr(line.at, '\n'));
            assert_null(strstr(line.at, "nan"));
            text_free(&line);
        }
        end(&f);
    }
}

/* src/diagnosis/README.md has the table of causes. */
static void test_readme(void **state)
{
    (void)state;
    static Error e;
    Bytes file = { 0 };
    assert_int_equal(
        file_read(&file, GANTRAIN_FIXTURES "/../../src/diagnosis/README.md", 1 << 20, GT_EDATA, &e),
        GT_OK);
    Text readme = { 0 };
    text_add_bytes(&readme, file.at, file.size);
    for (int i = 0; causes.entry[i]; i++) {
        const Cause *c = (const Cause *)causes.entry[i];
        Text row = { 0 };
        text_add(&row, "| %s | %s | %s | %s |\n", c->title, c->seen, c->is.summary, c->remedy);
        if (!strstr(readme.at, row.at))
            print_error("src/diagnosis/README.md lacks\n%s", row.at);
        assert_non_null(strstr(readme.at, row.at));
        assert_ptr_equal(registry_find(&causes, c->is.name), &c->is);
        text_free(&row);
    }
    text_free(&readme);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds),    cmocka_unit_test(test_outliers_and_old_rows),
        cmocka_unit_test(test_sparse_scores), cmocka_unit_test(test_poor_scores),
        cmocka_unit_test(test_vanishing),     cmocka_unit_test(test_oscillation),
        cmocka_unit_test(test_plateau),       cmocka_unit_test(test_texts),
        cmocka_unit_test(test_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
