/* Text from files and configs inside an HTML page. */
#ifndef GANTRAIN_IO_HTML_H
#define GANTRAIN_IO_HTML_H

#include "gantrain/base/text.h"

/* html_add: append `s` so that a browser shows exactly it, between tags as well as inside a value in
 * quotes of either kind: & < > " ' become references; what HTML does not allow (control characters but
 * newline and tab, overrides of the direction of writing, malformed UTF-8) becomes U+FFFD. Not for the inside
 * of <script> or <style>. */
void html_add(Text *out, const char *s);

/* `before` and `after` as they are, s between them as by html_add. */
void html_add_between(Text *out, const char *before, const char *s, const char *after);

#endif
