/* Agreements between ranks. Every rank makes the same agreements in the same order, a rank that has
 * failed included: it brings its failure to the next one, which is the last for all. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/hash.h"
#include "gantrain/math/comm.h"

/* Of the process: all ranks know of a failure; nothing is left to agree on. */
static bool failed;

static double max_over_ranks(double x)
{
    comm_max(&x, 1);
    return x;
}

int comm_first_rank_where(bool so)
{
    const int n = comm_size();
    return n - (int)max_over_ranks(so ? n - comm_rank() : 0);
}

/* A hash that a double holds exactly. */
static double stage_number(const char *stage)
{
    return (double)(hash_update(HASH_INIT, stage, strlen(stage)) >> 16);
}

static bool all_at_stage(const char *stage)
{
    const double number = stage_number(stage), largest = max_over_ranks(number);
    return largest == -max_over_ranks(-number);
}

/* The Error of `rank` for all ranks, with its number unless all of them have failed. */
static Status take_failure(int rank, Error *e)
{
    char who[64];
    const bool others_well = max_over_ranks(e->code == GT_OK) > 0;
    comm_broadcast(rank, e, sizeof *e);
    snprintf(who, sizeof who, "rank %d of %d", rank, comm_size());
    failed = true;
    return others_well && rank > 0 ? error_add_prefix(e, who) : e->code;
}

Status comm_agree(const char *stage, Error *e)
{
    if (failed || comm_size() == 1)
        return e->code;
    comm_set_stage(stage);
    const bool together = all_at_stage(stage);
    const int rank = comm_first_rank_where(e->code != GT_OK);
    comm_set_stage(NULL);
    if (rank < comm_size())
        return take_failure(rank, e);
    failed = !together;
    return together
               ? GT_OK
               : fail(e, GT_EPEER,
                      "the ranks do different things (rank %d: %s): start all of them with the "
                      "same command",
                      comm_rank(), stage);
}

char *comm_text_of_root(const char *text)
{
    size_t n = strlen(text) + 1;
    comm_broadcast(0, &n, sizeof n);
    char *copy = malloc(n);
    if (max_over_ranks(!copy) > 0 || !copy) {
        free(copy);
        return NULL;
    }
    if (comm_rank() == 0)
        memcpy(copy, text, n);
    comm_broadcast(0, copy, n);
    return copy;
}

Status comm_check_equal(const char *what, const char *text, Error *e)
{
    if (failed || comm_size() == 1)
        return e->code;
    char *root = comm_text_of_root(text);
    if (!root)
        fail(e, GT_ERESOURCE, "no memory to compare: %s", what);
    else if (strcmp(root, text) != 0)
        fail(e, GT_EPEER, "another %s than rank 0: %s; there: %s", what, text, root);
    free(root);
    return comm_agree(what, e);
}
