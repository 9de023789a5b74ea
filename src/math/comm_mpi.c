/* Ranks by MPI: each function is one of the library's collectives, begun here and waited for by comm_mpi_watch.c.
 * Sums in shares are added up here, in the order of the ranks. For a number of ranks and a length the library's
 * order of additions is fixed as well, and every rank gets the result of the same ones (MPI 3.1, 5.9.1, advice
 * to implementors; the tests hold the library to it).
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

#include "comm_mpi_watch.h"
#include "gantrain/math/parallel.h"

/* Collectives under way at a time; numbers of one message, whose bytes, too, MPI counts by an int here and there. */
enum { PENDING = 256, NUMBERS = 1 << 27 };

/* This rank's share of a matrix, and that as the others have it, one after the other. */
typedef struct Parts {
    Mat share;
    real *inbox; /* [size, values of the share]; nothing at the place of this rank */
} Parts;

/* Properties of the process. */
static struct {
    bool begun, watched;
    int rank, size, local_size;
    MPI_Comm local; /* the ranks of this machine */
    MPI_Request pending[PENDING];
    Parts parts[PENDING]; /* to be added up when all have come; of none: nothing */
    int n_pending;
    size_t most; /* numbers of one message */
    CommTraffic traffic;
    int *counts, *firsts; /* [PENDING][2][size]: MPI reads them until the collective is done */
    real *inbox;          /* lent; of its numbers so many are used by parts under way        */
    size_t inbox_size, used;
} self = { .size = 1, .local_size = 1, .most = NUMBERS };

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
    self.watched = watch_begin();
    for (int i = 0; i < MARKS; i++) /* who is begun by this process is no rank */
        unsetenv(marks[i]);
}

/* Before MPI 4 the text of an error may not be asked for unless it has begun. */
static Status cannot_begin(int failure, Error *e)
{
    char text[MPI_MAX_ERROR_STRING] = "there may be more above";
    int n = 0, begun = 0;
    MPI_Initialized(&begun);
    if (begun || MPI_VERSION >= 4)
        MPI_Error_string(failure, text, &n);
    return fail(e, GT_EPEER, "MPI cannot begin (MPI_Init_thread: error %d, %s)", failure, text);
}

Status comm_begin(Error *e)
{
    int level = 0;
    if (!launched())
        return GT_OK;
    const int failure = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    if (failure != MPI_SUCCESS)
        return cannot_begin(failure, e);
    meet();
    if (level < MPI_THREAD_FUNNELED)
        return fail(e, GT_EPEER, "this MPI cannot be used by programs with threads (level %d)",
                    level);
    const size_t numbers = 2 * (size_t)PENDING * (size_t)self.size;
    self.counts = calloc(numbers, sizeof *self.counts);
    self.firsts = calloc(numbers, sizeof *self.firsts);
    return self.watched && self.counts && self.firsts
               ? GT_OK
               : fail(e, GT_ERESOURCE, "no memory for %d ranks", self.size);
}

void comm_end(void)
{
    if (!self.begun)
        return;
    watch_end();
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
    for (int r = 0; r < self.size; r++) {
        firsts[r] = share_end(r - 1, m.rows) * m.cols;
        counts[r] = share_end(r, m.rows) * m.cols - firsts[r];
    }
}

/* ---- at once ---------------------------------------------------------------------------------------- */

/* At once, of a few numbers. */
static void reduce(double *at, int n, MPI_Op op, const char *what)
{
    MPI_Request all;
    if (self.size == 1)
        return;
    self.traffic.small++;
    MPI_Iallreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, op, MPI_COMM_WORLD, &all);
    watch_wait(&all, 1, what);
}

void comm_sum(double *at, int n)
{
    reduce(at, n, MPI_SUM, "a sum over ranks");
}

void comm_most(double *at, int n)
{
    reduce(at, n, MPI_MAX, "what all ranks agree on");
}

void comm_tell(int from, void *at, size_t bytes)
{
    MPI_Request told;
    char *next = at;
    while (self.size > 1 && bytes > 0) {
        const int n = bytes < INT_MAX ? (int)bytes : INT_MAX;
        MPI_Ibcast(next, n, MPI_BYTE, from, MPI_COMM_WORLD, &told);
        watch_wait(&told, 1, "what one rank tells all");
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

void comm_pieces(size_t most)
{
    self.most = most;
}

void comm_lend(real *inbox, size_t n)
{
    self.inbox = inbox;
    self.inbox_size = n;
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

void comm_begin_sum_all(Mat m)
{
    if (self.size == 1)
        return;
    const size_t size = mat_size(m);
    count_sum(m);
    for (size_t at = 0; at < size; at += self.most) {
        const int i = take_place();
        MPI_Iallreduce(MPI_IN_PLACE, m.at + at, piece(size - at), reals(), MPI_SUM, MPI_COMM_WORLD,
                       &self.pending[i]);
    }
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
    const int i = take_place_of(m);
    const RowShare own = comm_rows(m.rows);
    int *counts = counts_of(i), *come = counts + self.size, *where = firsts_of(i) + self.size;
    self.parts[i] = (Parts){ mat_rows(m, own.first, own.n), self.inbox + self.used };
    self.used += comm_room(m.rows, m.cols);
    for (int r = 0; r < self.size; r++) {
        come[r] = own.n * m.cols;
        where[r] = r * come[r];
    }
    counts[self.rank] = come[self.rank] = 0; /* is here */
    MPI_Ialltoallv(m.at, counts, firsts_of(i), reals(), self.parts[i].inbox, come, where, reals(),
                   MPI_COMM_WORLD, &self.pending[i]);
}

void comm_begin_sum_shares(Mat m)
{
    const size_t room = comm_room(m.rows, m.cols);
    if (self.size == 1 || room > self.inbox_size || room > self.most) {
        comm_begin_sum_all(m); /* more than was asked for */
        return;
    }
    if (room > self.inbox_size - self.used || self.n_pending == PENDING)
        comm_wait();
    count_sum(m);
    begin_parts(m);
}

/* The share of every rank, told by it in pieces. */
static void begin_spread_pieces(Mat m)
{
    for (int r = 0; r < self.size; r++) {
        const int first = share_end(r - 1, m.rows);
        const Mat share = mat_rows(m, first, share_end(r, m.rows) - first);
        const size_t size = mat_size(share);
        for (size_t at = 0; at < size; at += self.most) {
            const int i = take_place();
            MPI_Ibcast(share.at + at, piece(size - at), reals(), r, MPI_COMM_WORLD,
                       &self.pending[i]);
        }
    }
}

void comm_begin_spread(Mat m)
{
    if (self.size == 1)
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
    real *sum = p->share.at + first, *part = p->inbox + first;
    for (int r = 1; r < self.rank; r++)
        add(part, part + (size_t)r * all, n);
    if (self.rank > 0)
        add(sum, part, n);
    for (int r = self.rank + 1; r < self.size; r++)
        add(sum, part + (size_t)r * all, n);
}

void comm_wait(void)
{
    if (self.n_pending == 0)
        return;
    watch_wait(self.pending, self.n_pending, "sums of gradients and weights");
    for (int i = 0; i < self.n_pending; i++)
        if (self.parts[i].inbox)
            parallel_ranges(mat_size(self.parts[i].share), add_range, &self.parts[i]);
    self.n_pending = 0;
    self.used = 0;
}
