/* Communication between ranks: the messages of a step, counted, and messages of several lengths,
 * timed. */
#include "bench_work.h"
#include "gantrain/base/numbers.h"

enum { REPEATS = 21, STEPS = 16 };

static const int kibibytes[BENCH_SIZES] = { 4, 64, 1024, 4096 };

/* On average of several steps, because penalties have intervals. */
static CommTraffic count_traffic(Bench *b)
{
    StepStats s;
    const CommTraffic before = comm_traffic();
    for (int i = 0; i < STEPS; i++)
        gan_step(&b->run.gan, &s);
    const CommTraffic now = comm_traffic();
    return (CommTraffic){ .reductions = (now.reductions - before.reductions) / STEPS,
                          .reduction_bytes = (now.reduction_bytes - before.reduction_bytes) / STEPS,
                          .gathers = (now.gathers - before.gathers) / STEPS,
                          .gather_bytes = (now.gather_bytes - before.gather_bytes) / STEPS,
                          .small = (now.small - before.small) / STEPS };
}

static void small_sum(Mat m)
{
    double x = (double)m.at[0];
    comm_sum(&x, 1);
}

static void reduce_scatter(Mat m)
{
    comm_start_reduce_scatter(m);
    comm_wait();
}

static void allgather(Mat m)
{
    comm_start_allgather(m);
    comm_wait();
}

/* Seconds of a collective that all ranks start at the same time. */
static double median_time(Mat m, void (*collective)(Mat m))
{
    double seconds[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        (void)max_over_ranks(0); /* a barrier */
        const double start = progress_now();
        collective(m);
        seconds[i] = progress_now() - start;
    }
    sort_ascending(seconds, REPEATS);
    return seconds[REPEATS / 2];
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
        l->reduce_scatter_s[i] = max_over_ranks(median_time(m, reduce_scatter));
        l->allgather_s[i] = max_over_ranks(median_time(m, allgather));
    }
    comm_set_buffer(g->recv_buffer, g->recv_buffer_size);
    l->small_s = max_over_ranks(median_time((Mat){ 1, 1, b->c.at }, small_sum));
}
