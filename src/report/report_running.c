/* The page of a run that is training: it reloads itself by report.js, which keeps what the reader
 * sees, and without JavaScript by its head. That of a run that has ended has none of this. */
#include "report_parts.h"

#include <math.h>

enum { WAIT = 10, WAIT_WITHOUT_SCRIPT = 30 }; /* seconds */

void report_add_refresh(Text *out, const Report *p)
{
    if (p->running)
        text_add(out, "<noscript><meta http-equiv=\"refresh\" content=\"%d\"></noscript>\n",
                 WAIT_WITHOUT_SCRIPT);
}

/* data-*: for report.js. The longer a run has trained, the longer the next report may take. */
void report_add_running(Text *out, const Report *p)
{
    const ReportRun *r = &p->run[0];
    const double step = report_last(r, "step", NULL);
    if (!p->running)
        return;
    text_add(out,
             "<p class=\"running\" role=\"status\" data-step=\"%.0f\" data-seconds=\"%.0f\" "
             "data-wait=\"%d\">The run is training%s. This page reloads itself.</p>\n",
             isnan(step) ? 0 : step, fmax(history_seconds(&r->history), 0), WAIT,
             isnan(step) ? "; curves follow with the first row, pictures with the first epoch"
                         : "");
}
