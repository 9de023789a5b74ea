/* The state of a run is broadcast as the arrays that a checkpoint holds, then the counters. */
#include "gantrain/train/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"

bool ranks_is_root(void)
{
    return comm_rank() == 0;
}

/* ---- checks at the start --------------------------------------------------------------------- */

/* GT_EPEER names the keys in which this config differs from `text`, rank 0's. */
static Status compare_configs(const Config *own, const char *text, Error *e)
{
    Config root = { 0 };
    Arena a = { 0 };
    Text diff = { 0 };
    int n = 0;
    Status s = config_parse(&root, text, strlen(text), "the config of rank 0", e);
    if (s == GT_OK)
        s = arena_open(&a, 1 << 20, e);
    if (s == GT_OK)
        s = config_diff(own, option_to_value(&a, NULL, NULL, config_options, &root),
                        &config_diff_ranks, &diff, &n, e);
    if (s == GT_OK && n > 0)
        s = fail(e, GT_EPEER, "another config than on rank 0 (%d key%s): %s", n,
                 n == 1 ? " differs" : "s differ", diff.at);
    text_free(&diff);
    arena_close(&a);
    config_free(&root);
    return s;
}

static Status check_config(const Run *r, Error *e)
{
    Text own = { 0 };
    config_text(&r->config, 0, &own, e);
    TRY(comm_agree("writing its config", e));
    char *root = comm_text_of_root(own.at);
    if (root)
        compare_configs(&r->config, root, e);
    else
        fail(e, GT_ERESOURCE, "no memory to compare the configs");
    free(root);
    text_free(&own);
    return comm_agree("its config", e);
}

/* Ranks on other kinds of processors may train together. */
static void warn_of_kernels(const Run *r)
{
    char root[32];
    snprintf(root, sizeof root, "%s", gemm_kernel()->name);
    comm_broadcast(0, root, sizeof root);
    double other = strcmp(root, gemm_kernel()->name) != 0;
    comm_sum(&other, 1);
    if (other > 0)
        log_warning(
            r->log,
            "%.0f of %d ranks use other kernels than rank 0 (%s): results may differ in the "
            "last bits",
            other, comm_size(), root);
}

static void warn_of_oversubscription(const Run *r)
{
    struct {
        int ranks, processors;
    } here = { comm_local_size(), comm_local_processors() };
    const int first = comm_first_rank_where(here.ranks > here.processors);
    if (first == comm_size())
        return;
    comm_broadcast(first, &here, sizeof here);
    log_warning(r->log,
                "%d ranks share the %d processor%s of one machine (that of rank %d) and wait for "
                "each other: start at most one rank per processor",
                here.ranks, here.processors, here.processors == 1 ? "" : "s", first);
}

Status ranks_check_equal(const Run *r, Error *e)
{
    char program[96], data[96];
    if (comm_size() == 1)
        return GT_OK;
    snprintf(program, sizeof program, "gantrain %s with real = %s, random numbers version %d",
             GANTRAIN_VERSION, REAL_NAME, RNG_VERSION);
    snprintf(data, sizeof data, "%d %s, crc32 %08x", r->data.count, dataset_things(&r->data),
             (unsigned)r->data.crc32);
    TRY(comm_check_equal("program", program, e));
    TRY(check_config(r, e));
    TRY(comm_check_equal("data set", data, e));
    warn_of_kernels(r);
    warn_of_oversubscription(r);
    return GT_OK;
}

/* ---- processors and time-outs ---------------------------------------------------------------- */

int ranks_default_threads(void)
{
    const int own = parallel_processors(), share = comm_local_processors() / comm_local_size();
    return share < 1 ? 1 : share < own ? share : own;
}

void ranks_set_timeouts(int64_t seconds)
{
    const double end = (double)seconds;
    if (seconds > 0)
        comm_set_timeouts((Timeouts){ fmin(60, end / 2), end },
                          (Timeouts){ 600, fmax(3600, 10 * end) });
}

/* ---- the state ------------------------------------------------------------------------------- */

static void broadcast_array(void *args, const char *name, int rank, Mat m)
{
    (void)args, (void)name, (void)rank;
    comm_broadcast(0, m.at, mat_size(m) * sizeof *m.at);
}

typedef struct Counters {
    uint64_t step, updates, recovered_at, steps, saved;
    int64_t t[GAN_PLAYERS]; /* updates of each player */
    int recoveries;
    int scores; /* in metrics rows */
    Numbers earlier_lengths;
} Counters;

static void broadcast_counters(Run *r)
{
    Gan *g = &r->gan;
    Counters c = { .step = g->step,
                   .updates = g->updates,
                   .recovered_at = g->recovered_at,
                   .steps = r->steps,
                   .saved = r->saved,
                   .recoveries = g->recoveries,
                   .scores = r->evaluation.n,
                   .earlier_lengths = r->config.train.earlier_lengths };
    for (int i = 0; i < g->players; i++)
        c.t[i] = g->player[i].optim.t;
    comm_broadcast(0, &c, sizeof c);
    g->step = c.step;
    g->updates = c.updates;
    g->recovered_at = c.recovered_at;
    for (int i = 0; i < g->players; i++)
        g->player[i].optim.t = c.t[i];
    gan_scale_lr(g, c.recoveries);
    r->steps = c.steps;
    r->saved = c.saved;
    r->evaluation.n = c.scores;
    r->config.train.earlier_lengths = c.earlier_lengths;
}

Status ranks_sync_state(Run *r, Error *e)
{
    if (comm_size() == 1)
        return e->code;
    comm_allow_long_stage("rank 0's reading of the run");
    if (comm_agree("the state of the run", e) == GT_OK) {
        gan_tensors(&r->gan, broadcast_array, NULL);
        broadcast_counters(r);
    }
    comm_allow_long_stage(NULL);
    TRY(e->code);
    if (!ranks_is_root())
        gan_refresh_weights(&r->gan);
    return GT_OK;
}

Status ranks_on_root(Run *r, Status (*work)(Run *r, Error *e), Error *e)
{
    if (ranks_is_root())
        (void)work(r, e);
    else
        *e = (Error){ 0 };
    return ranks_sync_state(r, e);
}

Status ranks_sync_status(Run *r, Error *e)
{
    struct {
        Status code;
        uint64_t steps;
    } now = { e->code, r->steps };
    if (comm_size() == 1)
        return e->code;
    comm_allow_long_stage("rank 0's work between steps");
    comm_broadcast(0, &now, sizeof now);
    comm_allow_long_stage(NULL);
    r->steps = now.steps;
    if (now.code == GT_OK)
        *e = (Error){ 0 };
    else if (!ranks_is_root())
        fail(e, now.code, "as rank 0");
    return now.code;
}

/* ---- between steps --------------------------------------------------------------------------- */

Requests ranks_sync_requests(void)
{
    const Requests own = signals_take_requests();
    double any[] = { own.stop, own.save, own.snapshot };
    comm_max(any, sizeof any / sizeof *any);
    return (Requests){ (Status)any[0], any[1] > 0, any[2] > 0 };
}

bool ranks_find_nonfinite(const Gan *g, char out[GAN_NONFINITE_MAX])
{
    const bool found = gan_find_nonfinite(g, out);
    const int first = comm_first_rank_where(found);
    if (first == comm_size())
        return false;
    comm_broadcast(first, out, GAN_NONFINITE_MAX);
    return true;
}
