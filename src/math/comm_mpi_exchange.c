/* Exchanges between ranks through MPI. All-reduce and broadcast are the library's collectives: for
 * a number of ranks and a length their order of additions is fixed, and all ranks get the same bits
 * (MPI 3.1, 5.9.1, advice to implementors; tests verify it). Shards are sent from rank to rank, so
 * that a time-out knows whose has not arrived, and added here, in the order of ranks. */
#include "gantrain/math/comm.h"

#include <assert.h>
#include <limits.h>
#include <mpi.h>

#include "comm_mpi_wait.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { REQUESTS = 2 * COMM_MAX_RANKS, REDUCTIONS = 256 };

/* This rank's shard of a matrix, and those parts of it that the other ranks send. */
typedef struct Reduction {
    Mat shard;
    real *parts; /* [ranks, values of the shard]; this rank's own part is not there */
} Reduction;

/* Properties of the process. */
static struct {
    MPI_Request request[REQUESTS]; /* in progress */
    Operation operation[REQUESTS];
    int n_requests;
    Reduction reduction[REDUCTIONS]; /* in progress */
    int n_reductions;
    real *recv_buffer;
    size_t recv_buffer_size, recv_buffer_used;
    CommTraffic traffic;
} self;

CommTraffic comm_traffic(void)
{
    return self.traffic;
}

static MPI_Datatype type_of_real(void)
{
    return sizeof(real) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE;
}

/* ---- blocking -------------------------------------------------------------------------------- */

static void wait_for_one(MPI_Request request, const char *name)
{
    const Operation operation = { name, NO_PEER };
    comm_mpi_wait(&request, &operation, 1);
}

static void allreduce(double *at, int n, MPI_Op op)
{
    MPI_Request request;
    if (comm_size() == 1)
        return;
    self.traffic.small++;
    MPI_Iallreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, op, MPI_COMM_WORLD, &request);
    wait_for_one(request, "an all-reduce");
}

void comm_sum(double *at, int n)
{
    allreduce(at, n, MPI_SUM);
}

void comm_max(double *at, int n)
{
    allreduce(at, n, MPI_MAX);
}

void comm_broadcast(int root, void *at, size_t bytes)
{
    MPI_Request request;
    char *next = at;
    while (comm_size() > 1 && bytes > 0) {
        const int n = bytes < INT_MAX ? (int)bytes : INT_MAX;
        MPI_Ibcast(next, n, MPI_BYTE, root, MPI_COMM_WORLD, &request);
        wait_for_one(request, "a broadcast");
        next += n;
        bytes -= (size_t)n;
    }
}

/* ---- non-blocking ---------------------------------------------------------------------------- */

static MPI_Request *add_request(const char *name, int sender)
{
    self.operation[self.n_requests] = (Operation){ name, sender };
    return &self.request[self.n_requests++];
}

/* Completes what was started when there is no room for as many requests more. */
static void make_room(int requests)
{
    if (self.n_requests + requests > REQUESTS)
        comm_wait();
}

static size_t bytes_of(Mat m)
{
    return mat_size(m) * sizeof *m.at;
}

void comm_start_allreduce(Mat m)
{
    if (comm_size() == 1)
        return;
    self.traffic.reductions++;
    self.traffic.reduction_bytes += (double)bytes_of(m);
    for (size_t at = 0, n; at < mat_size(m); at += n) {
        n = mat_size(m) - at < INT_MAX ? mat_size(m) - at : INT_MAX;
        make_room(1);
        MPI_Iallreduce(MPI_IN_PLACE, m.at + at, (int)n, type_of_real(), MPI_SUM, MPI_COMM_WORLD,
                       add_request("an all-reduce", NO_PEER));
    }
}

/* The other ranks, beginning with the next one: not all ranks send to the same one at once. */
static int peer_at(int i)
{
    return (comm_rank() + 1 + i) % comm_size();
}

/* Messages between two ranks arrive in the order they were sent in: one tag is enough. */
static void exchange(const char *name, int peer, Mat send, Mat receive)
{
    MPI_Datatype row; /* MPI counts in int: enough for rows, not for values */
    MPI_Type_contiguous(send.cols, type_of_real(), &row);
    MPI_Type_commit(&row);
    MPI_Irecv(receive.at, receive.rows, row, peer, 0, MPI_COMM_WORLD, add_request(name, peer));
    MPI_Isend(send.at, send.rows, row, peer, 0, MPI_COMM_WORLD, add_request(name, NO_PEER));
    MPI_Type_free(&row);
}

static Mat shard_of(int rank, Mat m)
{
    const RowRange rows = comm_rows_of(rank, m.rows);
    return mat_rows(m, rows.first, rows.n);
}

void comm_set_buffer(real *recv_buffer, size_t n)
{
    assert(self.n_reductions == 0);
    self.recv_buffer = recv_buffer;
    self.recv_buffer_size = n;
}

/* Of the largest shard, so that all ranks find the same room. */
size_t comm_buffer_size(int rows, int cols)
{
    const size_t most = (size_t)((rows + comm_size() - 1) / comm_size());
    return comm_size() == 1 ? 0 : most * (size_t)comm_size() * (size_t)cols;
}

void comm_start_reduce_scatter(Mat m)
{
    const size_t size = comm_buffer_size(m.rows, m.cols);
    if (comm_size() == 1)
        return;
    assert(size <= self.recv_buffer_size);
    if (size > self.recv_buffer_size - self.recv_buffer_used || self.n_reductions == REDUCTIONS)
        comm_wait();
    make_room(2 * comm_size());
    self.traffic.reductions++;
    self.traffic.reduction_bytes += (double)bytes_of(m);
    const Mat own = shard_of(comm_rank(), m);
    real *parts = self.recv_buffer + self.recv_buffer_used;
    self.recv_buffer_used += size;
    self.reduction[self.n_reductions++] = (Reduction){ own, parts };
    for (int i = 0; i < comm_size() - 1; i++) {
        const int r = peer_at(i);
        exchange("a reduce-scatter", r, shard_of(r, m),
                 (Mat){ own.rows, own.cols, parts + (size_t)r * mat_size(own) });
    }
}

void comm_start_allgather(Mat m)
{
    if (comm_size() == 1)
        return;
    make_room(2 * comm_size());
    self.traffic.gathers++;
    self.traffic.gather_bytes += (double)bytes_of(m);
    for (int i = 0; i < comm_size() - 1; i++)
        exchange("an all-gather", peer_at(i), shard_of(comm_rank(), m), shard_of(peer_at(i), m));
}

/* Adds in the order of ranks: the lower ranks' parts, collected in the first of them, then this
 * rank's, then the higher ranks'. */
static void add_range(void *args, size_t first, size_t last)
{
    const Reduction *d = args;
    const size_t n = last - first, all = mat_size(d->shard);
    real *sum = d->shard.at + first, *part = d->parts + first;
    for (int r = 1; r < comm_rank(); r++)
        vec_add(part, part + (size_t)r * all, n);
    if (comm_rank() > 0)
        vec_add(sum, part, n);
    for (int r = comm_rank() + 1; r < comm_size(); r++)
        vec_add(sum, part + (size_t)r * all, n);
}

void comm_wait(void)
{
    if (self.n_requests == 0)
        return;
    comm_mpi_wait(self.request, self.operation, self.n_requests);
    for (int i = 0; i < self.n_reductions; i++)
        parallel_ranges(mat_size(self.reduction[i].shard), add_range, &self.reduction[i]);
    self.n_requests = self.n_reductions = 0;
    self.recv_buffer_used = 0;
}
