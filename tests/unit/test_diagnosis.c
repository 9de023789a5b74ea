/* Histories made by hand, one trouble at a time: which cause is named, from where on, and in which order. */
#include "gantrain/base/file.h"
#include "gantrain/run/watch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */

enum { ROWS = 30, COLUMNS = 32 };

typedef struct Fixture {
    Config config;
    History h;
    char *name[COLUMNS];
    double value[COLUMNS * ROWS];
    Finding found[FINDINGS];
    int n;
} Fixture;

/* ---- making --------------------------------------------------------------------------------------------- */

static void set_rows(Fixture *f, const char *column, int from, int to, double x)
{
    int i = 0;
    while (i < f->h.columns && strcmp(f->name[i], column) != 0)
        i++;
    assert_true(i < COLUMNS);
    if (i == f->h.columns) {
        f->name[i] = (char *)(uintptr_t)column;
        f->h.columns++;
        for (int r = 0; r < ROWS; r++)
            f->value[i * f->h.rows + r] = NAN;
    }
    for (int r = from; r < to; r++)
        f->value[i * f->h.rows + r] = x;
}

static void set(Fixture *f, const char *column, double x)
{
    set_rows(f, column, 0, f->h.rows, x);
}

static void configure(Fixture *f, const char *config)
{
    static Error e;
    config_free(&f->config);
    e = (Error){ 0 };
    assert_int_equal(config_parse(&f->config, config, strlen(config), "config", &e), GT_OK);
}

/* A history of mnist.json, as it goes when all is well, with this many rows. */
static void begin(Fixture *f, const char *config, int rows)
{
    static const struct {
        const char *name;
        double value;
    } columns[] = {
        { "d_loss", 1.2 },           { "g_loss", 0.8 },          { "penalty", 0 },
        { "d_accuracy_real", 0.7 },  { "d_accuracy_fake", 0.7 }, { "d_saturation", 0.01 },
        { "d_grad_norm", 4 },        { "g_grad_norm", 0.3 },     { "d_update_ratio", 0.008 },
        { "g_update_ratio", 0.006 }, { "data_spread", 0.51 },    { "sample_spread", 0.9 },
    };
    memset(f, 0, sizeof *f);
    configure(f, config);
    f->h = (History){ rows, 0, f->name, f->value };
    for (int i = 0; i < rows; i++)
        set_rows(f, "step", i, i + 1, 100 * (i + 1));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        set(f, columns[i].name, columns[i].value);
}

static void look(Fixture *f)
{
    f->n = diagnose(&f->h, &f->config, f->found, FINDINGS);
    assert_true(f->n >= 1);
}

static void end(Fixture *f)
{
    config_free(&f->config);
}

static void assert_first(Fixture *f, const char *cause)
{
    look(f);
    if (strcmp(f->found[0].cause, cause) != 0)
        print_error("%s: %s, not %s\n", f->found[0].cause, f->found[0].evidence, cause);
    assert_string_equal(f->found[0].cause, cause);
    assert_true(*f->found[0].evidence || strcmp(cause, "healthy") == 0);
}

/* ---- one change each ------------------------------------------------------------------------------------ */

typedef struct Change {
    const char *column;
    double value;
} Change;

typedef struct Row {
    const char *cause;
    const char *config;
    Change change[4]; /* of all rows; ended by one without a name */
} Row;

static const double BLIND = 1.3862943611198906; /* 2 log 2 */

#define WON(share)                                                                                 \
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
    { "no_noise", "{}", { { "sample_spread", 0.009 }, { "g_update_ratio", 0.03 }, WON(0.99) } },
    { "mode_collapse", "{}", { { "sample_spread", 0.011 } } },
    { "mode_collapse", "{}", { { "sample_spread", 0.24 } } },
    { "healthy", "{}", { { "sample_spread", 0.26 } } },
    { "mode_collapse", "{}", { { "reverse_kl", 0.7 }, { "high_quality", 0.95 } } },
    { "healthy", "{}", { { "reverse_kl", 0.69 }, { "high_quality", 0.95 } } },
    { "plateau", "{}", { { "reverse_kl", 2 }, { "high_quality", 0.2 } } },
    { "healthy", "{}", { { "reverse_kl", 2 } } },
    { "mode_collapse", "{}", { { "class_kl", 0.7 } } },
    { "healthy", "{}", { { "class_kl", 0.69 } } },
    { "memorisation", "{}", { { "copies", 0.11 } } },
    { "healthy", "{}", { { "copies", 0.09 } } },
    { "d_too_strong", "{}", { WON(0.63) } },
    { "healthy", "{}", { WON(0.61) } },
    { "d_too_strong", "{}", { WON(0.999), { "sample_spread", 0.3 } } },
    { "d_too_strong", "{\"objective\": \"hinge\"}", { { "d_loss", 0.7 } } },
    { "healthy", "{\"objective\": \"hinge\"}", { { "d_loss", 0.8 } } },
    { "d_too_strong", "{\"objective\": \"least_squares\"}", { { "d_loss", 0.09 } } },
    { "healthy", "{\"objective\": \"least_squares\"}", { { "d_loss", 0.1 } } },
    { "healthy", "{\"objective\": \"relativistic_average\"}", { WON(0.9) } },
    { "d_too_strong", "{\"objective\": \"relativistic_average\"}", { WON(0.98) } },
    { "healthy", "{\"objective\": \"wasserstein\"}", { { "d_loss", -50 }, { "g_loss", 900 } } },
    { "healthy", "{}", { { "g_grad_norm", 0.001 } } },
    { "d_too_weak", "{}", { { "d_update_ratio", 1e-12 } } },
    { "d_too_weak", "{}", { { "d_update_ratio", 9e-7 } } },
    { "healthy", "{}", { { "d_update_ratio", 2e-6 } } },
    { "d_too_weak", "{}", { WON(-0.51) } },
    { "healthy", "{}", { WON(-0.49) } },
    { "g_frozen", "{}", { { "g_update_ratio", 1e-12 }, WON(0.99) } },
    { "rate_too_high", "{}", { { "d_update_ratio", 0 }, { "d_grad_norm", 1e-9 } } },
    { "rate_too_high",
      "{}",
      { { "g_update_ratio", 0 }, { "g_grad_norm", 0 }, { "sample_spread", 0 } } },
    { "d_too_strong", "{}", { { "d_update_ratio", 1e-9 }, { "d_grad_norm", 0 }, WON(1) } },
    { "rate_too_high", "{}", { { "g_update_ratio", 0.026 } } },
    { "healthy", "{}", { { "g_update_ratio", 0.024 } } },
    { "rate_too_high", "{}", { { "d_update_ratio", 0.026 } } },
    { "d_too_strong", "{}", { { "d_update_ratio", 0.026 }, WON(0.9) } },
    { "rate_too_high", "{}", { { "g_loss", 101 }, WON(0.9) } },
    { "d_too_strong", "{}", { { "g_loss", 99 }, WON(0.9) } },
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

/* Single odd rows decide nothing, and what was long ago is over. */
static void test_only_what_lasts(void **state)
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
    set(&f, "d_loss", 1.2); /* D does not win: G is where it should be */
    assert_first(&f, "healthy");
    end(&f);
}

static void test_oscillation(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "d_loss", i, i + 1, BLIND - (i % 2 ? 0.1 : 0.1 + 0.31 * BLIND));
    assert_first(&f, "oscillation");
    for (int i = 0; i < ROWS; i++)
        set_rows(&f, "d_loss", i, i + 1, BLIND - (i % 2 ? 0.1 : 0.1 + 0.29 * BLIND));
    assert_first(&f, "healthy");
    for (int i = 0; i < ROWS; i++) /* falls by as much, once */
        set_rows(&f, "d_loss", i, i + 1, BLIND - 0.1 - (i < ROWS - 5 ? 0 : 0.4 * BLIND));
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

/* ---- numbers that are lost ------------------------------------------------------------------------------ */

static void test_lost_numbers(void **state)
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

/* The one row of a run whose first step was lost. */
static void test_lost_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *cause, *config, *column;
        double step;
    } at_once[] = {
        { "not_finite", "{}", "d_loss", 1 },
        { "rate_too_high", "{}", "g_loss", 1 },
        { "rate_too_high", "{}", "d_loss", 2 },
        { "rate_too_high", "{\"discriminator\": {\"steps\": 2}}", "d_loss", 1 },
    };
    static Fixture f;
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        begin(&f, at_once[i].config, 1);
        set(&f, "step", at_once[i].step);
        set(&f, at_once[i].column, NAN);
        set(&f, "data_spread", NAN); /* was not watched */
        set(&f, "sample_spread", NAN);
        assert_first(&f, at_once[i].cause);
        assert_int_equal(f.n, 1);
        end(&f);
    }
}

/* ---- little to go by ------------------------------------------------------------------------------------ */

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

static void test_nothing_known(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    for (int i = 0; i < COLUMNS * ROWS; i++)
        f.value[i] = NAN;
    assert_first(&f, "too_early");
    end(&f);

    begin(&f, "{}", ROWS); /* steps alone: other columns are not there */
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

static void test_room(void **state)
{
    (void)state;
    static Fixture f;
    begin(&f, "{}", ROWS);
    set(&f, "d_loss", 0.001);
    set(&f, "sample_spread", 0.1);
    look(&f);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.found[0].cause, "d_too_strong");
    assert_string_equal(f.found[1].cause, "mode_collapse");
    assert_true(f.found[0].severity >= f.found[1].severity && f.found[0].severity <= 1);
    assert_int_equal(diagnose(&f.h, &f.config, f.found, 1), 1);
    assert_int_equal(diagnose(&f.h, &f.config, f.found, 0), 0);
    end(&f);
}

/* ---- words ---------------------------------------------------------------------------------------------- */

/* Every key=value of an advice goes through the reader of configs. */
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

static void test_words(void **state)
{
    (void)state;
    static Fixture f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&f, rows[i].config, ROWS);
        for (const Change *c = rows[i].change; c < rows[i].change + 4 && c->column; c++)
            set(&f, c->column, c->value);
        look(&f);
        for (int k = 0; k < f.n; k++) {
            Text line = { 0 };
            assert_advice(rows[i].config, f.found[k].advice);
            assert_true(strlen(f.found[k].evidence) < FINDING_TEXT - 1); /* nothing cut off */
            assert_true(strlen(f.found[k].advice) < FINDING_TEXT - 1);
            assert_int_equal(f.found[k].severity > 0, *f.found[k].advice != '\0');
            finding_text(&f.found[k], &line);
            assert_null(strchr(line.at, '\n'));
            assert_null(strstr(line.at, "nan"));
            text_free(&line);
        }
        end(&f);
    }
}

/* The README's table is this one. */
static void test_readme(void **state)
{
    (void)state;
    static Error e;
    Bytes file = { 0 };
    assert_int_equal(file_read(&file, GANTRAIN_FIXTURES "/../../README.md", 1 << 20, GT_EDATA, &e),
                     GT_OK);
    Text readme = { 0 };
    text_add_bytes(&readme, file.at, file.size);
    for (int i = 0; causes.entry[i]; i++) {
        const Cause *c = (const Cause *)causes.entry[i];
        Text row = { 0 };
        text_add(&row, "| %s | %s | %s | %s |\n", c->title, c->seen, c->is.summary, c->remedy);
        if (!strstr(readme.at, row.at))
            print_error("the README lacks\n%s", row.at);
        assert_non_null(strstr(readme.at, row.at));
        assert_ptr_equal(registry_find(&causes, c->is.name), &c->is);
        text_free(&row);
    }
    text_free(&readme);
    bytes_free(&file);
}

/* ---- while it runs -------------------------------------------------------------------------------------- */

/* Row number i of a run; whether something is told. */
static bool push(Watch *w, const Config *c, int i, double d_loss, double spread, Finding *f)
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
    static Fixture f;
    static Watch w;
    Finding found;
    begin(&f, "{}", 0);
    memset(&w, 0, sizeof w);
    int told = 0, first = 0;
    for (int i = 1; i <= 100; i++)
        if (push(&w, &f.config, i, 0.01, 0.9, &found)) {
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
        told += push(&w, &f.config, i, 1.2, 0.05, &found);
    assert_int_equal(told, 1); /* the next one is told too */
    assert_string_equal(found.cause, "mode_collapse");

    push(&w, &f.config, 50, 1.2, 0.9, &found); /* gone back */
    assert_int_equal(w.recent.rows, 1);
    watch_close(&w);
    end(&f);
}

/* Young runs are told only what leaves little hope. */
static void test_watch_of_the_young(void **state)
{
    (void)state;
    static Fixture f;
    static Watch w;
    Finding found;
    begin(&f, "{}", 0);
    memset(&w, 0, sizeof w);
    w.young = true;
    for (int i = 1; i <= 20; i++)
        assert_false(push(&w, &f.config, i, 0.4, 0.9, &found));
    assert_string_equal(found.cause, "d_too_strong");
    int told = 0;
    for (int i = 21; i <= 100; i++)
        told += push(&w, &f.config, i, 0.4, 0, &found);
    assert_int_equal(told, 1);
    assert_string_equal(found.cause, "no_noise");
    watch_close(&w);
    end(&f);
}

static void test_rows_that_are_none(void **state)
{
    (void)state;
    static Error e;
    History h = { 0 };
    assert_int_equal(history_push(&h, "{\"step\": 1}", 11, 4, &e), GT_OK);
    assert_int_equal(history_push(&h, "[1]", 3, 4, &e), GT_EDATA);
    assert_int_equal(history_push(&h, "{\"step\": ", 9, 4, &e), GT_EDATA);
    assert_int_equal(h.rows, 1);
    assert_true(history_column(&h, "step")[0] == 1);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_only_what_lasts),
        cmocka_unit_test(test_vanishing),
        cmocka_unit_test(test_oscillation),
        cmocka_unit_test(test_plateau),
        cmocka_unit_test(test_lost_numbers),
        cmocka_unit_test(test_lost_at_once),
        cmocka_unit_test(test_too_early),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_readme),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_watch_of_the_young),
        cmocka_unit_test(test_rows_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
