/* One rank: it has all rows, and every sum already. */
#include "gantrain/math/comm.h"

Status comm_init(Error *e)
{
    (void)e;
    return GT_OK;
}

void comm_finalize(void)
{
}

int comm_rank(void)
{
    return 0;
}

int comm_size(void)
{
    return 1;
}

int comm_local_size(void)
{
    return 1;
}

const char *comm_engine(void)
{
    return "none";
}

CommTraffic comm_traffic(void)
{
    return (CommTraffic){ 0 };
}

RowShare comm_rows(int N)
{
    return (RowShare){ 0, N };
}

RowShare comm_rows_of(int rank, int N)
{
    (void)rank;
    return (RowShare){ 0, N };
}

void comm_sum(double *at, int n)
{
    (void)at, (void)n;
}

void comm_max(double *at, int n)
{
    (void)at, (void)n;
}

void comm_broadcast(int from, void *at, size_t bytes)
{
    (void)from, (void)at, (void)bytes;
}

void comm_or_local(void *at, int bytes)
{
    (void)at, (void)bytes;
}

void comm_barrier(const char *where)
{
    (void)where;
}

bool comm_share(void *at, size_t bytes)
{
    (void)at, (void)bytes;
    return false;
}

bool comm_unshare(void *at, size_t bytes)
{
    (void)at, (void)bytes;
    return true;
}

void comm_apart(bool so)
{
    (void)so;
}

void comm_set_timeouts(Timeouts step, Timeouts work)
{
    (void)step, (void)work;
}

void comm_set_stage(const char *what)
{
    (void)what;
}

void comm_allow_long_stage(const char *what)
{
    (void)what;
}

void comm_start_allreduce(Mat m)
{
    (void)m;
}

void comm_start_reduce_scatter(Mat m)
{
    (void)m;
}

void comm_start_allgather(Mat m)
{
    (void)m;
}

void comm_start_alltoall(Mat packed, int N, Mat mine)
{
    (void)packed, (void)N, (void)mine;
}

void comm_wait(void)
{
}

void comm_set_buffer(real *recv_buffer, size_t n)
{
    (void)recv_buffer, (void)n;
}

size_t comm_buffer_size(int rows, int cols)
{
    (void)rows, (void)cols;
    return 0;
}

void comm_set_max_message(size_t most)
{
    (void)most;
}
