/* What a run could not write: told once when it begins to fail and when it works again, and all at the end. */
#ifndef GANTRAIN_RUN_LATE_H
#define GANTRAIN_RUN_LATE_H

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

typedef struct Late {
    LateKind kind[LATE_KINDS];
    int n;
} Late;

/* late_add: remember that `what` went wrong at `step`. Whether it is news: not the same cause as the last time. */
bool late_add(Late *l, const char *what, uint64_t step, const Error *why);

/* late_over: `what` works again. Whether that is news. */
bool late_over(Late *l, const char *what);

/* late_tell: a line for every kind, added to `e`; its code is that of the first. */
void late_tell(const Late *l, Error *e);

#endif
