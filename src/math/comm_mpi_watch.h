/* Waiting for other ranks by MPI, with an eye on the clock. */
#ifndef GANTRAIN_SRC_MATH_COMM_MPI_WATCH_H
#define GANTRAIN_SRC_MATH_COMM_MPI_WATCH_H

#include <mpi.h>
#include <stdbool.h>

/* watch_begin: collective; false: no memory, and waits are not watched on this rank.
 * watch_end: collective; nobody waits any more. */
bool watch_begin(void);
void watch_end(void);

/* watch_wait: until all are done. Every rank comes to the same waits in the same order. `what` is what other
 * ranks have not come to if they do not. */
void watch_wait(MPI_Request *requests, int n, const char *what);

#endif
