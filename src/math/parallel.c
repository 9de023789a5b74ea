/* A pool of threads that claim chunks one at a time.
 *
 * The calling thread works too and never waits for a helper to wake up: on a busy machine a helper
 * that gets no processor just claims nothing. (A team with a barrier and a fixed share for everybody,
 * as OpenMP makes it, ran 4 times slower than one thread beside one other busy process.)
 *
 * One 64-bit ticket holds the number of the job and how many of its chunks are unclaimed. A claim is
 * a compare-and-swap of the whole ticket, so it fails when the job has changed since the ticket was
 * read, and what was read of the job in between is thrown away. A job is only replaced when nothing
 * of it is unclaimed, so a stale ticket can never match a new job. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "gantrain/math/parallel.h"

#include <assert.h>
#include <cblas.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gantrain/math/pause.h"

/* About 50 microseconds: longer than the gaps inside a training step, short beside a time slice. */
enum { SPINS = 1000 };

typedef struct Pool {
    int wanted;  /* threads asked for, the caller included */
    int helpers; /* threads that run                       */
    pthread_t helper[PARALLEL_MAX_THREADS];

    _Atomic uint64_t ticket; /* number of the job << 32 | unclaimed chunks */
    _Atomic(ParallelBody) body;
    _Atomic(void *) args;
    _Atomic uint32_t chunks;     /* of the job                             */
    _Atomic uint32_t unfinished; /* those that are not done                */

    _Atomic int sleepers;
    _Atomic bool closing;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} Pool;

/* Threads belong to the process; so does their pool. */
static Pool pool = { .wanted = 1,
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .wake = PTHREAD_COND_INITIALIZER };

/* ---- working ---------------------------------------------------------------------------------- */

/* Claim and do one chunk; false when there is none left. */
static bool work_once(void)
{
    uint64_t t = atomic_load(&pool.ticket);
    const uint32_t left = (uint32_t)t;
    if (left == 0)
        return false;
    const ParallelBody body = atomic_load(&pool.body);
    void *args = atomic_load(&pool.args);
    const uint32_t i = atomic_load(&pool.chunks) - left;
    if (!atomic_compare_exchange_strong(&pool.ticket, &t, t - 1))
        return true; /* somebody else got it, or the job is over: look again */
    body(args, (int)i);
    atomic_fetch_sub(&pool.unfinished, 1);
    return true;
}

/* Spin for a while, then sleep, until the ticket is of another job than `job`. */
static void wait_for_job(uint64_t job)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool.ticket) >> 32 != job || atomic_load(&pool.closing))
            return;
        cpu_pause();
    }
    pthread_mutex_lock(&pool.mutex);
    atomic_fetch_add(&pool.sleepers, 1);
    while (atomic_load(&pool.ticket) >> 32 == job && !atomic_load(&pool.closing))
        pthread_cond_wait(&pool.wake, &pool.mutex);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.mutex);
}

static void *help(void *unused)
{
    while (!atomic_load(&pool.closing)) {
        const uint64_t job = atomic_load(&pool.ticket) >> 32;
        while (work_once())
            continue;
        wait_for_job(job);
    }
    return unused;
}

static void wake_sleepers(void)
{
    if (atomic_load(&pool.sleepers) == 0)
        return;
    pthread_mutex_lock(&pool.mutex);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.mutex);
}

/* ---- starting and stopping -------------------------------------------------------------------- */

/* Helpers take no signals: those are for the thread that runs the loop of the run. Where the system
 * gives fewer threads than asked for, fewer work: slower, with the same bits. */
static void start_helpers(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.helpers + 1 < pool.wanted &&
           pthread_create(&pool.helper[pool.helpers], NULL, help, NULL) == 0)
        pool.helpers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pool.wanted = pool.helpers + 1;
}

static void stop_helpers(void)
{
    atomic_store(&pool.closing, true);
    wake_sleepers();
    for (; pool.helpers > 0; pool.helpers--)
        pthread_join(pool.helper[pool.helpers - 1], NULL);
    atomic_store(&pool.closing, false);
}

void parallel_set_threads(int threads)
{
    assert(threads >= 1 && threads <= PARALLEL_MAX_THREADS);
    if (threads != pool.wanted)
        stop_helpers();
    pool.wanted = threads;
    openblas_set_num_threads(1);
}

int parallel_threads(void)
{
    return pool.wanted;
}

int parallel_processors(void)
{
    cpu_set_t set;
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > PARALLEL_MAX_THREADS ? PARALLEL_MAX_THREADS : n;
}

/* ---- jobs ------------------------------------------------------------------------------------- */

static void publish(int n, ParallelBody fn, void *args)
{
    const uint64_t job = (atomic_load(&pool.ticket) >> 32) + 1;
    atomic_store(&pool.body, fn);
    atomic_store(&pool.args, args);
    atomic_store(&pool.unfinished, (uint32_t)n);
    atomic_store(&pool.chunks, (uint32_t)n);
    atomic_store(&pool.ticket, job << 32 | (uint32_t)n);
    wake_sleepers();
}

void parallel_for(int n, ParallelBody fn, void *args)
{
    if (pool.wanted == 1 || n <= 1) {
        for (int i = 0; i < n; i++)
            fn(args, i);
        return;
    }
    if (pool.helpers == 0)
        start_helpers();
    publish(n, fn, args);
    while (work_once())
        continue;
    for (int i = 0; atomic_load(&pool.unfinished) > 0; i++) {
        if (i < SPINS)
            cpu_pause();
        else
            sched_yield();
    }
}

/* ---- ranges ----------------------------------------------------------------------------------- */

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
