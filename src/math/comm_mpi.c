/* Ranks by MPI: each function is one of the library's collectives. For a number of ranks and a length their
 * order of additions is fixed, and every rank gets the result of the same ones (MPI 3.1, 5.9.1, advice to
 * implementors; the tests hold the library to it).
 *
 * Without a launcher in the environment MPI is not begun at all: for a program started by hand it would
 * start a daemon to be the launcher of one rank. */
#include "gantrain/math/comm.h"

#include <assert.h>
#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { PENDING = 256 }; /* collectives under way at a time */

/* This rank's share of a matrix as every rank has it, one after the other. */
typedef struct Parts {
    Mat share;
    real *inbox; /* [size, values of the share] */
} Parts;

/* Properties of the process. */
static struct {
    bool begun;
    int rank, size, local_size;
    MPI_Comm local; /* the ranks of this machine */
    MPI_Request pending[PENDING];
    Parts parts[PENDING]; /* to be added up when all have come; of none: nothing */
    int n_pending;
    CommTraffic traffic;
    int *counts,
        *firsts; /* [PENDING][2][size]: the library reads them until the collective is done */
    real *inbox; /* lent; of its numbers so many are used by parts under way                */
    size_t inbox_size, used;
} self = { .size = 1, .local_size = 1 };

static MPI_Datatype reals(void)
{
    return sizeof(real) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE;
}

/* ---- joining ---------------------------------------------------------------------------------------- */

/* What Open MPI's mpirun, MPICH's, and srun put there for every rank. */
static const char *const marks[] = { "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK" };
enum { MARKS = sizeof marks / sizeof *marks };

static bool launched(void)
{
    for (int i = 0; i < MARKS; i++)
        if (getenv(marks[i]))
            return true;
    return false;
}

static void meet(void)
{
    self.begun = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &self.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &self.size);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, self.rank, MPI_INFO_NULL,
                        &self.local);
    MPI_Comm_size(self.local, &self.local_size);
    for (int i = 0; i < MARKS; i++) /* who is begun by this process is no rank */
        unsetenv(marks[i]);
}

Status comm_begin(Error *e)
{
    int level = 0;
    if (!launched())
        return GT_OK;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS)
        return fail(e, GT_EPEER, "MPI cannot begin (MPI_Init_thread)");
    meet();
    if (level < MPI_THREAD_FUNNELED)
        return fail(e, GT_EPEER, "this MPI cannot be used by programs with threads (level %d)",
                    level);
    const size_t numbers = 2 * (size_t)PENDING * (size_t)self.size;
    self.counts = calloc(numbers, sizeof *self.counts);
    self.firsts = calloc(numbers, sizeof *self.firsts);
    return self.counts && self.firsts ? GT_OK
                                      : fail(e, GT_ERESOURCE, "no memory for %d ranks", self.size);
}

void comm_end(void)
{
    if (!self.begun)
        return;
    free(self.counts);
    free(self.firsts);
    MPI_Comm_free(&self.local);
    MPI_Finalize();
    self.begun = false;
}

int comm_rank(void)
{
    return self.rank;
}

int comm_size(void)
{
    return self.size;
}

int comm_local_size(void)
{
    return self.local_size;
}

const char *comm_engine(void)
{
    static char name[MPI_MAX_LIBRARY_VERSION_STRING];
    int n = 0;
    MPI_Get_library_version(name, &n);
    name[strcspn(name, ",\n")] = '\0';
    return name;
}

CommTraffic comm_traffic(void)
{
    return self.traffic;
}

/* ---- shares ----------------------------------------------------------------------------------------- */

static int share_end(int rank, int N)
{
    return (int)((int64_t)N * (rank + 1) / self.size);
}

RowShare comm_rows(int N)
{
    const int first = share_end(self.rank - 1, N);
    return (RowShare){ first, share_end(self.rank, N) - first };
}

/* For the collective at a place: two lists of a number per rank each. */
static int *counts_of(int place)
{
    return self.counts + 2 * place * self.size;
}

static int *firsts_of(int place)
{
    return self.firsts + 2 * place * self.size;
}

/* Numbers of every rank's share of a [N,F], and where they begin. */
static void count_shares(Mat m, int *counts, int *firsts)
{
    assert(mat_size(m) <= INT_MAX);
    for (int r = 0; r < self.size; r++) {
        firsts[r] = share_end(r - 1, m.rows) * m.cols;
        counts[r] = share_end(r, m.rows) * m.cols - firsts[r];
    }
}

/* ---- at once ---------------------------------------------------------------------------------------- */

/* At once, of a few numbers. */
static void reduce(double *at, int n, MPI_Op op)
{
    if (self.size == 1)
        return;
    self.traffic.small++;
    MPI_Allreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, op, MPI_COMM_WORLD);
}

void comm_sum(double *at, int n)
{
    reduce(at, n, MPI_SUM);
}

void comm_most(double *at, int n)
{
    reduce(at, n, MPI_MAX);
}

void comm_gather(View own, Mat all)
{
    const RowShare share = comm_rows(all.rows);
    assert(own.rows == share.n && own.cols == all.cols);
    mat_copy(mat_rows(all, share.first, share.n), own);
    comm_begin_spread(all);
    comm_wait();
}

void comm_tell(int from, void *at, size_t bytes)
{
    char *next = at;
    while (self.size > 1 && bytes > 0) {
        const int n = bytes < INT_MAX ? (int)bytes : INT_MAX;
        MPI_Bcast(next, n, MPI_BYTE, from, MPI_COMM_WORLD);
        next += n;
        bytes -= (size_t)n;
    }
}

void comm_unite_local(void *at, int bytes)
{
    if (self.begun)
        MPI_Allreduce(MPI_IN_PLACE, at, bytes, MPI_BYTE, MPI_BOR, self.local);
}

/* ---- in the background ------------------------------------------------------------------------------ */

void comm_lend(real *inbox, size_t n)
{
    self.inbox = inbox;
    self.inbox_size = n;
}

static void count_sum(Mat m)
{
    self.traffic.sums++;
    self.traffic.sum_bytes += (double)(mat_size(m) * sizeof *m.at);
}

/* A place for one more, with the shares of m; waits for the others when there is none. */
static int take_place(Mat m)
{
    if (self.n_pending == PENDING)
        comm_wait();
    const int i = self.n_pending++;
    self.parts[i] = (Parts){ { 0, 0, NULL }, NULL };
    count_shares(m, counts_of(i), firsts_of(i));
    return i;
}

void comm_begin_sum_all(Mat m)
{
    if (self.size == 1)
        return;
    const int i = take_place(m);
    count_sum(m);
    MPI_Iallreduce(MPI_IN_PLACE, m.at, (int)mat_size(m), reals(), MPI_SUM, MPI_COMM_WORLD,
                   &self.pending[i]);
}

/* What the largest share of a [N,F] needs in the inbox, so that all ranks find the same room there. */
size_t comm_room(int rows, int cols)
{
    const size_t most = (size_t)((rows + self.size - 1) / self.size);
    return self.size == 1 ? 0 : most * (size_t)self.size * (size_t)cols;
}

/* Every rank sends every other its part of that one's share. */
static void begin_parts(Mat m)
{
    const int i = take_place(m);
    const RowShare own = comm_rows(m.rows);
    int *come = counts_of(i) + self.size, *where = firsts_of(i) + self.size;
    self.parts[i] = (Parts){ mat_rows(m, own.first, own.n), self.inbox + self.used };
    self.used += comm_room(m.rows, m.cols);
    for (int r = 0; r < self.size; r++) {
        come[r] = own.n * m.cols;
        where[r] = r * come[r];
    }
    MPI_Ialltoallv(m.at, counts_of(i), firsts_of(i), reals(), self.parts[i].inbox, come, where,
                   reals(), MPI_COMM_WORLD, &self.pending[i]);
}

void comm_begin_sum_shares(Mat m)
{
    const size_t room = comm_room(m.rows, m.cols);
    if (room > self.inbox_size || self.size == 1) {
        comm_begin_sum_all(m);
        return;
    }
    if (room > self.inbox_size - self.used)
        comm_wait();
    count_sum(m);
    begin_parts(m);
}

void comm_begin_spread(Mat m)
{
    if (self.size == 1)
        return;
    const int i = take_place(m);
    self.traffic.spreads++;
    self.traffic.spread_bytes += (double)(mat_size(m) * sizeof *m.at);
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, m.at, counts_of(i), firsts_of(i), reals(),
                    MPI_COMM_WORLD, &self.pending[i]);
}

/* In the order of the ranks, whoever came first. */
static void add_range(void *args, size_t first, size_t last)
{
    const Parts *p = args;
    const size_t n = mat_size(p->share);
    real *restrict sum = p->share.at;
    memcpy(sum + first, p->inbox + first, (last - first) * sizeof *sum);
    for (int r = 1; r < self.size; r++) {
        const real *restrict part = p->inbox + (size_t)r * n;
        for (size_t i = first; i < last; i++)
            sum[i] += part[i];
    }
}

void comm_wait(void)
{
    if (self.n_pending == 0)
        return;
    MPI_Waitall(self.n_pending, self.pending, MPI_STATUSES_IGNORE);
    for (int i = 0; i < self.n_pending; i++)
        if (self.parts[i].inbox)
            parallel_ranges(mat_size(self.parts[i].share), add_range, &self.parts[i]);
    self.n_pending = 0;
    self.used = 0;
}
