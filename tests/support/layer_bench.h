/* One layer alone, with a batch of two groups. */
#ifndef GANTRAIN_TESTS_LAYER_BENCH_H
#define GANTRAIN_TESTS_LAYER_BENCH_H

#include "support/nets.h"

enum { BATCH = 10, GROUP = 5 };
static const Shape flat = { 7, 1, 1 }, image = { 3, 5, 4 };

typedef struct Bench {
    TestNet t;
    Mat x;
} Bench;

static inline void open_bench(Bench *b, const char *layer, Shape in)
{
    static Error e;
    char text[512];
    snprintf(text, sizeof text, "[%s]", layer);
    if (test_net_build(&b->t, text, in, BATCH, GROUP, &e) != GT_OK)
        fail_msg("%s: %s", layer, e.text[0]);
    b->x = (Mat){ BATCH, shape_size(in), malloc(BATCH * sizeof(real) * (size_t)shape_size(in)) };
    assert_non_null(b->x.at);
    test_fill(b->x, 1);
}

static inline void close_bench(Bench *b)
{
    free(b->x.at);
    test_net_close(&b->t);
}

static inline View forward(Bench *b, unsigned want)
{
    return net_forward(&b->t.net, &b->t.trace, view(b->x), want);
}

static inline real *weight_of(Bench *b)
{
    return b->t.net.layer[0].param[0].value.at;
}

static inline double at(Bench *b, int i, int j)
{
    return (double)b->x.at[i * b->x.cols + j];
}

#endif
