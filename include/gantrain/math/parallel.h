/* The one place where work is spread over threads.
 *
 * A chunk of work is computed the same way by whoever gets it, and no sum runs over what threads have
 * done: chunks write their own results, and whoever called adds them up in order. Work is cut by its
 * shape alone; products are cut for the threads, but only where no bit depends on it (math/gemm.h).
 * Hence the same bits for any number of threads.
 *
 * One thread at a time gives out work, and work does not give out work. */
#ifndef GANTRAIN_MATH_PARALLEL_H
#define GANTRAIN_MATH_PARALLEL_H

#include <stddef.h>

enum { PARALLEL_MAX_THREADS = 64 };

/* How many threads later calls use, 1..PARALLEL_MAX_THREADS. When the system gives fewer, the work
 * is done by those: later, with the same bits. */
void parallel_set_threads(int threads);
int parallel_threads(void);

/* The processors this process may use. */
int parallel_processors(void);

/* Those that the ranks of this machine may use together, bound to some of them or not; collective. */
int parallel_machine(void);

/* This rank's share of those that and one at least; collective. */
int parallel_share(void);

/* fn(args, i) for every i in [0, n), in any order, at the same time. */
typedef void (*ParallelBody)(void *args, int i);
void parallel_for(int n, ParallelBody fn, void *args);

/* fn(args, first, last) over the ranges [0,c), [c,2c), ... of [0, n); c is fixed. */
enum { PARALLEL_CHUNK = 8192 };
typedef void (*ParallelRange)(void *args, size_t first, size_t last);
void parallel_ranges(size_t n, ParallelRange fn, void *args);

#endif
