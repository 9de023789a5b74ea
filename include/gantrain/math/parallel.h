/* Parallel loops over a pool of threads.
 *
 * The same bits for any number of threads: a chunk is computed the same way on every thread, chunks
 * write their own results, and the caller adds these in order. Work is divided by its shape alone;
 * matrix products are divided by the number of threads, where no bit depends on it (math/gemm.h).
 *
 * Only one thread at a time runs a loop, and loops do not nest. */
#ifndef GANTRAIN_MATH_PARALLEL_H
#define GANTRAIN_MATH_PARALLEL_H

#include <stddef.h>

enum { PARALLEL_MAX_THREADS = 64 };

/* The number of threads of later loops, 1..PARALLEL_MAX_THREADS. If the system refuses some of
 * them, fewer work, after a warning. */
void parallel_set_threads(int threads);
int parallel_threads(void);

/* Processors that this process may use, 1..PARALLEL_MAX_THREADS. */
int parallel_processors(void);

/* Calls fn(args, i) for every i in [0, n), in any order, concurrently. */
typedef void (*ParallelBody)(void *args, int i);
void parallel_for(int n, ParallelBody fn, void *args);

/* Calls fn(args, first, last) for the ranges [0,c), [c,2c), ... of [0, n), c = PARALLEL_CHUNK. */
enum { PARALLEL_CHUNK = 8192 };
typedef void (*ParallelRange)(void *args, size_t first, size_t last);
void parallel_ranges(size_t n, ParallelRange fn, void *args);

#endif
