/* Text and bytes inside an HTML page. */
#ifndef GANTRAIN_IO_HTML_H
#define GANTRAIN_IO_HTML_H

#include "gantrain/base/text.h"

/* html_add: appends `s` escaped for element content and for quoted attribute values: & < > " '
 * become references; what HTML forbids (control characters but newline and tab, bidirectional
 * overrides, malformed UTF-8) becomes U+FFFD. Not for the inside of <script> or <style>. */
void html_add(Text *out, const char *s);

/* Appends `before` and `after` unescaped, with html_add of s between them. */
void html_add_between(Text *out, const char *before, const char *s, const char *after);

/* base64_add: appends n bytes as padded Base64 without line breaks (RFC 4648, section 4). */
void base64_add(Text *out, const void *bytes, size_t n);

#endif
