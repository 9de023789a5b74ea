/* Ranks by MPI: joining and leaving, and what is told at once: each function is one of the library's collectives, which
 * comm_mpi_watch.c waits for. For a number of ranks and a length the library's order of additions is fixed, and every
 * rank gets the result of the same ones (MPI 3.1, 5.9.1, advice to implementors; the tests hold the library to it).
 *
 * Without a launcher in the environment MPI is not begun at all: for a program started by hand it would
 * start a daemon to be the launcher of one rank. */
#include "gantrain/math/comm.h"

#include <limits.h>
#include <mpi.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comm_mpi_background.h"
#include "comm_mpi_watch.h"

/* Properties of the process. */
static struct {
    bool begun, watched;
    int rank, size, local_size;
    MPI_Comm local; /* the ranks of this machine */
    double small;   /* messages of a few numbers */
} self = { .size = 1, .local_size = 1 };

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

Status comm_init(Error *e)
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
    const bool room = background_begin();
    return self.watched && room ? GT_OK
                                : fail(e, GT_ERESOURCE, "no memory for %d ranks", self.size);
}

void comm_finalize(void)
{
    if (!self.begun)
        return;
    watch_end();
    background_end();
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
    CommTraffic t = background_traffic();
    t.small = self.small;
    return t;
}

/* ---- at once ---------------------------------------------------------------------------------------- */

/* At once, of a few numbers. */
static void reduce(double *at, int n, MPI_Op op, const char *what)
{
    MPI_Request all;
    if (self.size == 1)
        return;
    self.small++;
    MPI_Iallreduce(MPI_IN_PLACE, at, n, MPI_DOUBLE, op, MPI_COMM_WORLD, &all);
    watch_wait(&all, 1, what);
}

void comm_sum(double *at, int n)
{
    reduce(at, n, MPI_SUM, "a sum over ranks");
}

void comm_max(double *at, int n)
{
    reduce(at, n, MPI_MAX, "what all ranks agree on");
}

void comm_broadcast(int from, void *at, size_t bytes)
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

void comm_barrier(const char *where)
{
    MPI_Request met;
    if (self.size == 1)
        return;
    self.small++;
    atomic_thread_fence(memory_order_seq_cst);
    MPI_Ibarrier(MPI_COMM_WORLD, &met);
    watch_wait(&met, 1, where);
    atomic_thread_fence(memory_order_seq_cst);
}

void comm_or_local(void *at, int bytes)
{
    if (self.begun)
        MPI_Allreduce(MPI_IN_PLACE, at, bytes, MPI_BYTE, MPI_BOR, self.local);
}
