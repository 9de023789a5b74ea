/* What the ranks of a run tell each other between steps. All of them train; rank 0 alone has the run folder:
 * it takes up, evaluates, writes and talks, and the others wait for what came of it. Every function is
 * collective; of one rank alone none does anything but what it says of that rank. */
#ifndef GANTRAIN_TRAIN_RANKS_H
#define GANTRAIN_TRAIN_RANKS_H

#include "gantrain/train/run.h"

/* Whether this rank has the run folder. */
bool ranks_is_root(void);

/* ranks_check_equal: whether all ranks train the same config on the same data with the same program. GT_EPEER
 * names the rank and what differs there; for other kernels there is a warning. */
Status ranks_check_equal(const Run *r, Error *e);

/* ranks_set_timeouts: after how many seconds of waiting for a rank the job ends; 0: never. Rank 0's work between
 * steps, which may be long, gets ten times as many, and an hour at least. */
void ranks_set_timeouts(int64_t seconds);

/* ranks_sync_state: rank 0 has the state of a run, or `e` says why not: then all fail as it did. */
Status ranks_sync_state(Run *r, Error *e);

/* ranks_on_root: rank 0 brings the run into another state, and all take it up. Of a failure from before, which all
 * know, the others' copies are forgotten. */
Status ranks_on_root(Run *r, Status (*work)(Run *r, Error *e), Error *e);

/* ranks_sync_status: what came of rank 0's work, and how long the run is since. Returns the code of `e`. */
Status ranks_sync_status(Run *r, Error *e);

/* ranks_sync_requests: what any rank was asked for since the last time. */
Requests ranks_sync_requests(void);

/* ranks_find_nonfinite: gan_find_nonfinite of the first rank that finds something. False: none does. */
bool ranks_find_nonfinite(const Gan *g, char out[GAN_NONFINITE_MAX]);

#endif
