/* One rank: it has all rows, and every sum already. */
#include "gantrain/math/comm.h"

Status comm_begin(Error *e)
{
    (void)e;
    return GT_OK;
}

void comm_end(void)
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

void comm_most(double *at, int n)
{
    (void)at, (void)n;
}

void comm_tell(int from, void *at, size_t bytes)
{
    (void)from, (void)at, (void)bytes;
}

void comm_unite_local(void *at, int bytes)
{
    (void)at, (void)bytes;
}

void comm_meet(const char *where)
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

void comm_watch(Patience step, Patience work)
{
    (void)step, (void)work;
}

void comm_expect(const char *what)
{
    (void)what;
}

void comm_expect_work(const char *what)
{
    (void)what;
}

void comm_begin_sum_all(Mat m)
{
    (void)m;
}

void comm_begin_sum_shares(Mat m)
{
    (void)m;
}

void comm_begin_spread(Mat m)
{
    (void)m;
}

void comm_begin_deal(Mat packed, int N, Mat mine)
{
    (void)packed, (void)N, (void)mine;
}

void comm_wait(void)
{
}

void comm_lend(real *inbox, size_t n)
{
    (void)inbox, (void)n;
}

size_t comm_room(int rows, int cols)
{
    (void)rows, (void)cols;
    return 0;
}

void comm_pieces(size_t most)
{
    (void)most;
}
