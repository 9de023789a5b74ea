/* What ranks agree on: failures, and being alike. Every rank comes to the same agreements in the same order,
 * also one that has failed: it comes to the next one with its failure, which ends the order for all. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/hash.h"
#include "gantrain/math/comm.h"

/* Of the process: a failure is known to all ranks; there is nothing more to agree on. */
static bool over;

/* Of everybody: the largest. */
static double most(double x)
{
    comm_max(&x, 1);
    return x;
}

int comm_first_rank_where(bool so)
{
    const int n = comm_size();
    return n - (int)most(so ? n - comm_rank() : 0);
}

/* As a number that doubles hold. */
static double stage_number(const char *stage)
{
    return (double)(hash_more(HASH_BEGIN, stage, strlen(stage)) >> 16);
}

static bool same_stage(const char *stage)
{
    const double number = stage_number(stage), largest = most(number);
    return largest == -most(-number);
}

/* The Error of that rank for everybody; of a rank whose fellows have not failed with its number. */
static Status take_failure(int rank, Error *e)
{
    char who[64];
    const bool alone = most(e->code == GT_OK) > 0 && rank > 0;
    comm_broadcast(rank, e, sizeof *e);
    snprintf(who, sizeof who, "rank %d of %d", rank, comm_size());
    over = true;
    return alone ? fail_at(e, who) : e->code;
}

Status comm_agree(const char *stage, Error *e)
{
    if (over || comm_size() == 1)
        return e->code;
    comm_set_stage(stage);
    const bool together = same_stage(stage);
    const int failed = comm_first_rank_where(e->code != GT_OK);
    comm_set_stage(NULL);
    if (failed < comm_size())
        return take_failure(failed, e);
    over = !together;
    return together
               ? GT_OK
               : fail(e, GT_EPEER,
                      "the ranks do different things (rank %d: %s): start all of them with the "
                      "same command",
                      comm_rank(), stage);
}

/* A copy of rank 0's text; NULL: no memory. */
static char *first_text(const char *text)
{
    size_t n = strlen(text) + 1;
    comm_broadcast(0, &n, sizeof n);
    char *first = malloc(n);
    const bool lacking = most(!first) > 0;
    if (first && !lacking) {
        if (comm_rank() == 0)
            memcpy(first, text, n);
        comm_broadcast(0, first, n);
        return first;
    }
    free(first);
    return NULL;
}

Status comm_check_equal(const char *what, const char *text, Error *e)
{
    if (over || comm_size() == 1)
        return e->code;
    char *first = first_text(text);
    if (!first)
        fail(e, GT_ERESOURCE, "no memory to compare: %s", what);
    else if (strcmp(first, text) != 0)
        fail(e, GT_EPEER, "another %s than rank 0: %s; there: %s", what, text, first);
    free(first);
    return comm_agree(what, e);
}
