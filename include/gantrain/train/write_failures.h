/* What a run could not write: told once when it begins to fail and when it works again, and all at the end. */
#ifndef GANTRAIN_TRAIN_WRITE_FAILURES_H
#define GANTRAIN_TRAIN_WRITE_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum { LATE_KINDS = 12 };

/* One kind of output. */
typedef struct LateKind {
    const char *what;     /* "checkpoint not written"              */
    uint64_t first, last; /* steps at which it failed              */
    int times;
    bool failing; /* the last attempt failed                       */
    Error why;    /* of the last failure                           */
} LateKind;

typedef struct WriteFailures {
    LateKind kind[LATE_KINDS];
    int n;
} WriteFailures;

/* write_failures_add: remember that `what` went wrong at `step`. Whether it is news: not the same cause as the last time. */
bool write_failures_add(WriteFailures *l, const char *what, uint64_t step, const Error *why);

/* write_failures_clear: `what` works again. Whether that is news. */
bool write_failures_clear(WriteFailures *l, const char *what);

/* write_failures_report: a line for every kind, added to `e`; its code is that of the first. */
void write_failures_report(const WriteFailures *l, Error *e);

#endif
