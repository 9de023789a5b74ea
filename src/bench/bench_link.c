/* What the messages of a step take: those of a step counted, and messages of some lengths timed by themselves. */
#include "bench_work.h"
#include "gantrain/base/sort.h"

enum { TIMES = 21, COUNTED = 16 };

/* Length of messages: 4 KiB, 64 KiB, 1 MiB, 4 MiB. */
static const int kibibytes[BENCH_SIZES] = { 4, 64, 1024, 4096 };

/* Steps whose messages are counted: penalties come at some of them only. */
static CommTraffic count_traffic(Bench *b)
{
    StepStats s;
    const CommTraffic before = comm_traffic();
    for (int i = 0; i < COUNTED; i++)
        gan_step(&b->run.gan, &s);
    const CommTraffic now = comm_traffic();
    return (CommTraffic){ .sums = (now.sums - before.sums) / COUNTED,
                          .sum_bytes = (now.sum_bytes - before.sum_bytes) / COUNTED,
                          .spreads = (now.spreads - before.spreads) / COUNTED,
                          .spread_bytes = (now.spread_bytes - before.spread_bytes) / COUNTED,
                          .small = (now.small - before.small) / COUNTED };
}

static void small_sum(Mat m)
{
    double x = (double)m.at[0];
    comm_sum(&x, 1);
}

static void sum(Mat m)
{
    comm_start_reduce_scatter(m);
    comm_wait();
}

static void spread(Mat m)
{
    comm_start_allgather(m);
    comm_wait();
}

/* Median seconds of a message, begun by all ranks at once. */
static double measure(Mat m, void (*message)(Mat m))
{
    double took[TIMES];
    for (int i = 0; i < TIMES; i++) {
        (void)bench_slowest(0);
        const double began = progress_now();
        message(m);
        took[i] = progress_now() - began;
    }
    sort_ascending(took, TIMES);
    return took[TIMES / 2];
}

void bench_link(Bench *b)
{
    enum { COLS = 64 };
    const Gan *g = &b->run.gan;
    Link *l = &b->link;
    l->step = count_traffic(b);
    comm_set_buffer(b->a.at, mat_size(b->a));
    for (int i = 0; i < BENCH_SIZES; i++) {
        const int rows = kibibytes[i] * 1024 / (int)(COLS * sizeof(real));
        const Mat m = { rows, COLS, b->c.at };
        l->bytes[i] = kibibytes[i] * 1024.0;
        l->sum_s[i] = bench_slowest(measure(m, sum));
        l->spread_s[i] = bench_slowest(measure(m, spread));
    }
    comm_set_buffer(g->recv_buffer, g->recv_buffer_size);
    l->small_s = bench_slowest(measure((Mat){ 1, 1, b->c.at }, small_sum));
}
