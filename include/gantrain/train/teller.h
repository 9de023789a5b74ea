/* How the training of a classifier gets on, on stderr: a live line on a terminal, else a line when it begins
 * and one when it ends. */
#ifndef GANTRAIN_TRAIN_TELLER_H
#define GANTRAIN_TRAIN_TELLER_H

#include <stdbool.h>

#include "gantrain/eval/classifier.h"

typedef struct Teller {
    bool quiet, live;
    bool begun;
    double drawn; /* when the live line was, in monotonic seconds */
} Teller;

/* live   in   whether a live line is wanted where there is a terminal */
Teller teller_begin(bool quiet, bool live);

/* A ProgressFn whose context is a Teller: says it, and ends the training when a signal asked for it. */
Status teller_say(void *teller, double done, double accuracy);

/* teller_work: on a terminal, one line that says what is worked on; the next one takes its place.
 *   what   in   such as "measuring"; NULL: nothing any more
 *   of     in   such as "fcd" */
void teller_work(void *teller, const char *what, const char *of);

#endif
