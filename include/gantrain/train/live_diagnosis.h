/* The last rows of a run that is going on, and what was said of them. */
#ifndef GANTRAIN_TRAIN_LIVE_DIAGNOSIS_H
#define GANTRAIN_TRAIN_LIVE_DIAGNOSIS_H

#include "gantrain/diagnosis/diagnosis.h"

enum { WATCH_ROWS = 64, WATCH_CAUSES = 32 };

typedef struct LiveDiagnosis {
    bool young;                     /* set from outside: only what is severe is told           */
    History recent;                 /* at most WATCH_ROWS rows                                 */
    const char *cause;              /* what the last row showed first, or NULL                 */
    int held;                       /* rows in succession that it did                          */
    const char *told[WATCH_CAUSES]; /* causes that were told already; NULL after them */
} LiveDiagnosis;

/* watch_row: look at one more row of metrics.jsonl [n bytes]. Whether there is something to tell: a cause
 * that was not told before and has held for several rows; it is put into *f. GT_EDATA, GT_ERESOURCE. */
Status watch_row(LiveDiagnosis *w, const char *row, size_t n, const Config *c, bool *tell,
                 Finding *f, Error *e);

/* Accepts a zeroed LiveDiagnosis. */
void watch_close(LiveDiagnosis *w);

#endif
