/* What the tests of causes look at: robust figures of parts of a history. For src/run/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_SYMPTOMS_H
#define GANTRAIN_SRC_DIAGNOSIS_SYMPTOMS_H

#include <stdbool.h>

#include "gantrain/diagnosis/diagnosis.h"

/* The parts of a history: all rows, the first third, the last third, which has TAIL_ROWS at least
 * (where there are so many). */
typedef enum Part { PART_ALL, PART_FIRST, PART_LAST } Part;
enum { TAIL_ROWS = 5 };

typedef struct Symptoms {
    const History *h;
    const Config *c;
    int first, last; /* rows [0, first) are the first part, [last, rows) the last one     */
    double blind;    /* L_D of a discriminator that cannot tell real from fake            */
    double certain;  /* L_D of one that always can; NaN: there is no least loss           */
} Symptoms;

/* signs_read: h and c must outlive it. */
void signs_read(Symptoms *s, const History *h, const Config *c);

/* The value of rank q (0 least, 0.5 median, 1 greatest) among the finite values of a column; NaN: there
 * is none. */
double sign_quantile(const Symptoms *s, const char *column, Part part, double q);
double sign_median(const Symptoms *s, const char *column, Part part);

/* How many rows of that part have a value in this column. */
int sign_count(const Symptoms *s, const char *column, Part part);

/* How much of what can be won D has won: 0 it cannot tell, 1 it always can, below 0 it is fooled; at
 * rank q of the part. NaN: not known for this objective. */
double sign_won(const Symptoms *s, Part part, double q);

/* How far the samples that were scored last are from real ones: appends the scores that say so, as
 * "class_kl 1.51, recall 0.00"; false: none does. */
bool sign_far(const Symptoms *s, Text *out);

/* The steps that the average of weights looks back, 1/(1 - generator.ema), over those done: from a fifth on
 * it lags; 0: there is no average. */
double sign_lag(const Symptoms *s);
#define SIGN_LAGS 0.2

/* A number of the history in its last row; NaN: it has none, or it is not finite. */
double sign_at_end(const Symptoms *s, const char *column);

/* The steps of the first and the last row of the last part. */
double sign_begin(const Symptoms *s);
double sign_end(const Symptoms *s);

#endif
