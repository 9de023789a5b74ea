/* metrics.jsonl, read back as columns. */
#ifndef GANTRAIN_RUN_HISTORY_H
#define GANTRAIN_RUN_HISTORY_H

#include <stddef.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"

/* Rows in the order of their steps. A value that is missing or null in a row is NaN. */
typedef struct History {
    int rows, columns;
    char **name;   /* [columns] owned: "step", "epoch", "d_loss", ...                     */
    double *value; /* [columns, rows] owned                                               */
} History;

/* history_read: GT_EDATA names the file and the line that is not a row. A torn last line is
 * ignored. */
Status history_read(History *h, const char *path, Error *e);

/* history_read_lenient: skips lines that are not rows and adds one line about them to `damaged`.
 * GT_EDATA: the file cannot be read. */
Status history_read_lenient(History *h, const char *path, Text *damaged, Error *e);

/* history_append: add one row [n bytes] and drop the oldest beyond `most`. A row whose step is not
 * after the last one (a roll-back) replaces all others. GT_EDATA, GT_ERESOURCE: the history is
 * unchanged. */
Status history_append(History *h, const char *row, size_t n, int most, Error *e);

/* The values of a column [rows]; NULL: no row has it. */
const double *history_column(const History *h, const char *name);

/* Seconds of training, over all processes of the run: each starts its clock at 0. */
double history_seconds(const History *h);

/* Accepts NULL and a zeroed History. */
void history_free(History *h);

#endif
