/* What ranks tell each other in the background of their work, by MPI's collectives. Sums in shares are added up here, in
 * the order of the ranks. */
#include "comm_mpi_background.h"

#include <assert.h>
#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "comm_mpi_watch.h"
#include "gantrain/math/parallel.h"

/* Collectives under way at a time. */
enum { PENDING = 256 };

/* This rank's share of a matrix, and that as the others have it, one after the other. */
typedef struct Parts {
    Mat share;
    real *recv_buffer; /* [size, values of the share]; nothing at the place of this rank */
} Parts;

/* Of the process. */
static struct {
    MPI_Request pending[PENDING];
    Parts parts[PENDING]; /* to be added up when all have come; of none: nothing */
    int n_pending;
    size_t most; /* numbers of one message */
    CommTraffic traffic;
    int *counts, *firsts; /* [PENDING][2][size]: MPI reads them until the collective is done */
    real *recv_buffer;    /* lent; of its numbers so many are used by parts under way        */
    size_t recv_buffer_size, used;
} self = { .most = COMM_MOST };

static MPI_Datatype reals(void)
{
    return sizeof(real) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE;
}

bool background_begin(void)
{
    const size_t numbers = 2 * (size_t)PENDING * (size_t)comm_size();
    self.counts = calloc(numbers, sizeof *self.counts);
    self.firsts = calloc(numbers, sizeof *self.firsts);
    return self.counts && self.firsts;
}

void background_end(void)
{
    free(self.counts);
    free(self.firsts);
}

CommTraffic background_traffic(void)
{
    return self.traffic;
}

/* ---- shares ----------------------------------------------------------------------------------------- */

RowShare comm_rows_of(int rank, int N)
{
    const int first = (int)((int64_t)N * rank / comm_size());
    return (RowShare){ first, (int)((int64_t)N * (rank + 1) / comm_size()) - first };
}

RowShare comm_rows(int N)
{
    return comm_rows_of(comm_rank(), N);
}

/* For the collective at a place: two lists of a number per rank each. */
static int *counts_of(int place)
{
    return self.counts + 2 * place * comm_size();
}

static int *firsts_of(int place)
{
    return self.firsts + 2 * place * comm_size();
}

/* Numbers of every rank's share of a [N,F], and where they begin. */
static void count_shares(Mat m, int *counts, int *firsts)
{
    for (int r = 0; r < comm_size(); r++) {
        const RowShare share = comm_rows_of(r, m.rows);
        firsts[r] = share.first * m.cols;
        counts[r] = share.n * m.cols;
    }
}

void comm_set_max_message(size_t most)
{
    self.most = most;
}

void comm_set_buffer(real *recv_buffer, size_t n)
{
    self.recv_buffer = recv_buffer;
    self.recv_buffer_size = n;
}

/* A place for one more; waits for the others when there is none. */
static int take_place(void)
{
    if (self.n_pending == PENDING)
        comm_wait();
    self.parts[self.n_pending] = (Parts){ { 0, 0, NULL }, NULL };
    return self.n_pending++;
}

/* With the shares of m, which is one message. */
static int take_place_of(Mat m)
{
    const int i = take_place();
    count_shares(m, counts_of(i), firsts_of(i));
    return i;
}

static int piece(size_t left)
{
    return (int)(left < self.most ? left : self.most);
}

static void count_sum(Mat m)
{
    self.traffic.sums++;
    self.traffic.sum_bytes += (double)(mat_size(m) * sizeof *m.at);
}

void comm_start_allreduce(Mat m)
{
    if (comm_size() == 1)
        return;
    const size_t size = mat_size(m);
    count_sum(m);
    for (size_t at = 0; at < size; at += self.most) {
        const int i = take_place();
        MPI_Iallreduce(MPI_IN_PLACE, m.at + at, piece(size - at), reals(), MPI_SUM, MPI_COMM_WORLD,
                       &self.pending[i]);
    }
}

/* What the largest share of a [N,F] needs in the recv_buffer, so that all ranks find the same room there. */
size_t comm_buffer_size(int rows, int cols)
{
    const size_t most = (size_t)((rows + comm_size() - 1) / comm_size());
    return comm_size() == 1 ? 0 : most * (size_t)comm_size() * (size_t)cols;
}

/* Every rank sends every other its part of that one's share. */
static void begin_parts(Mat m)
{
    const int i = take_place_of(m);
    const RowShare own = comm_rows(m.rows);
    int *counts = counts_of(i), *come = counts + comm_size(), *where = firsts_of(i) + comm_size();
    self.parts[i] = (Parts){ mat_rows(m, own.first, own.n), self.recv_buffer + self.used };
    self.used += comm_buffer_size(m.rows, m.cols);
    for (int r = 0; r < comm_size(); r++) {
        come[r] = own.n * m.cols;
        where[r] = r * come[r];
    }
    counts[comm_rank()] = come[comm_rank()] = 0; /* is here */
    MPI_Ialltoallv(m.at, counts, firsts_of(i), reals(), self.parts[i].recv_buffer, come, where,
                   reals(), MPI_COMM_WORLD, &self.pending[i]);
}

void comm_start_reduce_scatter(Mat m)
{
    const size_t room = comm_buffer_size(m.rows, m.cols);
    if (comm_size() == 1 || room > self.recv_buffer_size || room > self.most) {
        comm_start_allreduce(m); /* more than was asked for */
        return;
    }
    if (room > self.recv_buffer_size - self.used || self.n_pending == PENDING)
        comm_wait();
    count_sum(m);
    begin_parts(m);
}

/* The share of every rank, told by it in pieces. */
static void begin_spread_pieces(Mat m)
{
    for (int r = 0; r < comm_size(); r++) {
        const RowShare rows = comm_rows_of(r, m.rows);
        const Mat share = mat_rows(m, rows.first, rows.n);
        const size_t size = mat_size(share);
        for (size_t at = 0; at < size; at += self.most) {
            const int i = take_place();
            MPI_Ibcast(share.at + at, piece(size - at), reals(), r, MPI_COMM_WORLD,
                       &self.pending[i]);
        }
    }
}

void comm_start_allgather(Mat m)
{
    if (comm_size() == 1)
        return;
    self.traffic.spreads++;
    self.traffic.spread_bytes += (double)(mat_size(m) * sizeof *m.at);
    if (mat_size(m) > self.most) {
        begin_spread_pieces(m);
        return;
    }
    const int i = take_place_of(m);
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, m.at, counts_of(i), firsts_of(i), reals(),
                    MPI_COMM_WORLD, &self.pending[i]);
}

void comm_start_alltoall(Mat packed, int N, Mat mine)
{
    assert(comm_size() > 1 && mat_size(mine) <= self.most && mat_size(packed) <= self.most);
    const int i = take_place(), k = packed.rows / comm_rows(N).n;
    assert(packed.rows == k * comm_rows(N).n && mine.rows == k * N);
    int *counts = counts_of(i), *firsts = firsts_of(i);
    int *come = counts + comm_size(), *where = firsts + comm_size();
    count_shares((Mat){ packed.cols, packed.rows, NULL }, counts, firsts);
    count_shares((Mat){ N, k * mine.cols, NULL }, come, where);
    counts[comm_rank()] = come[comm_rank()] = 0; /* is here */
    self.traffic.deals++;
    self.traffic.deal_bytes += (double)(mat_size(mine) * sizeof *mine.at);
    MPI_Ialltoallv(packed.at, counts, firsts, reals(), mine.at, come, where, reals(),
                   MPI_COMM_WORLD, &self.pending[i]);
}

/* ---- the end of it ---------------------------------------------------------------------------------- */

/* to += from */
static void add(real *restrict to, const real *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* In the order of the ranks, whoever came first: those before this one in the place of the first, then this one,
 * then those behind it. */
static void add_range(void *args, size_t first, size_t last)
{
    const Parts *p = args;
    const size_t n = last - first, all = mat_size(p->share);
    real *sum = p->share.at + first, *part = p->recv_buffer + first;
    for (int r = 1; r < comm_rank(); r++)
        add(part, part + (size_t)r * all, n);
    if (comm_rank() > 0)
        add(sum, part, n);
    for (int r = comm_rank() + 1; r < comm_size(); r++)
        add(sum, part + (size_t)r * all, n);
}

void comm_wait(void)
{
    if (self.n_pending == 0)
        return;
    watch_wait(self.pending, self.n_pending, "sums of gradients and weights");
    for (int i = 0; i < self.n_pending; i++)
        if (self.parts[i].recv_buffer)
            parallel_ranges(mat_size(self.parts[i].share), add_range, &self.parts[i]);
    self.n_pending = 0;
    self.used = 0;
}
