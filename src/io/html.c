/* One escape table serves text and attributes: what is safe in both is safe in each. */
#include "gantrain/io/html.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* The escape of an ASCII character, or NULL if it needs none. */
static const char *escape(char c)
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
        return (unsigned char)c < 0x20 || c == 0x7F ? REPLACEMENT : NULL;
    }
}

/* C1 controls, U+0080 to U+009F; bidirectional overrides and isolates, U+202A to U+202E and U+2066
 * to U+2069, which would affect the text after this one. */
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
        const char *escaped = length == 1 ? escape(*s) : NULL;
        n = length ? length : 1;
        if (length == 0 || is_control(s, length))
            escaped = REPLACEMENT;
        text_add_bytes(out, escaped ? escaped : s, escaped ? strlen(escaped) : n);
    }
}

void base64_add(Text *out, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const uint8_t second = i + 1 < n ? at[i + 1] : 0, third = i + 2 < n ? at[i + 2] : 0;
        const uint32_t bits = (uint32_t)at[i] << 16 | (uint32_t)second << 8 | third;
        const char group[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
                                i + 1 < n ? digits[bits >> 6 & 63] : '=',
                                i + 2 < n ? digits[bits & 63] : '=' };
        text_add_bytes(out, group, sizeof group);
    }
}

void html_add_between(Text *out, const char *before, const char *s, const char *after)
{
    text_add_bytes(out, before, strlen(before));
    html_add(out, s);
    text_add_bytes(out, after, strlen(after));
}
