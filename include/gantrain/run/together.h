/* What the ranks of a run tell each other between steps. All of them train; rank 0 alone has the run folder:
 * it takes up, evaluates, writes and talks, and the others wait for what came of it. Every function is
 * collective; of one rank alone none does anything but what it says of that rank. */
#ifndef GANTRAIN_RUN_TOGETHER_H
#define GANTRAIN_RUN_TOGETHER_H

#include "gantrain/run/run.h"

/* Whether this rank has the run folder. */
bool together_leads(void);

/* together_same: whether all ranks train the same config on the same data with the same program. GT_EPEER
 * names the rank and what differs there; for other kernels there is a warning. */
Status together_same(const Run *r, Error *e);

/* together_watch: after how many seconds of waiting for a rank the job ends; 0: never. Rank 0's work between
 * steps, which may be long, gets ten times as many, and an hour at least. */
void together_watch(int64_t seconds);

/* together_take_state: rank 0 has the state of a run, or `e` says why not: then all fail as it did. */
Status together_take_state(Run *r, Error *e);

/* together_lead: rank 0 brings the run into another state, and all take it up. Of a failure from before, which all
 * know, the others' copies are forgotten. */
Status together_lead(Run *r, Status (*work)(Run *r, Error *e), Error *e);

/* together_take_status: what came of rank 0's work, and how long the run is since. Returns the code of `e`. */
Status together_take_status(Run *r, Error *e);

/* together_requests: what any rank was asked for since the last time. */
Requests together_requests(void);

/* together_find_bad: gan_find_bad of the first rank that finds something. False: none does. */
bool together_find_bad(const Gan *g, char out[GAN_WORDS]);

#endif
