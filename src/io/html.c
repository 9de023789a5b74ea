/* Escaping by one table: what is safe between tags and inside quotes is safe in both. */
#include "gantrain/io/html.h"

#include <string.h>

/* What stands for an ASCII character, or NULL: itself. */
static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return NULL;
    default:
        return (unsigned char)c < 0x20 || c == 0x7F ? "\xEF\xBF\xBD" : NULL;
    }
}

/* C1 controls, U+0080 to U+009F; overrides of the direction of writing, U+202A to U+202E and U+2066 to
 * U+2069, which would reach beyond the text itself. */
static bool is_control(const char *s, size_t length)
{
    const unsigned char *u = (const unsigned char *)s;
    if (length == 2)
        return u[0] == 0xC2 && u[1] < 0xA0;
    return length == 3 && u[0] == 0xE2 &&
           ((u[1] == 0x80 && u[2] >= 0xAA && u[2] <= 0xAE) ||
            (u[1] == 0x81 && u[2] >= 0xA6 && u[2] <= 0xA9));
}

void html_add(Text *out, const char *s)
{
    for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
        const size_t length = utf8_length(s, left);
        const char *instead = length == 1 ? reference(*s) : NULL;
        n = length ? length : 1;
        if (length == 0 || is_control(s, length))
            instead = "\xEF\xBF\xBD";
        text_add_bytes(out, instead ? instead : s, instead ? strlen(instead) : n);
    }
}

void html_add_between(Text *out, const char *before, const char *s, const char *after)
{
    text_add_bytes(out, before, strlen(before));
    html_add(out, s);
    text_add_bytes(out, after, strlen(after));
}
