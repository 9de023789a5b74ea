/* Who is waited for. A wait is a loop of tests, as it is inside of MPI; the clock is looked at now and then.
 *
 * A rank that has waited for long asks all others, by messages that have nothing to do with the work, and
 * whoever waits somewhere answers: who does not is who has not come. Of those who wait the first tells it,
 * once a wait. A rank that is at work can neither hear nor answer (only the main thread speaks with MPI, and
 * it does not interrupt its work), so what rank 0 does alone between steps is told from a hang by
 * nothing but the time it may take: comm_allow_long_stage makes that long.
 *
 * Whoever is asked asks as well, since a rank that waits for rank 0's work would be patient where another
 * knows that rank 0 is done. Every question has a number, the answer repeats it: what lies about of earlier
 * ones, for a rank that comes back, cannot be taken for an answer to a new one. A rank that was itself stopped
 * has not waited meanwhile. */
#include "comm_mpi_watch.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gantrain/base/log.h"
#include "gantrain/base/status.h"
#include "gantrain/math/comm.h"

/* Between two looks at the clock, 10 to 50 microseconds; whoever else is there to use the processor has it then: a
 * rank that is waited for may be among them. */
enum { TESTS = 64 };
/* Seconds: when a wait begins to be more than the usual; and between two looks at the clock, when the rank itself
 * was stopped, which is no waiting. */
static const double LISTEN = 0.25, STOPPED = 1;

enum { QUESTION, WORK_QUESTION, ANSWER, KINDS }; /* the second: of who waits for rank 0's work */

/* To one rank. */
typedef struct Mail {
    uint64_t number;
    MPI_Request request; /* that it is sent */
} Mail;

/* Of the process. */
static struct {
    MPI_Comm comm;     /* for questions and answers */
    Mail *mail[KINDS]; /* [ranks] */
    int *sent;         /* [ranks], of all kinds */
    bool *here;        /* [ranks] have answered in this wait */
    uint64_t waits;    /* of this rank, so far */
    uint64_t received;
    Timeouts step, work;
    const char *stage, *expected; /* of what is waited for, or NULL; the second is rank 0's work */
} self = { .step = { 60, 0 }, .work = { 600, 0 } };

/* One that lasts. */
typedef struct Wait {
    const char *what;
    Timeouts patience;
    double began, looked;             /* seconds_now */
    bool works, listens, asked, told; /* works: rank 0 does */
    bool tells;                       /* it was this rank that told */
} Wait;

/* ---- patience --------------------------------------------------------------------------------------- */

static double least(double a, double b)
{
    return a < b ? a : b;
}

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
    self.expected = comm_rank() > 0 ? work : NULL;
}

/* Before somebody is told: that long all have to answer. */
static double time_to_answer(const Wait *w)
{
    return least(1, w->patience.told / 4);
}

/* ---- questions and answers -------------------------------------------------------------------------- */

/* Nothing is sent to a rank that has not even taken the last one. */
static void send(int kind, int to, uint64_t number)
{
    Mail *m = &self.mail[kind][to];
    int gone = 0;
    MPI_Test(&m->request, &gone, MPI_STATUS_IGNORE);
    if (!gone)
        return;
    m->number = number;
    MPI_Isend(&m->number, 1, MPI_UINT64_T, to, kind, self.comm, &m->request);
    self.sent[to]++;
}

static void ask(Wait *w)
{
    w->asked = true;
    for (int r = 0; r < comm_size(); r++)
        if (r != comm_rank())
            send(w->works ? WORK_QUESTION : QUESTION, r, self.waits);
}

/* By who waits for the same as this rank, or beyond it, and knows that rank 0's work is done. */
static void be_asked(Wait *w, double now)
{
    if (w->asked)
        return;
    w->works = false;
    w->patience = self.step;
    w->began = now - w->patience.told + time_to_answer(w);
    ask(w);
}

/* One message. False: there is none. */
static bool receive(uint64_t *number, MPI_Status *of)
{
    int there = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, self.comm, &there, of);
    if (!there)
        return false;
    MPI_Recv(number, 1, MPI_UINT64_T, of->MPI_SOURCE, of->MPI_TAG, self.comm, of);
    self.received++;
    return true;
}

static void listen(Wait *w, double now)
{
    uint64_t number = 0;
    MPI_Status of;
    while (receive(&number, &of)) {
        if (of.MPI_TAG == ANSWER && number == self.waits)
            self.here[of.MPI_SOURCE] = true;
        if (of.MPI_TAG != ANSWER)
            send(ANSWER, of.MPI_SOURCE, number);
        if (of.MPI_TAG == QUESTION && number >= self.waits)
            be_asked(w, now);
    }
}

/* ---- telling ---------------------------------------------------------------------------------------- */

/* "rank 2 of 4 has", "ranks 1, 3-5 of 8 have": not come. How many. */
static int list_missing(char *out, size_t room)
{
    char list[160] = "";
    int n = 0;
    size_t used = 0;
    for (int r = 0, last; r < comm_size(); r = last + 1) {
        last = r;
        if (self.here[r])
            continue;
        while (last + 1 < comm_size() && !self.here[last + 1])
            last++;
        n += last - r + 1;
        if (used < sizeof list - 32)
            used += (size_t)snprintf(list + used, sizeof list - used, last > r ? "%s%d-%d" : "%s%d",
                                     *list ? ", " : "", r, last);
    }
    snprintf(out, room, "rank%s %s of %d %s", n == 1 ? "" : "s", list, comm_size(),
             n == 1 ? "has" : "have");
    return n;
}

static void tell(const Wait *w, double seconds, bool end)
{
    char who[256], then[192];
    const char *why = w->works ? "much work, or a file system that hangs"
                               : "stopped, or a machine or network that hangs";
    if (list_missing(who, sizeof who) == 0)
        snprintf(who, sizeof who, "all %d ranks wait, and no message has", comm_size());
    snprintf(then, sizeof then,
             end ? "the job is ended (--rank-timeout): --resume goes on from the last checkpoint, "
                   "where there is one"
                 : "the others wait on");
    log_alarm("%s: %s not come for %.0f s to %s: %s; %s", end ? "error" : "warning", who, seconds,
              w->what, why, then);
}

static bool first_here(void)
{
    int r = 0;
    while (!self.here[r])
        r++;
    return r == comm_rank();
}

/* The first rank that waits ends all; the others do in case that it cannot. */
static void end_in_time(const Wait *w, double waited)
{
    const double late = first_here() ? 0 : 10;
    if (w->patience.ended == 0 || waited < w->patience.ended + late)
        return;
    tell(w, waited, true);
    MPI_Abort(MPI_COMM_WORLD, GT_EPEER);
}

/* ---- waiting ---------------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void look_round(Wait *w)
{
    const double now = seconds_now();
    if (w->began == 0)
        w->began = w->looked = now;
    if (now - w->looked > STOPPED)
        w->began += now - w->looked;
    w->looked = now;
    if (now - w->began < least(LISTEN, w->patience.told / 8))
        return;
    if (!w->listens)
        for (int r = 0; r < comm_size(); r++)
            self.here[r] = r == comm_rank();
    w->listens = true;
    listen(w, now);
    const double waited = now - w->began;
    if (!w->asked && waited >= w->patience.told - time_to_answer(w))
        ask(w);
    if (!w->told && w->asked && waited >= w->patience.told) {
        w->told = true;
        w->tells = first_here();
        if (w->tells)
            tell(w, waited, false);
    }
    end_in_time(w, waited);
}

void watch_wait(MPI_Request *requests, int n, const char *what)
{
    Wait w = { .what = self.expected ? self.expected
                       : self.stage  ? self.stage
                                     : what,
               .patience = self.expected ? self.work : self.step,
               .works = self.expected };
    int done = 0;
    self.waits++;
    for (unsigned i = 1; !done; i++) {
        MPI_Testall(n, requests, &done, MPI_STATUSES_IGNORE);
        if (i % TESTS != 0 || done)
            continue;
        sched_yield();
        if (self.here)
            look_round(&w);
    }
    if (w.tells)
        log_alarm("warning: all have come to %s, after %.0f s", w.what, seconds_now() - w.began);
}

/* ---- beginning and end ------------------------------------------------------------------------------ */

bool watch_begin(void)
{
    const size_t ranks = (size_t)comm_size();
    MPI_Comm_dup(MPI_COMM_WORLD, &self.comm);
    for (int i = 0; i < KINDS; i++)
        self.mail[i] = calloc(ranks, sizeof *self.mail[i]);
    self.sent = calloc(ranks, sizeof *self.sent);
    bool *here = calloc(ranks, sizeof *here);
    for (int i = 0; i < KINDS; i++)
        for (size_t r = 0; self.mail[i] && r < ranks; r++)
            self.mail[i][r].request = MPI_REQUEST_NULL;
    if (!self.mail[QUESTION] || !self.mail[WORK_QUESTION] || !self.mail[ANSWER] || !self.sent ||
        !here) {
        free(here);
        return false;
    }
    self.here = here;
    return true;
}

/* MPI wants every message received before its end. */
static void receive_rest(void)
{
    int own = self.here != NULL, all = 0, mine = 0;
    uint64_t number;
    MPI_Status of;
    MPI_Allreduce(&own, &all, 1, MPI_INT, MPI_MIN, self.comm);
    if (!all)
        return;
    MPI_Reduce_scatter_block(self.sent, &mine, 1, MPI_INT, MPI_SUM, self.comm);
    while (self.received < (uint64_t)mine)
        receive(&number, &of);
}

void watch_end(void)
{
    receive_rest();
    if (self.here)
        for (int i = 0; i < KINDS; i++)
            for (int r = 0; r < comm_size(); r++)
                MPI_Wait(&self.mail[i][r].request, MPI_STATUS_IGNORE);
    for (int i = 0; i < KINDS; i++)
        free(self.mail[i]);
    free(self.sent);
    free(self.here);
    self.here = NULL;
    MPI_Comm_free(&self.comm);
}
