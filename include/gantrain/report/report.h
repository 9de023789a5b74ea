/* The report of one run, or of several compared: one self-contained HTML page. */
#ifndef GANTRAIN_REPORT_REPORT_H
#define GANTRAIN_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"

enum { REPORT_RUNS = 16 };

/* report_write: read the run folders and write the page durably to `path`.
 *   folder     in   [n], 1 <= n <= REPORT_RUNS
 *   running    in   a process trains this one run: the page reloads itself, and what the run will
 *                   write is not listed as missing
 *   warnings   out  a line per missing or damaged file, which the page lists as well; may be NULL
 * The page depends on the folders alone, not on time, network or process.
 * GT_EDATA: a folder does not exist or is no run; GT_EOUTPUT; GT_ERESOURCE. */
Status report_write(const char *const *folder, int n, bool running, const char *path,
                    Text *warnings, Error *e);

/* report_add_head: the beginning of a page up to its <title>, with its security policy.
 *   script   in   SHA-256 in base64 of the only script that may run; NULL: none */
void report_add_head(Text *out, const char *script);

/* The style sheet of reports and studies, report.css. */
extern const unsigned char report_css[];
extern const size_t report_css_bytes;

#endif
