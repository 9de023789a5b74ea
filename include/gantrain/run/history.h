/* A metrics.jsonl read back as columns: what reports, diagnoses and studies look at. */
#ifndef GANTRAIN_RUN_HISTORY_H
#define GANTRAIN_RUN_HISTORY_H

#include <stddef.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"

/* Rows in the order of their steps. A value that a row does not have, or that is null, is NaN. */
typedef struct History {
    int rows, columns;
    char **name;   /* [columns] owned: "step", "epoch", "d_loss", ...                     */
    double *value; /* [columns, rows] owned                                               */
} History;

/* history_read: GT_EDATA names the file and the line that is no row. A torn last line is left out. */
Status history_read(History *h, const char *path, Error *e);

/* history_read_lenient: the same, but lines that are no rows are left out, and told in `damaged`, a line for all.
 * GT_EDATA: the file cannot be read. */
Status history_read_lenient(History *h, const char *path, Text *damaged, Error *e);

/* history_append: add one row [n bytes], and drop the oldest where there would be more than `most`; a row that
 * is not after the last one begins anew. GT_EDATA, GT_ERESOURCE: the history is as it was. */
Status history_append(History *h, const char *row, size_t n, int most, Error *e);

/* The values of a column [rows], or NULL when no row has it. */
const double *history_column(const History *h, const char *name);

/* Seconds of training: of all processes that worked on the run. The clock begins anew with every one. */
double history_seconds(const History *h);

/* Accepts NULL and a zeroed History. */
void history_free(History *h);

#endif
