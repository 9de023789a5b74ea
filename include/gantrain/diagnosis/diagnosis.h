/* A diagnosis in words: what is wrong with a training, as far as its metrics tell. */
#ifndef GANTRAIN_DIAGNOSIS_DIAGNOSIS_H
#define GANTRAIN_DIAGNOSIS_DIAGNOSIS_H

#include "gantrain/run/config.h"
#include "gantrain/run/history.h"

enum { FINDING_TEXT = 320, FINDINGS = 16 };

/* One cause that holds. The names belong to the program, the texts are its own. */
typedef struct Finding {
    const char *cause;           /* a row of `causes`: "d_too_strong"                           */
    const char *title;           /* the same for people: "D too strong"                         */
    const char *meaning;         /* what that is, in a sentence                                 */
    double severity;             /* how sure and how bad: 1 the run is lost, 0 nothing is wrong */
    char evidence[FINDING_TEXT]; /* numbers of this run                                 */
    char advice[FINDING_TEXT];   /* keys of the config with values to try; "" for none  */
} Finding;

/* diagnose: the causes that hold at the end of a history, the most likely first; a cause that follows
 * from a surer one is left out. Returns how many there are in `out`, 1 at least (for room > 0): where
 * nothing is wrong, or nothing can be told yet, a finding of severity 0 says so.
 * The config is the one of the run. Depends on these two alone; columns that a history lacks are done
 * without. */
int diagnose(const History *h, const Config *c, Finding out[], int room);

/* finding_text: "D too strong: <evidence>; <advice>", one line without its end. */
void finding_text(const Finding *f, Text *out);

struct Symptoms;

/* What can be said: a row of `causes`. The last two stand for no cause: too early, nothing wrong. */
typedef struct Cause {
    Entry is; /* its summary says what it means */
    const char *title;
    const char *seen, *remedy; /* what a person sees and may try, for tables */
    int rows, steps;           /* a history has to have so many for it       */
    unsigned hides;            /* 1 << row of the causes that follow from it */
    /* The severity, 0: it does not hold. Fills in evidence and advice when it does. */
    double (*test)(const struct Symptoms *s, Finding *f);
} Cause;

extern const Registry causes;

#endif
