/* A training run from its config to its last checkpoint. */
#ifndef GANTRAIN_TRAIN_TRAIN_H
#define GANTRAIN_TRAIN_TRAIN_H

#include "gantrain/base/log.h"
#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

/* What the command line asks for. */
typedef struct TrainRequest {
    const char *config;        /* path                                        */
    const Override *overrides; /* [n_overrides]                               */
    int n_overrides;
    const char *out;         /* run folder, or NULL: runs/<name>              */
    const char *resume_from; /* a checkpoint, or NULL                         */
    int64_t rank_timeout;    /* seconds; 0: never                             */
    bool resume, overwrite, no_lock, dry_run, quiet, no_progress;
} TrainRequest;

/* train: run it. Results (paths of what was made; for a dry run the resolved config) are added to
 * `results` for stdout. A stop by a signal, after a durable checkpoint unless no step was done yet,
 * is GT_EINTERRUPT, GT_ETERMINATE, GT_EHANGUP or GT_EREQUEUE with a line in `e` that says how to go
 * on. */
Status train(const TrainRequest *r, Text *results, Error *e);

#endif
