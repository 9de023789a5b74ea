/* Synthetic histories for tests of the diagnosis. */
#ifndef GANTRAIN_TESTS_HISTORIES_H
#define GANTRAIN_TESTS_HISTORIES_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/diagnosis/diagnosis.h"

#include <cmocka.h> /* after our headers: it has a macro fail() */

enum { ROWS = 30, COLUMNS = 32 };

typedef struct Fixture {
    Config config;
    History h;
    char *name[COLUMNS];
    double value[COLUMNS * ROWS];
    Finding found[FINDINGS];
    int n;
} Fixture;

static inline void set_rows(Fixture *f, const char *column, int from, int to, double x)
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

static inline void set(Fixture *f, const char *column, double x)
{
    set_rows(f, column, 0, f->h.rows, x);
}

static inline void configure(Fixture *f, const char *config)
{
    static Error e;
    config_free(&f->config);
    e = (Error){ 0 };
    assert_int_equal(config_parse(&f->config, config, strlen(config), "config", &e), GT_OK);
}

/* The history of a healthy run of mnist.json. */
static inline void begin(Fixture *f, const char *config, int rows)
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

static inline void run_diagnosis(Fixture *f)
{
    f->n = diagnose(&f->h, &f->config, f->found, FINDINGS);
    assert_true(f->n >= 1);
}

static inline void end(Fixture *f)
{
    config_free(&f->config);
}

static inline void assert_first(Fixture *f, const char *cause)
{
    run_diagnosis(f);
    if (strcmp(f->found[0].cause, cause) != 0)
        print_error("%s: %s, not %s\n", f->found[0].cause, f->found[0].evidence, cause);
    assert_string_equal(f->found[0].cause, cause);
    assert_true(*f->found[0].evidence || strcmp(cause, "healthy") == 0);
}

#endif
