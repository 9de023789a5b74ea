/* The report of one run, or of several beside each other: one HTML page that needs nothing else. */
#ifndef GANTRAIN_RUN_REPORT_H
#define GANTRAIN_RUN_REPORT_H

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"

enum { REPORT_RUNS = 16 };

/* report_write: read what the run folders hold and write the page durably to `path`.
 *   folder  in   [n], 1 <= n <= REPORT_RUNS
 *   told    out  a line for every part that is missing or damaged; the page tells them too. May be NULL.
 * A function of the folders alone: no clock, no network, nothing of this process.
 * GT_EDATA: a folder does not exist or holds no run; GT_EOUTPUT; GT_ERESOURCE. */
Status report_write(const char *const *folder, int n, const char *path, Text *told, Error *e);

#endif
