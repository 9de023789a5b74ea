/* OpenMP behind two functions. Short work stays on the calling thread: waking a team costs about as
 * much as a few thousand multiplications. */
#include "gantrain/math/parallel.h"

#include <assert.h>
#include <cblas.h>
#include <omp.h>

void parallel_set_threads(int threads)
{
    assert(threads >= 1 && threads <= PARALLEL_MAX_THREADS);
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    openblas_set_num_threads(1);
}

int parallel_threads(void)
{
    return omp_get_max_threads();
}

int parallel_processors(void)
{
    const int n = omp_get_num_procs();
    return n < 1 ? 1 : n > PARALLEL_MAX_THREADS ? PARALLEL_MAX_THREADS : n;
}

void parallel_for(int n, ParallelBody fn, void *args)
{
#pragma omp parallel for schedule(static, 1) if (n > 1)
    for (int i = 0; i < n; i++)
        fn(args, i);
}

typedef struct Ranges {
    size_t n;
    ParallelRange fn;
    void *args;
} Ranges;

static void one_range(void *args, int i)
{
    const Ranges *r = args;
    const size_t first = (size_t)i * PARALLEL_CHUNK;
    const size_t last = first + PARALLEL_CHUNK < r->n ? first + PARALLEL_CHUNK : r->n;
    r->fn(r->args, first, last);
}

void parallel_ranges(size_t n, ParallelRange fn, void *args)
{
    Ranges r = { n, fn, args };
    parallel_for((int)((n + PARALLEL_CHUNK - 1) / PARALLEL_CHUNK), one_range, &r);
}
