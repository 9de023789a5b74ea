/* Joining the other ranks through MPI, and what is known of them.
 *
 * Without a launcher in the environment MPI is not initialized: for a program started by hand it
 * would start a daemon as the launcher of one rank. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "gantrain/math/comm.h"

#include <mpi.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "comm_mpi_wait.h"

/* Properties of the process. */
static struct {
    bool joined;
    int rank, size, local_size;
    MPI_Comm local; /* the ranks of this machine */
} self = { .size = 1, .local_size = 1 };

/* Set for every rank by Open MPI's mpirun, by MPICH's, and by srun. */
static const char *const marks[] = { "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK" };
enum { MARKS = sizeof marks / sizeof *marks };

static bool launched(void)
{
    for (int i = 0; i < MARKS; i++)
        if (getenv(marks[i]))
            return true;
    return false;
}

static void join(void)
{
    self.joined = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &self.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &self.size);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, self.rank, MPI_INFO_NULL,
                        &self.local);
    MPI_Comm_size(self.local, &self.local_size);
    for (int i = 0; i < MARKS; i++) /* child processes are not ranks */
        unsetenv(marks[i]);
}

/* Before MPI 4 the text of an error is available only once MPI is initialized. */
static Status cannot_start(int failure, Error *e)
{
    char text[MPI_MAX_ERROR_STRING] = "MPI may have printed the reason above";
    int n = 0, initialized = 0;
    MPI_Initialized(&initialized);
    if (initialized || MPI_VERSION >= 4)
        MPI_Error_string(failure, text, &n);
    return fail(e, GT_EPEER, "MPI cannot start (MPI_Init_thread: error %d, %s)", failure, text);
}

Status comm_init(Error *e)
{
    int level = 0;
    if (!launched())
        return GT_OK;
    const int failure = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    if (failure != MPI_SUCCESS)
        return cannot_start(failure, e);
    join();
    if (level < MPI_THREAD_FUNNELED)
        return fail(e, GT_EPEER, "this MPI does not support programs with threads (level %d)",
                    level);
    if (self.size > COMM_MAX_RANKS)
        return fail(e, GT_EPEER, "%d ranks: there may be %d at most", self.size, COMM_MAX_RANKS);
    return GT_OK;
}

void comm_finalize(void)
{
    if (!self.joined)
        return;
    MPI_Comm_free(&self.local);
    MPI_Finalize();
    self.joined = false;
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

int comm_local_processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    (void)sched_getaffinity(0, sizeof set, &set);
    if (self.joined)
        MPI_Allreduce(MPI_IN_PLACE, &set, sizeof set, MPI_BYTE, MPI_BOR, self.local);
    return CPU_COUNT(&set);
}
