/* A work-stealing thread pool.
 *
 * A job is cut into one share of neighbouring chunks per thread, so that a thread finds the rows of
 * the previous job in its cache. A thread claims chunks one at a time, first from its own share,
 * then from the others. The calling thread works too and never waits for a helper to wake up: on a
 * busy machine a helper without a processor claims nothing. (A team with a barrier and fixed
 * shares, as in OpenMP, was slower on two threads than on one beside one other busy process.)
 *
 * The ticket of a share holds the number of the job and the number of unclaimed chunks. A claim is
 * a compare-and-swap of the whole ticket, so it fails if the job has changed since the ticket was
 * read, and what was read of the job in between is discarded. A job is replaced only when all its
 * chunks are claimed, so a stale ticket never matches a new job. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "gantrain/math/parallel.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "gantrain/base/log.h"

/* About 250 microseconds: longer than the gaps inside a training step (a sleeping helper needs 50
 * or more to wake up), short beside a time slice. */
enum { SPINS = 5000 };

enum { STACK_BYTES = 8 << 20 }; /* holds the thread-local scratch memory too */

/* On its own cache line: every claim writes it. */
typedef struct Share {
    _Alignas(64) _Atomic uint64_t ticket; /* number of the job << 32 | unclaimed chunks */
} Share;

typedef struct Pool {
    int wanted;  /* threads requested, the caller included */
    int helpers; /* threads that run                       */
    pthread_t helper[PARALLEL_MAX_THREADS];

    Share share[PARALLEL_MAX_THREADS]; /* [threads], the caller's first */
    _Atomic uint32_t job;              /* number of the last one        */
    _Atomic(ParallelBody) body;
    _Atomic(void *) args;
    _Atomic uint32_t chunks;     /* of the job            */
    _Atomic uint32_t threads;    /* it is divided among   */
    _Atomic uint32_t unfinished; /* chunks                */

    _Atomic bool busy; /* a job runs: jobs do not nest */
    _Atomic int sleepers;
    _Atomic bool closing;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} Pool;

/* Threads belong to the process; so does their pool. */
static Pool pool = { .wanted = 1,
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .wake = PTHREAD_COND_INITIALIZER };

/* ---- running chunks -------------------------------------------------------------------------- */

/* The end of share s when n chunks are divided among `threads`. */
static uint32_t share_end(uint32_t s, uint32_t n, uint32_t threads)
{
    return (uint32_t)((uint64_t)(s + 1) * n / threads);
}

/* Claims one chunk of share s and runs it; false: none is left. */
static bool work_on(uint32_t s)
{
    _Atomic uint64_t *ticket = &pool.share[s].ticket;
    uint64_t t = atomic_load(ticket);
    const uint32_t left = (uint32_t)t;
    if (left == 0)
        return false;
    const ParallelBody body = atomic_load(&pool.body);
    void *args = atomic_load(&pool.args);
    const uint32_t i = share_end(s, atomic_load(&pool.chunks), atomic_load(&pool.threads)) - left;
    if (!atomic_compare_exchange_strong(ticket, &t, t - 1))
        return true; /* another thread claimed it, or the job has changed */
    body(args, (int)i);
    atomic_fetch_sub(&pool.unfinished, 1);
    return true;
}

/* Runs all unclaimed chunks, beginning with share `mine`. */
static void work(uint32_t mine)
{
    const uint32_t threads = atomic_load(&pool.threads);
    for (uint32_t i = 0; i < threads; i++)
        while (work_on((mine + i) % threads))
            continue;
}

/* The processor's hint for spin loops. */
static void cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Spins for a while, then sleeps, until the job is no longer `job`. */
static void wait_for_job(uint32_t job)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool.job) != job || atomic_load(&pool.closing))
            return;
        cpu_pause();
    }
    pthread_mutex_lock(&pool.mutex);
    atomic_fetch_add(&pool.sleepers, 1);
    while (atomic_load(&pool.job) == job && !atomic_load(&pool.closing))
        pthread_cond_wait(&pool.wake, &pool.mutex);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.mutex);
}

static void *helper(void *share)
{
    const uint32_t mine = (uint32_t)((Share *)share - pool.share);
    while (!atomic_load(&pool.closing)) {
        const uint32_t job = atomic_load(&pool.job);
        work(mine);
        wait_for_job(job);
    }
    return NULL;
}

static void wake_sleepers(void)
{
    if (atomic_load(&pool.sleepers) == 0)
        return;
    pthread_mutex_lock(&pool.mutex);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.mutex);
}

/* ---- starting and stopping ------------------------------------------------------------------- */

/* On a stack that does not depend on ulimit -s. 0, or an errno. */
static int start_helper(void)
{
    const int i = pool.helpers;
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    if (error)
        return error;
    error = pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (!error)
        error = pthread_create(&pool.helper[i], &attr, helper, &pool.share[i + 1]);
    pthread_attr_destroy(&attr);
    return error;
}

/* Helpers block all signals, so that the main thread handles them. If the system refuses a thread,
 * fewer work. */
static void start_helpers(void)
{
    static const Log plain;
    sigset_t all, before;
    int error = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!error && pool.helpers + 1 < pool.wanted) {
        error = start_helper();
        pool.helpers += !error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        log_warning(&plain,
                    "only %d of %d threads could be started (%s): slower, the results are "
                    "the same",
                    pool.helpers + 1, pool.wanted, strerror(error));
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

/* ---- jobs ------------------------------------------------------------------------------------ */

static void publish_job(int n, ParallelBody fn, void *args)
{
    const uint32_t job = atomic_load(&pool.job) + 1, threads = (uint32_t)pool.wanted;
    uint32_t begin = 0;
    atomic_store(&pool.body, fn);
    atomic_store(&pool.args, args);
    atomic_store(&pool.unfinished, (uint32_t)n);
    atomic_store(&pool.chunks, (uint32_t)n);
    atomic_store(&pool.threads, threads);
    for (uint32_t s = 0; s < threads; s++) {
        const uint32_t end = share_end(s, (uint32_t)n, threads);
        atomic_store(&pool.share[s].ticket, (uint64_t)job << 32 | (end - begin));
        begin = end;
    }
    atomic_store(&pool.job, job);
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
    const bool nested = atomic_exchange(&pool.busy, true);
    assert(!nested);
    (void)nested;
    publish_job(n, fn, args);
    work(0);
    for (int i = 0; atomic_load(&pool.unfinished) > 0; i++) {
        if (i < SPINS)
            cpu_pause();
        else
            sched_yield();
    }
    atomic_store(&pool.busy, false);
}

/* ---- ranges ---------------------------------------------------------------------------------- */

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
