/* The one place where work is spread over threads.
 *
 * Work is cut into chunks by its shape alone, never by the number of threads; a chunk is computed
 * the same way by whoever gets it, and sums over chunks are added in chunk order. Hence the same
 * bits for any number of threads. */
#ifndef GANTRAIN_MATH_PARALLEL_H
#define GANTRAIN_MATH_PARALLEL_H

#include <stddef.h>

enum { PARALLEL_MAX_THREADS = 64 }; /* OpenBLAS of Debian serves at most 64 callers */

/* How many threads later calls use, 1..PARALLEL_MAX_THREADS; also keeps BLAS at one thread a call. */
void parallel_set_threads(int threads);
int parallel_threads(void);

/* The processors this process may use. */
int parallel_processors(void);

/* fn(args, i) for every i in [0, n), in any order, at the same time. */
typedef void (*ParallelBody)(void *args, int i);
void parallel_for(int n, ParallelBody fn, void *args);

/* fn(args, first, last) over the ranges [0,c), [c,2c), ... of [0, n); c is fixed. */
enum { PARALLEL_CHUNK = 8192 };
typedef void (*ParallelRange)(void *args, size_t first, size_t last);
void parallel_ranges(size_t n, ParallelRange fn, void *args);

#endif
