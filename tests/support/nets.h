/* Small nets from JSON, for tests. */
#ifndef GANTRAIN_TESTS_NETS_H
#define GANTRAIN_TESTS_NETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/json.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/net.h"

#include <cmocka.h> /* after ours: it has a macro called fail */

/* A net on its own: layers from JSON, memory, first weights. */
enum { TEST_CLASSES = 3, TEST_LABELS = 4096 };

typedef struct TestNet {
    Json json;
    Arena options, memory;
    SpecList list;
    Net net;
    Trace trace;
    int batch, group;
    uint8_t label[TEST_LABELS]; /* of the rows */
} TestNet;

static inline void test_net_plan(Arena *a, void *plan_me)
{
    TestNet *t = plan_me;
    net_plan(&t->net, a);
    trace_plan(&t->trace, &t->net,
               (TracePlan){ .batch = t->batch, .group = t->group, .tangents = true }, a);
}

/* layers: a JSON array; in: one input row, and one sample of the data; group: rows that belong
 * together for layers that mix the batch. */
static inline Status test_net_build(TestNet *t, const char *layers_json, Shape in, int batch,
                                    int group, Error *e)
{
    static const Option rows[] = { OPT_LIST(TestNet, list, &layers, "layers"), OPT_END };
    char text[2048];

    memset(t, 0, sizeof *t);
    memset(e, 0, sizeof *e);
    t->batch = batch;
    t->group = group;
    snprintf(text, sizeof text, "{\"list\": %s}", layers_json);
    TRY(json_parse(&t->json, text, strlen(text), "test", 0, e));
    TRY(arena_open(&t->options, 1 << 16, e));
    TRY(option_read(&t->options, rows, t->json.root, "", t, e));
    TRY(net_infer(&t->net, "net", (NetShapes){ in, in, TEST_CLASSES }, &t->list, "layers", e));
    TRY(arena_build(&t->memory, test_net_plan, t, e));
    net_init(&t->net, 7, 0);
    trace_at(&t->trace, 7, 3);
    for (int i = 0; i < batch && i < TEST_LABELS; i++)
        t->label[i] = (uint8_t)(i * 7 % 5 % TEST_CLASSES);
    trace_set_labels(&t->trace, t->label);
    return GT_OK;
}

/* The same for `in` values a row, all rows together, which must fit. */
static inline void test_net_open(TestNet *t, const char *layers_json, int in, int batch)
{
    static Error e;
    if (test_net_build(t, layers_json, (Shape){ in, 1, 1 }, batch, batch, &e) != GT_OK)
        fail_msg("%s: %s", layers_json, e.text[0]);
}

static inline void test_net_close(TestNet *t)
{
    arena_close(&t->memory);
    arena_close(&t->options);
    json_free(&t->json);
}

/* Whether a layer, in JSON, is one that only generators have; then the last group of rows is the
 * reference batch, and there are no tangent passes: no penalty goes through a generator. */
static inline bool test_needs_reference(const char *layer)
{
    for (const Entry *const *is = layers.entry; *is; is++) {
        char kind[64];
        snprintf(kind, sizeof kind, "\"kind\": \"%s\"", (*is)->name);
        if (strstr(layer, kind))
            return ((const LayerKind *)*is)->flags & LAYER_REFERENCE;
    }
    return false;
}

/* Normal numbers, kept away from 0, where rectifiers have a kink. */
static inline void test_fill(Mat m, unsigned number)
{
    mat_normal(m, rng_draw(11, RNG_SAMPLE, number, 0), 0);
    for (size_t i = 0; i < mat_size(m); i++)
        m.at[i] += m.at[i] > 0 ? (real)0.1 : (real)-0.1;
}

static inline double test_dot(View a, View b)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)a.rows * (size_t)a.cols; i++)
        sum += (double)a.at[i] * (double)b.at[i];
    return sum;
}

/* One step of weights that are no net; |gradient|². */
static inline double test_update(Optim *o, Mat theta, Mat dtheta)
{
    const LayerArray all = { .rank = 2, .value = theta, .grad = dtheta };
    optim_begin(o);
    optim_update_array(o, &all);
    return optim_end(o);
}

#endif
