/* The report of one run, or of several beside each other: one HTML page that needs nothing else. */
#ifndef GANTRAIN_REPORT_REPORT_H
#define GANTRAIN_REPORT_REPORT_H

#include <stddef.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"

enum { REPORT_RUNS = 16 };

/* report_write: read what the run folders hold and write the page durably to `path`.
 *   folder  in   [n], 1 <= n <= REPORT_RUNS
 *   told    out  a line for every part that is missing or damaged; the page tells them too. May be NULL.
 * A function of the folders alone: no clock, no network, nothing of this process.
 * GT_EDATA: a folder does not exist or holds no run; GT_EOUTPUT; GT_ERESOURCE. */
Status report_write(const char *const *folder, int n, const char *path, Text *told, Error *e);

/* report_add_head: a page up to its <title>, a study's too: what a browser is allowed to do with it, and
 * how wide it is.
 *   script   in   the SHA-256 in base64 of the one script that may run; NULL: none. */
void report_add_head(Text *out, const char *script);

/* The style sheet of both, report.css. */
extern const unsigned char report_css[];
extern const size_t report_css_bytes;

#endif
