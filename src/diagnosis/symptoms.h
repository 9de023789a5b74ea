/* Robust statistics of a history, from which the cause tests decide. For src/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_SYMPTOMS_H
#define GANTRAIN_SRC_DIAGNOSIS_SYMPTOMS_H

#include <stdbool.h>

#include "gantrain/diagnosis/diagnosis.h"

/* Parts of a history: all rows, the first third, the last third but at least TAIL_ROWS. */
typedef enum Part { PART_ALL, PART_FIRST, PART_LAST } Part;
enum { TAIL_ROWS = 5 };

typedef struct Symptoms {
    const History *h; /* must outlive the struct, as must c */
    const Config *c;
    int first_end,
        last_begin;      /* rows [0, first_end) are the first part, [last_begin, rows) the last */
    double chance_loss;  /* least L_D of a D that cannot tell real from fake          */
    double perfect_loss; /* least L_D of a D that always can; NaN: L_D has no minimum */
} Symptoms;

void symptoms_init(Symptoms *s, const History *h, const Config *c);

/* The q-quantile (0 minimum, 0.5 median, 1 maximum) of the finite values of a column; NaN: none. */
double symptom_quantile(const Symptoms *s, const char *column, Part part, double q);
double symptom_median(const Symptoms *s, const char *column, Part part);

/* The number of finite values of a column. */
int symptom_count(const Symptoms *s, const char *column, Part part);

/* The q-quantile of D's advantage: 0 at chance level, 1 for a perfect D, negative for one that is
 * fooled. NaN: L_D has no minimum. */
double symptom_advantage(const Symptoms *s, Part part, double q);

/* Whether a score of the last evaluation is far from that of real samples; appends those that are,
 * as "class_kl 1.51, recall 0.00". */
bool symptom_poor_scores(const Symptoms *s, Text *out);

/* The horizon of the moving average of weights, 1/(1 - generator.ema) steps, over the steps done;
 * from EMA_LAGS on, samples look worse than the generator is. 0: no average. */
double symptom_ema_lag(const Symptoms *s);
#define EMA_LAGS 0.2

/* The value of a column in the last row; NaN: none, or not finite. */
double symptom_at_end(const Symptoms *s, const char *column);

/* The step of the first row of the last part, and of the last row; NaN without rows. */
double symptom_tail_step(const Symptoms *s);
double symptom_last_step(const Symptoms *s);

#endif
