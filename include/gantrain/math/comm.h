/* The ranks that train one GAN together: processes, on one machine or many, each with its rows of every
 * batch. CMake chooses who implements this: comm_self.c (one rank, nothing to do) or comm_mpi*.c (MPI);
 * nothing above can tell which, and with one rank neither changes a bit. What they agree on beside numbers is
 * in agree.c.
 *
 * What tells or sums is collective: every rank calls it in the same order, with the same shapes; what is set
 * beside (comm_set_timeouts, comm_set_buffer, comm_set_max_message, comm_apart) is the same on all. What they leave is the same to
 * the bit on all ranks that get it, and the same again for the same
 * number of ranks. A peer or a network that fails ends the whole job, by the launcher. */
#ifndef GANTRAIN_MATH_COMM_H
#define GANTRAIN_MATH_COMM_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* comm_init: join the other ranks, where the program was started by mpirun or srun; once, before anything
 * else here. Programs begun by this one are no ranks. GT_EPEER: the library cannot begin.
 * comm_finalize: leave them. */
Status comm_init(Error *e);
void comm_finalize(void);

/* Facts: number of this rank, from 0; how many there are; how many on this machine; "none", or the library's
 * name and version. */
int comm_rank(void);
int comm_size(void);
int comm_local_size(void);
const char *comm_engine(void);

/* What this rank has told and been told so far: sums over ranks, spreads and deals, with the bytes of their
 * results (of which it had its own before), and messages of a few numbers. */
typedef struct CommTraffic {
    double sums, sum_bytes, spreads, spread_bytes, deals, deal_bytes, small;
} CommTraffic;
CommTraffic comm_traffic(void);

/* The rows [first, first + n) of N that are this rank's, or of another: one more for some than for others at the most. */
typedef struct RowShare {
    int first, n;
} RowShare;
RowShare comm_rows(int N);
RowShare comm_rows_of(int rank, int N);

/* Every number becomes its sum, or the largest, over ranks.                [n] in and out */
void comm_sum(double *at, int n);
void comm_max(double *at, int n);

/* Bytes of rank `from` for everybody. */
void comm_broadcast(int from, void *at, size_t bytes);

/* Bits that any rank of this machine has set are set. */
void comm_or_local(void *at, int bytes);

/* The first rank for which that is so; comm_size() where it is so for none. */
int comm_first_rank_where(bool so);

/* comm_barrier: wait until all ranks have come here ("the end of an update", for who is told of one that has not).
 * What each had written before, in memory in common, is there for all. */
void comm_barrier(const char *where);

/* comm_share: whole pages, in which all ranks have the same, become one memory that they have in common. False, on all ranks:
 * they stay each rank's own, for not all are on one machine, or the system refuses one of them.
 * comm_unshare: before they are freed: they are this rank's own again, with nothing in them; false: the system refuses,
 * and they may not be freed.
 * comm_apart: whether ranks of one machine shall do as those of several: without such memory. */
bool comm_share(void *at, size_t bytes);
bool comm_unshare(void *at, size_t bytes);
void comm_apart(bool so);

/* comm_agree: after what may fail on one rank alone: where any rank brings a failure, the Error of the first
 * such rank becomes everybody's ("rank 2 of 4: ..."), and later calls return it at once: a rank that has failed
 * needs only come to some comm_agree. Ranks that meet at different stages all fail (GT_EPEER).
 * Returns the code held by `e`. */
Status comm_agree(const char *stage, Error *e);

/* comm_check_equal: GT_EPEER, on all ranks, when `text` is another on some rank than on rank 0. */
Status comm_check_equal(const char *what, const char *text, Error *e);

/* How many seconds a rank waits for another until it is told on stderr, and until the job is ended with GT_EPEER
 * (0: never). */
typedef struct Timeouts {
    double told, ended;
} Timeouts;

/* comm_set_timeouts: the patience of waits inside of steps, { 60, 0 } at first, and of waits for work that rank 0
 * does alone, { 600, 0 }; the same on all ranks.
 * comm_set_stage: what is waited for from now on, for who is told; NULL: the usual.
 * comm_allow_long_stage: the same of work that rank 0 does alone; before that of comm_set_stage. */
void comm_set_timeouts(Timeouts step, Timeouts work);
void comm_set_stage(const char *what);
void comm_allow_long_stage(const char *what);

/* Begun here and done in the background; what is touched stays untouched by others until comm_wait, which
 * waits for everything begun.                                              [N,F] in and out
 *   sum_all     every row becomes its sum over ranks
 *   sum_shares  the rows of this rank's share do; the other rows hold nothing of use then
 *   spread      everybody gets the rows of every rank's share */
enum { COMM_MOST = 1 << 27 }; /* numbers of one message */
void comm_start_allreduce(Mat m);
void comm_start_reduce_scatter(Mat m);
void comm_start_allgather(Mat m);

/* Likewise: rows of every rank, each k times its share of N, are dealt out by columns: this rank gets its share of the
 * F columns in the rows of all; its own part is there already. At most COMM_MOST numbers in each of the two.
 *   packed [n,F] in, the columns of every rank's share as a matrix, one after the other   mine [k·N, share of F] out */
void comm_start_alltoall(Mat packed, int N, Mat mine);
void comm_wait(void);

/* comm_set_buffer: memory, for as long as sums in shares are begun, where what comes from other ranks is held: the more
 * of what is under way at a time finds room there (comm_buffer_size numbers each), the less waits for the rest, and
 * what finds none at all is summed by a longer way.                                      [n] */
void comm_set_buffer(real *recv_buffer, size_t n);
size_t comm_buffer_size(int rows, int cols);

/* comm_set_max_message: of how many numbers one message of those above has at most, 2^27 until then: what is longer goes in
 * pieces (tests have shorter ones). */
void comm_set_max_message(size_t most);

#endif
