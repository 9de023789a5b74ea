/* What of math/comm.h no training gets to: run under mpirun by check_rank_faults.py.
 *   rank_program pieces    every collective, its message in pieces of all lengths, against the sums by hand
 *   rank_program work      ranks wait for rank 0, which works on for ever, and end the job
 * Exits with 1 and says which number is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/math/comm.h"

enum { N = 7, F = 3 };

static real value(int rank, int i)
{
    return (real)(100 * rank + i);
}

static void fill(Mat m)
{
    for (int i = 0; i < N * F; i++)
        m.at[i] = value(comm_rank(), i);
}

static real sum_of(int i)
{
    real sum = 0;
    for (int r = 0; r < comm_size(); r++)
        sum += value(r, i);
    return sum;
}

/* Whose row i is. */
static int owner(int row)
{
    int r = 0;
    while (row >= (int)((int64_t)N * (r + 1) / comm_size()))
        r++;
    return r;
}

static void expect(bool right, const char *what, int i, size_t most)
{
    if (right)
        return;
    printf("rank %d of %d: %s: number %d is wrong in pieces of %zu\n", comm_rank(), comm_size(),
           what, i, most);
    exit(1);
}

static void check_pieces(size_t most)
{
    real a[N * F], b[N * F], c[N * F];
    const Mat all = { N, F, a }, shares = { N, F, b }, told = { N, F, c };
    comm_set_max_message(most);
    fill(all);
    fill(shares);
    fill(told);
    comm_start_allreduce(all);
    comm_start_reduce_scatter(shares);
    comm_start_allgather(told);
    comm_wait();
    comm_start_allgather(shares);
    comm_wait();
    for (int i = 0; i < N * F; i++) {
        expect(all.at[i] == sum_of(i), "sum_all", i, most);
        expect(shares.at[i] == sum_of(i), "sum_shares or spread", i, most);
        expect(told.at[i] == value(owner(i / F), i), "spread", i, most);
    }
}

/* By parts, which need an recv_buffer: in one for none, one and both of two sums. */
static void check_parts(void)
{
    static real recv_buffer[4 * N * F + 64];
    real a[N * F], b[N * F];
    const Mat one = { N, F, a }, other = { N, F, b };
    const RowShare own = comm_rows(N);
    comm_set_max_message(N * F * 2);
    for (int room = 0; room <= 2; room++) {
        comm_set_buffer(recv_buffer, (size_t)room * comm_buffer_size(N, F));
        fill(one);
        fill(other);
        comm_start_reduce_scatter(one);
        comm_start_reduce_scatter(other);
        comm_wait();
        for (int i = own.first * F; i < (own.first + own.n) * F; i++) {
            expect(one.at[i] == sum_of(i), "the first by parts", i, (size_t)room);
            expect(other.at[i] == sum_of(i), "the second by parts", i, (size_t)room);
        }
    }
    comm_set_buffer(NULL, 0);
}

/* The columns of two rows for every one of N, to their owners. */
static void check_deal(void)
{
    enum { K = 2 };
    static real packed[K * N * F], mine[K * N * F];
    const RowShare rows = comm_rows(N), columns = comm_rows(F);
    const Mat from = { K * rows.n, F, packed }, to = { K * N, columns.n, mine };
    if (comm_size() == 1 || comm_size() > F)
        return;
    comm_set_max_message(COMM_MOST);
    for (int r = 0; r < comm_size(); r++) {
        const RowShare share = comm_rows_of(r, F);
        for (int i = 0; i < from.rows; i++)
            for (int j = 0; j < share.n; j++) {
                const real x = value(K * rows.first + i, share.first + j);
                packed[from.rows * share.first + i * share.n + j] = x;
                if (r == comm_rank())
                    mine[(K * rows.first + i) * share.n + j] = x;
            }
    }
    comm_start_alltoall(from, N, to);
    comm_wait();
    for (int i = 0; i < K * N; i++)
        for (int j = 0; j < columns.n; j++)
            expect(mine[i * columns.n + j] == value(i, columns.first + j), "deal", i, 0);
}

/* In common memory everybody writes a part and sees all of them; without it, nobody. */
static void check_common(void)
{
    enum { PAGE = 4096 };
    static _Alignas(PAGE) int at[4 * PAGE / sizeof(int)];
    const int n = 4 * PAGE / (int)sizeof(int);
    for (int round = 0; round < 2; round++) {
        comm_apart(round == 1);
        for (int i = 0; i < n; i++)
            at[i] = i;
        const bool common = comm_share(at, sizeof at);
        expect(common == (round == 0 && comm_size() > 1), "share", round, 0);
        for (int i = 0; i < n; i++)
            expect(at[i] == i, "what was there", i, 0);
        comm_barrier("the first meeting");
        const RowShare own = comm_rows(n);
        for (int i = own.first; i < own.first + own.n; i++)
            at[i] = -i;
        comm_barrier("the second meeting");
        for (int i = 0; i < n; i++) {
            const bool here = common || (i >= own.first && i < own.first + own.n);
            expect(at[i] == (here ? -i : i), "what others wrote", i, 0);
        }
        expect(!common || comm_unshare(at, sizeof at), "unshare", round, 0);
    }
}

/* More of them than there is room for at once. */
static void check_many(void)
{
    static real a[N * F * 40];
    const Mat m = { N * 40, F, a };
    comm_set_max_message(1);
    for (int i = 0; i < N * F * 40; i++)
        a[i] = 1;
    comm_start_reduce_scatter(m);
    comm_wait();
    for (int i = 0; i < N * F * 40; i++)
        expect(a[i] == (real)comm_size(), "840 pieces", i, 1);
}

static void work_for_ever(void)
{
    double x = 1;
    const Timeouts step = { 0.2, 0.4 }, work = { 0.5, 1 };
    comm_set_timeouts(step, work);
    comm_allow_long_stage("the end of what it does alone");
    if (comm_rank() == 0)
        for (;;)
            pause();
    comm_broadcast(0, &x, sizeof x);
}

int main(int argc, char **argv)
{
    Error e = { 0 };
    if (argc < 2 || comm_init(&e) != GT_OK)
        return 2;
    if (strcmp(argv[1], "work") == 0)
        work_for_ever();
    for (size_t most = 1; most <= N * F + 1; most++)
        check_pieces(most);
    check_parts();
    check_deal();
    check_common();
    check_many();
    if (comm_rank() == 0)
        printf("all right on %d ranks\n", comm_size());
    comm_finalize();
    return 0;
}
