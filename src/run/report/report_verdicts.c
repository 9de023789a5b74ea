/* The place of a diagnosis in words. */
#include "report_parts.h"

void report_add_verdicts(Text *out, const Report *p)
{
    (void)out;
    (void)p;
}
