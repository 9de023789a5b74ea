/* The collectives of math/comm.h against sums computed by hand, and time-outs; run under mpirun by
 * check_rank_faults.py.
 *   rank_program collectives  prints which value is wrong and exits with 1
 *   rank_program long-stage   rank 0 never returns from its work; the others end the job
 *   rank_program late-shard   rank 1 never sends its shard; the others name it and end the job */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/math/comm.h"

enum { N = 7, F = 3, SIZE = N * F };

static real value(int rank, int i)
{
    return (real)(100 * rank + i);
}

static void fill(Mat m)
{
    for (int i = 0; i < SIZE; i++)
        m.at[i] = value(comm_rank(), i);
}

static real sum_of(int i)
{
    real sum = 0;
    for (int r = 0; r < comm_size(); r++)
        sum += value(r, i);
    return sum;
}

/* The rank whose shard holds the row. */
static int owner(int row)
{
    int r = 0;
    while (row >= (int)((int64_t)N * (r + 1) / comm_size()))
        r++;
    return r;
}

static void expect(bool right, const char *what, int i)
{
    if (right)
        return;
    printf("rank %d of %d: %s: value %d is wrong\n", comm_rank(), comm_size(), what, i);
    exit(1);
}

/* Several collectives at once; ranks have different numbers of rows, and with 8 ranks one
 * has none. */
static void check_all(void)
{
    static real buffer[4 * SIZE];
    real a[SIZE], b[SIZE], c[SIZE];
    const Mat reduced = { N, F, a }, scattered = { N, F, b }, gathered = { N, F, c };
    comm_set_buffer(buffer, comm_buffer_size(N, F));
    fill(reduced);
    fill(scattered);
    fill(gathered);
    comm_start_allreduce(reduced);
    comm_start_reduce_scatter(scattered);
    comm_start_allgather(gathered);
    comm_wait();
    comm_start_allgather(scattered);
    comm_wait();
    for (int i = 0; i < SIZE; i++) {
        expect(reduced.at[i] == sum_of(i), "all-reduce", i);
        expect(scattered.at[i] == sum_of(i), "reduce-scatter, all-gather", i);
        expect(gathered.at[i] == value(owner(i / F), i), "all-gather", i);
    }
}

/* Two reductions, with a buffer for one of them and for both. */
static void check_buffer(void)
{
    static real buffer[8 * SIZE];
    real a[SIZE], b[SIZE];
    const Mat one = { N, F, a }, other = { N, F, b };
    const RowRange own = comm_rows(N);
    for (int room = 1; room <= 2; room++) {
        comm_set_buffer(buffer, (size_t)room * comm_buffer_size(N, F));
        fill(one);
        fill(other);
        comm_start_reduce_scatter(one);
        comm_start_reduce_scatter(other);
        comm_wait();
        for (int i = own.first * F; i < (own.first + own.n) * F; i++) {
            expect(one.at[i] == sum_of(i), "the first reduction", i);
            expect(other.at[i] == sum_of(i), "the second reduction", i);
        }
    }
    comm_set_buffer(NULL, 0);
}

/* More collectives than can be in progress. */
static void check_many(void)
{
    enum { TIMES = 5000 };
    static real x[TIMES][SIZE];
    for (int t = 0; t < TIMES; t++) {
        fill((Mat){ N, F, x[t] });
        comm_start_allgather((Mat){ N, F, x[t] });
    }
    comm_wait();
    for (int i = 0; i < SIZE; i++)
        expect(x[TIMES - 1][i] == value(owner(i / F), i), "the last of many", i);
}

static void check_numbers(void)
{
    double x[] = { comm_rank(), 1 }, most[] = { -comm_rank() };
    const double n = comm_size();
    comm_sum(x, 2);
    comm_max(most, 1);
    expect(x[0] == n * (n - 1) / 2 && x[1] == n && most[0] == 0, "numbers", 0);
    comm_broadcast(comm_size() - 1, x, 0);
    x[0] = comm_rank();
    comm_broadcast(comm_size() - 1, x, sizeof x);
    expect(x[0] == n - 1, "broadcast", 0);
}

static void wait_for_rank_0(void)
{
    double x = 1;
    comm_set_timeouts((Timeouts){ 0.2, 0.4 }, (Timeouts){ 0.5, 1 });
    comm_allow_long_stage("rank 0's work between steps");
    if (comm_rank() == 0)
        for (;;)
            pause();
    comm_broadcast(0, &x, sizeof x);
}

static void wait_for_shard(void)
{
    real x[SIZE];
    comm_set_timeouts((Timeouts){ 0.2, 0.5 }, (Timeouts){ 60, 60 });
    if (comm_rank() == 1)
        for (;;)
            pause();
    fill((Mat){ N, F, x });
    comm_start_allgather((Mat){ N, F, x });
    comm_wait();
}

int main(int argc, char **argv)
{
    Error e = { 0 };
    if (argc < 2 || comm_init(&e) != GT_OK)
        return 2;
    if (strcmp(argv[1], "long-stage") == 0)
        wait_for_rank_0();
    if (strcmp(argv[1], "late-shard") == 0)
        wait_for_shard();
    check_all();
    check_buffer();
    check_many();
    check_numbers();
    if (comm_rank() == 0)
        printf("all correct on %d ranks\n", comm_size());
    comm_finalize();
    return 0;
}
