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

#include "comm_mpi_watch.h"
#include "gantrain/math/vec.h"

enum { PENDING = 256 }; /* collectives under way at a time */
enum {
    NUMBERS = 1 << 27
}; /* of one message: its bytes, too, are counted by an int here and there */

/* Properties of the process. */
static struct {
    bool begun, watched;
    int rank, size, local_size;
    MPI_Comm local; /* the ranks of this machine */
    MPI_Request pending[PENDING];
    Mat summed[PENDING]; /* whose share lies at its beginning until it is done */
    int n_pending;
    size_t most;          /* numbers of one message */
    int *counts, *firsts; /* [PENDING][size]: the library reads them until the collective is done */
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
    const size_t numbers = (size_t)PENDING * (size_t)self.size;
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

/* Numbers of every rank's share of a [N,F], and where they begin. */
static void count_shares(Mat m, int *counts, int *firsts)
{
    for (int r = 0; r < self.size; r++) {
        firsts[r] = share_end(r - 1, m.rows) * m.cols;
        counts[r] = share_end(r, m.rows) * m.cols - firsts[r];
    }
}

/* ---- at once ---------------------------------------------------------------------------------------- */

void comm_sum(double *at, int n)
{
    MPI_Request sum;
    if (self.size == 1)
        return;
    MPI_Iallreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, &sum);
    watch_wait(&sum, 1, "a sum over ranks");
}

void comm_most(double *at, int n)
{
    MPI_Request most;
    if (self.size == 1)
        return;
    MPI_Iallreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD, &most);
    watch_wait(&most, 1, "what all ranks agree on");
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

/* A place for one more; waits for the others when there is none. */
static int take_place(void)
{
    if (self.n_pending == PENDING)
        comm_wait();
    self.summed[self.n_pending] = (Mat){ 0, 0, NULL };
    return self.n_pending++;
}

/* With the shares of m, which is one message. */
static int take_place_of(Mat m)
{
    const int i = take_place();
    count_shares(m, self.counts + i * self.size, self.firsts + i * self.size);
    return i;
}

static int piece(size_t left)
{
    return (int)(left < self.most ? left : self.most);
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

void comm_begin_sum_all(Mat m)
{
    if (self.size == 1)
        return;
    const size_t size = mat_size(m);
    for (size_t at = 0; at < size; at += self.most) {
        const int i = take_place();
        MPI_Iallreduce(MPI_IN_PLACE, m.at + at, piece(size - at), reals(), MPI_SUM, MPI_COMM_WORLD,
                       &self.pending[i]);
    }
}

void comm_begin_sum_shares(Mat m)
{
    if (self.size == 1)
        return;
    if (mat_size(m) > self.most) {
        comm_begin_sum_all(m); /* more than was asked for */
        return;
    }
    const int i = take_place_of(m);
    self.summed[i] = m;
    MPI_Ireduce_scatter(MPI_IN_PLACE, m.at, self.counts + i * self.size, reals(), MPI_SUM,
                        MPI_COMM_WORLD, &self.pending[i]);
}

void comm_begin_spread(Mat m)
{
    if (self.size == 1)
        return;
    if (mat_size(m) > self.most) {
        begin_spread_pieces(m);
        return;
    }
    const int i = take_place_of(m);
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, m.at, self.counts + i * self.size,
                    self.firsts + i * self.size, reals(), MPI_COMM_WORLD, &self.pending[i]);
}

/* MPI leaves this rank's sums at the beginning of the whole. */
static void put_in_place(Mat m)
{
    const RowShare own = comm_rows(m.rows);
    const Mat place = mat_rows(m, own.first, own.n);
    if (own.first > 0)
        memmove(place.at, m.at, mat_size(place) * sizeof *m.at);
}

void comm_wait(void)
{
    if (self.n_pending == 0)
        return;
    watch_wait(self.pending, self.n_pending, "sums of gradients and weights");
    for (int i = 0; i < self.n_pending; i++)
        if (self.summed[i].rows > 0)
            put_in_place(self.summed[i]);
    self.n_pending = 0;
}
