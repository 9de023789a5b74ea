/* Communication between ranks: processes, on one machine or several, that train one GAN together,
 * each with its own rows of every batch. CMake chooses the implementation: comm_mpi*.c, or
 * comm_self.c, where there is one rank and every function returns at once. With one rank both give
 * the same bits.
 *
 * All functions that exchange data are collective: every rank calls them in the same order, with
 * the same shapes. Results are the same to the bit on all ranks and for every run on the same
 * number of ranks. A rank or a network that fails ends the whole job. */
#ifndef GANTRAIN_MATH_COMM_H
#define GANTRAIN_MATH_COMM_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* comm_init: joins the other ranks if mpirun or srun started this process; once, before any other
 * function here. Child processes are not ranks. GT_EPEER: MPI cannot start.
 * comm_finalize: leaves them. */
Status comm_init(Error *e);
void comm_finalize(void);

/* The rank of this process, from 0; the number of ranks; the number of ranks on this machine; the
 * name and version of the MPI library, or "none". */
int comm_rank(void);
int comm_size(void);
int comm_local_size(void);
const char *comm_engine(void);

/* Processors that any rank of this machine may use. Collective. */
int comm_local_processors(void);

/* What this rank has exchanged so far: reductions of gradients and gathers of weights with the
 * bytes of their results, and blocking exchanges of a few numbers. */
typedef struct CommTraffic {
    double reductions, reduction_bytes, gathers, gather_bytes, small;
} CommTraffic;
CommTraffic comm_traffic(void);

/* ---- shards ---------------------------------------------------------------------------------- */

/* Rows [first, first + n) of a matrix. */
typedef struct RowRange {
    int first, n;
} RowRange;

/* The shard of a rank when `rows` rows are divided among all ranks, as evenly as possible. */
static inline RowRange comm_rows_of(int rank, int rows)
{
    const int first = (int)((int64_t)rows * rank / comm_size());
    return (RowRange){ first, (int)((int64_t)rows * (rank + 1) / comm_size()) - first };
}

/* The shard of this rank. */
static inline RowRange comm_rows(int rows)
{
    return comm_rows_of(comm_rank(), rows);
}

/* ---- blocking exchanges ---------------------------------------------------------------------- */

/* All-reduce: every number becomes its sum, or its maximum, over ranks.      at [n] in and out */
void comm_sum(double *at, int n);
void comm_max(double *at, int n);

/* The bytes of rank `root` replace those of all others. */
void comm_broadcast(int root, void *at, size_t bytes);

/* A copy of rank 0's text, which the caller frees. NULL on all ranks: one of them has no memory. */
char *comm_text_of_root(const char *text);

/* The lowest rank that passes true; comm_size() if none does. */
int comm_first_rank_where(bool so);

/* comm_agree: called after a step that may fail on one rank alone. If any rank brings a failure,
 * the Error of the lowest such rank replaces everybody's ("rank 2 of 4: ..."), and later calls
 * return it without communication: a rank that has failed continues to the next comm_agree.
 * GT_EPEER on all ranks if they meet at different stages. Returns the code in `e`. */
Status comm_agree(const char *stage, Error *e);

/* comm_check_equal: GT_EPEER on all ranks if the `text` of any rank differs from that of rank 0. */
Status comm_check_equal(const char *what, const char *text, Error *e);

/* ---- non-blocking exchanges ------------------------------------------------------------------ */

/* Each starts an exchange in the background; comm_wait completes all of them, and until then m may
 * not be touched.                                                     m [rows,cols] in and out
 *   allreduce        every value becomes its sum over ranks
 *   reduce_scatter   the rows of this rank's shard become their sums over ranks, added in the order
 *                    of ranks; the other rows are undefined. Needs comm_set_buffer
 *   allgather        every rank receives the shards of all ranks */
void comm_start_allreduce(Mat m);
void comm_start_reduce_scatter(Mat m);
void comm_start_allgather(Mat m);
void comm_wait(void);

/* comm_set_buffer: memory [n] for the other ranks' parts of reduce-scatters, lent until replaced
 * (NULL, 0: none). A reduce-scatter that finds too little room completes the earlier ones first.
 * comm_buffer_size: values that the reduce-scatter of a [rows,cols] needs, equal on all ranks. */
void comm_set_buffer(real *recv_buffer, size_t n);
size_t comm_buffer_size(int rows, int cols);

/* ---- time-outs ------------------------------------------------------------------------------- */

/* Seconds that a rank waits in an exchange before it warns on stderr, and before it ends the job
 * with exit code GT_EPEER (0: never). */
typedef struct Timeouts {
    double warn, end;
} Timeouts;

/* comm_set_timeouts: limits of exchanges inside a step, initially { 60, 0 }, and of those that wait
 * for work of rank 0 between steps, initially { 600, 0 }.
 * comm_set_stage: names the stage of the following exchanges in messages; NULL: training.
 * comm_allow_long_stage: the following exchanges wait for this work of rank 0, until NULL. Rank 0
 * itself keeps the limits of a step. */
void comm_set_timeouts(Timeouts step, Timeouts work);
void comm_set_stage(const char *stage);
void comm_allow_long_stage(const char *work);

#endif
