/* Optimizers from JSON, for tests. */
#ifndef GANTRAIN_TESTS_OPTIMS_H
#define GANTRAIN_TESTS_OPTIMS_H

#include "support/nets.h"

/* An optimiser on its own, for `parameters` numbers in arrays of `rows` rows together. */
typedef struct TestOptim {
    Json json;
    Arena options, memory;
    Spec spec;
    Optim optim;
    int parameters, rows;
} TestOptim;

static inline void test_optim_plan(Arena *a, void *plan_me)
{
    TestOptim *t = plan_me;
    optim_plan(&t->optim, &t->spec, t->parameters, t->rows, a);
}

static inline void test_optim_open(TestOptim *t, const Entry *is, const char *json, int parameters,
                                   int rows)
{
    static Error e;

    memset(t, 0, sizeof *t);
    memset(&e, 0, sizeof e);
    t->parameters = parameters;
    t->rows = rows;
    if (json_parse(&t->json, json, strlen(json), "test", 0, &e) != GT_OK ||
        arena_open(&t->options, 1 << 12, &e) != GT_OK)
        fail_msg("%s: %s", json, e.text[0]);
    t->spec = (Spec){ .is = is, .options = arena_take(&t->options, is->options_size) };
    if (option_read(&t->options, is->options, t->json.root, "", t->spec.options, &e) != GT_OK ||
        arena_build(&t->memory, test_optim_plan, t, &e) != GT_OK)
        fail_msg("%s %s: %s", is->name, json, e.text[0]);
}

static inline void test_optim_close(TestOptim *t)
{
    arena_close(&t->memory);
    arena_close(&t->options);
    json_free(&t->json);
}

#endif
