/* Diagnosis of a training run from its metrics: what is wrong, the evidence, what to try. */
#ifndef GANTRAIN_DIAGNOSIS_DIAGNOSIS_H
#define GANTRAIN_DIAGNOSIS_DIAGNOSIS_H

#include "gantrain/run/config.h"
#include "gantrain/run/history.h"

enum { FINDING_TEXT = 320, FINDINGS = 16 };

/* One cause that applies. The first three texts are static. */
typedef struct Finding {
    const char *cause;           /* name of a row of `causes`: "d_too_strong"                 */
    const char *title;           /* "D too strong"                                            */
    const char *meaning;         /* one sentence                                              */
    double severity;             /* 1: the run is lost; 0: nothing is wrong, or too early     */
    char evidence[FINDING_TEXT]; /* numbers of this run                                       */
    char advice[FINDING_TEXT];   /* config keys with values to try; "" for none               */
} Finding;

/* Writes at most `room` causes that apply at the end of a history, the most severe first, without
 * the consequences of others; returns how many, at least 1 for room > 0: without a cause, one of
 * severity 0. c is the config of the run. Missing columns are allowed. The result depends on h and
 * c alone. */
int diagnose(const History *h, const Config *c, Finding out[], int room);

/* Appends "D too strong: <evidence>; <advice>", without a newline. */
void finding_text(const Finding *f, Text *out);

struct Symptoms;

/* A row of `causes`. The last two rows are no causes: too early, healthy. */
typedef struct Cause {
    Entry is; /* the summary is the meaning */
    const char *title;
    const char *seen, *remedy; /* symptoms and remedies, for tables      */
    int rows, steps;           /* minimum length of the history          */
    unsigned hides;            /* 1 << row of each of its consequences   */
    /* Returns the severity, 0: the cause does not apply; else fills in evidence and advice. */
    double (*test)(const struct Symptoms *s, Finding *f);
} Cause;

extern const Registry causes;

#endif
