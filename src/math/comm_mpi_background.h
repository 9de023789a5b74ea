/* What comm_mpi.c knows of messages in the background. */
#ifndef GANTRAIN_SRC_MATH_COMM_MPI_BACKGROUND_H
#define GANTRAIN_SRC_MATH_COMM_MPI_BACKGROUND_H

#include <stdbool.h>

#include "gantrain/math/comm.h"

/* background_begin: false: no memory. background_traffic: what was begun, without messages of a few numbers. */
bool background_begin(void);
void background_end(void);
CommTraffic background_traffic(void);

#endif
