/* What the ranks of a run exchange between steps. All ranks train; rank 0 alone reads and writes
 * the run folder, evaluates and prints, and the others wait for the result. Collective, except
 * ranks_is_root and ranks_set_timeouts. */
#ifndef GANTRAIN_TRAIN_RANKS_H
#define GANTRAIN_TRAIN_RANKS_H

#include "gantrain/train/run.h"

/* Whether this rank owns the run folder: rank 0. */
bool ranks_is_root(void);

/* GT_EPEER unless all ranks have the same program, config and data; it names the rank and the
 * difference. Warns of ranks with other kernels and of more ranks than processors. */
Status ranks_check_equal(const Run *r, Error *e);

/* This rank's share of the processors that the ranks of its machine may use, at least 1. */
int ranks_default_threads(void);

/* Seconds that a rank waits for another before the job ends; 0: for ever. A wait for rank 0's work
 * between steps may take ten times as long, and one hour at least. */
void ranks_set_timeouts(int64_t seconds);

/* Broadcasts the state of rank 0's run, or its failure in `e`. */
Status ranks_sync_state(Run *r, Error *e);

/* Rank 0 does `work`, which changes the state of the run, and broadcasts it. A failure that `e`
 * holds, known to all, is forgotten by the other ranks. */
Status ranks_on_root(Run *r, Status (*work)(Run *r, Error *e), Error *e);

/* Broadcasts the status of rank 0's work and the run's number of steps. Returns the code of `e`. */
Status ranks_sync_status(Run *r, Error *e);

/* The union of all ranks' signals since the last call. */
Requests ranks_sync_requests(void);

/* gan_find_nonfinite of the first rank that finds one; false: none does. */
bool ranks_find_nonfinite(const Gan *g, char out[GAN_NONFINITE_MAX]);

#endif
