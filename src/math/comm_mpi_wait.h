/* Waiting for MPI requests, with time-outs. */
#ifndef GANTRAIN_SRC_MATH_COMM_MPI_WAIT_H
#define GANTRAIN_SRC_MATH_COMM_MPI_WAIT_H

#include <mpi.h>

enum { COMM_MAX_RANKS = 4096, NO_PEER = -1 };

/* What a request belongs to. */
typedef struct Operation {
    const char *name; /* "all-reduce"                                             */
    int sender;       /* the rank whose message it receives; NO_PEER: a collective */
} Operation;

/* Returns when all are complete; ends the job after the time-out.   requests, operations [n] */
void comm_mpi_wait(MPI_Request *requests, const Operation *operations, int n);

#endif
