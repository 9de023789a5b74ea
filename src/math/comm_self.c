/* One rank: it has all rows, and every sum already. */
#include "gantrain/math/comm.h"
#include "gantrain/math/parallel.h"

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

int comm_local_processors(void)
{
    return parallel_processors();
}

CommTraffic comm_traffic(void)
{
    return (CommTraffic){ 0 };
}

void comm_sum(double *at, int n)
{
    (void)at, (void)n;
}

void comm_max(double *at, int n)
{
    (void)at, (void)n;
}

void comm_broadcast(int root, void *at, size_t bytes)
{
    (void)root, (void)at, (void)bytes;
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

void comm_set_timeouts(Timeouts step, Timeouts work)
{
    (void)step, (void)work;
}

void comm_set_stage(const char *stage)
{
    (void)stage;
}

void comm_allow_long_stage(const char *work)
{
    (void)work;
}
