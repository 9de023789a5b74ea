/* A wait polls its requests, as MPI_Wait does, and looks at the clock now and then. A rank that was
 * stopped itself, as batch systems suspend jobs, has not waited meanwhile. */
#include "comm_mpi_wait.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "gantrain/base/log.h"
#include "gantrain/math/comm.h"

/* Polls between two looks at the clock, 10 to 50 microseconds; then other processes get the
 * processor: a rank that is waited for may be among them. */
enum { POLLS = 64 };
/* Seconds: a gap between two looks that means this rank was stopped; the time by which each rank
 * reports after the one before it, so that the first to report ends the job alone. */
static const double stopped_s = 1, stagger_s = 1;

/* Properties of the process. */
static struct {
    Timeouts step, work;
    const char *stage, *work_of_root; /* or NULL */
} self = { .step = { 60, 0 }, .work = { 600, 0 } };

typedef struct Wait {
    MPI_Request *requests;
    const Operation *operations;
    int n;
    Timeouts limits;
    const char *stage;
    double began, looked;  /* times; 0: not yet                            */
    bool warn_due, warned; /* limits.warn has passed; this rank has warned */
} Wait;

/* ---- limits ---------------------------------------------------------------------------------- */

void comm_set_timeouts(Timeouts step, Timeouts work)
{
    self.step = step;
    self.work = work;
}

void comm_set_stage(const char *stage)
{
    self.stage = stage;
}

void comm_allow_long_stage(const char *work)
{
    self.work_of_root = comm_rank() > 0 ? work : NULL;
}

/* ---- reports --------------------------------------------------------------------------------- */

/* Ranks whose messages have not arrived: they are stopped, or wait for one that is. MPI does not
 * report whom a collective waits for. */
typedef struct Missing {
    bool rank[COMM_MAX_RANKS];
    int n;                 /* 0: unknown                           */
    const char *operation; /* the first one that is not complete   */
} Missing;

static void add_missing(Missing *m, int rank)
{
    m->n += !m->rank[rank];
    m->rank[rank] = true;
}

static void find_missing(const Wait *w, Missing *m)
{
    *m = (Missing){ .n = 0 };
    for (int i = 0; i < w->n; i++) {
        int done = 0;
        MPI_Request_get_status(w->requests[i], &done, MPI_STATUS_IGNORE);
        if (done)
            continue;
        if (!m->operation)
            m->operation = w->operations[i].name;
        if (w->operations[i].sender != NO_PEER)
            add_missing(m, w->operations[i].sender);
    }
    if (m->n == 0 && comm_size() == 2)
        add_missing(m, 1 - comm_rank());
}

/* ": rank 2 has not arrived", ": ranks 1, 3-5 have not arrived"; "" if unknown. */
static void list_missing(const Missing *m, char *out, size_t room)
{
    size_t used = (size_t)snprintf(out, room, m->n == 0 ? "" : m->n == 1 ? ": rank" : ": ranks");
    const char *comma = "";
    for (int r = 0, last; m->n > 0 && r < comm_size(); r = last + 1) {
        last = r;
        if (!m->rank[r])
            continue;
        while (last + 1 < comm_size() && m->rank[last + 1])
            last++;
        if (used < room - 64)
            used += (size_t)snprintf(out + used, room - used, last > r ? "%s %d-%d" : "%s %d",
                                     comma, r, last);
        comma = ",";
    }
    if (m->n > 0)
        snprintf(out + used, room - used, m->n == 1 ? " has not arrived" : " have not arrived");
}

/* Lower ranks that may be waiting as well: they report first. */
static int ranks_ahead(const Missing *m)
{
    int n = 0;
    for (int r = 0; r < comm_rank(); r++)
        n += !m->rank[r];
    return n;
}

static void report(const Wait *w, const Missing *m, double waited, const char *level,
                   const char *then)
{
    char who[256];
    list_missing(m, who, sizeof who);
    log_always("%s: rank %d of %d has waited %.0f s in %s (%s)%s; %s", level, comm_rank(),
               comm_size(), waited, m->operation, w->stage, who, then);
}

static void warn(Wait *w, const Missing *m, double waited)
{
    const int ahead = ranks_ahead(m);
    w->warn_due = true;
    w->warned = m->n > 0 ? ahead == 0 : ahead <= 1; /* if unknown, rank 0 may be missing */
    if (w->warned)
        report(w, m, waited, "warning", "it continues to wait");
}

static void end_job(const Wait *w, const Missing *m, double waited)
{
    const int ahead = ranks_ahead(m), most = 10;
    if (waited < w->limits.end + stagger_s * (ahead < most ? ahead : most))
        return;
    report(w, m, waited, "error",
           "the job ends (--rank-timeout); --resume continues from the last checkpoint");
    MPI_Abort(MPI_COMM_WORLD, GT_EPEER);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check_limits(Wait *w)
{
    static Missing missing; /* large; one wait at a time */
    const double now = seconds_now();
    if (w->began == 0)
        w->began = w->looked = now;
    if (now - w->looked > stopped_s)
        w->began += now - w->looked;
    w->looked = now;
    const double waited = now - w->began;
    const bool warns = !w->warn_due && waited >= w->limits.warn;
    const bool ends = w->limits.end > 0 && waited >= w->limits.end;
    if (warns || ends)
        find_missing(w, &missing);
    if (warns)
        warn(w, &missing, waited);
    if (ends)
        end_job(w, &missing, waited);
}

void comm_mpi_wait(MPI_Request *requests, const Operation *operations, int n)
{
    const char *stage = self.stage ? self.stage : "training";
    Wait w = { requests, operations, n, .limits = self.work_of_root ? self.work : self.step,
               .stage = self.work_of_root ? self.work_of_root : stage };
    int done = 0;
    for (unsigned i = 1; !done; i++) {
        MPI_Testall(n, requests, &done, MPI_STATUSES_IGNORE);
        if (done || i % POLLS != 0)
            continue;
        sched_yield();
        check_limits(&w);
    }
    if (w.warned)
        log_always("warning: all ranks have arrived, after %.0f s (%s)", seconds_now() - w.began,
                   w.stage);
}
