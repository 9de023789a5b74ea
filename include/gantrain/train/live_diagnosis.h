/* Diagnosis of the last rows of a run while it trains, and which causes it has reported. */
#ifndef GANTRAIN_TRAIN_LIVE_DIAGNOSIS_H
#define GANTRAIN_TRAIN_LIVE_DIAGNOSIS_H

#include "gantrain/diagnosis/diagnosis.h"

enum { LIVE_ROWS = 64, LIVE_CAUSES = 32 };

typedef struct LiveDiagnosis {
    bool severe_only;                  /* set by the caller                             */
    History recent;                    /* at most LIVE_ROWS rows                        */
    const char *cause;                 /* the first finding of the last row, or NULL    */
    int held;                          /* successive rows with this cause               */
    const char *reported[LIVE_CAUSES]; /* ends with NULL                                */
} LiveDiagnosis;

/* live_diagnosis_add: diagnose with one more row of metrics.jsonl [n bytes].
 *   report   out   whether *f is a cause that has held for several rows and was not reported before
 * GT_EDATA, GT_ERESOURCE. */
Status live_diagnosis_add(LiveDiagnosis *d, const char *row, size_t n, const Config *c,
                          bool *report, Finding *f, Error *e);

/* Accepts a zeroed LiveDiagnosis. */
void live_diagnosis_close(LiveDiagnosis *d);

#endif
