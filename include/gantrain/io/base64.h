/* Base64 (RFC 4648, section 4): bytes as text, for pictures inside a page. */
#ifndef GANTRAIN_IO_BASE64_H
#define GANTRAIN_IO_BASE64_H

#include "gantrain/base/text.h"

/* Appends n bytes, padded with '='; no line breaks. */
void base64_add(Text *out, const void *bytes, size_t n);

#endif
