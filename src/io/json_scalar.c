/* Strings and numbers by the letter of RFC 8259, sections 6 and 7. A number must also fit a double;
 * that is decided without the decimal point of the locale. */
#include "json_token.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

/* ---- strings --------------------------------------------------------------------------------- */

/* The four hex digits at `at`, or -1. */
static int hex4(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int code = 0;
    for (int i = 0; i < 4; i++) {
        const int c = at[i] | 0x20;
        if (!json_is_digit(at[i]) && (c < 'a' || c > 'f'))
            return -1;
        code = code * 16 + (json_is_digit(at[i]) ? at[i] - '0' : c - 'a' + 10);
    }
    return code;
}

static char *put_utf8(char *out, int code)
{
    const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const int head[] = { 0x00, 0xC0, 0xE0, 0xF0 };
    *out++ = (char)(head[more] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; i--)
        *out++ = (char)(0x80 | ((code >> (6 * i)) & 0x3F));
    return out;
}

/* The low half that must follow the high half `code`, which stands before the walk. */
static bool low_surrogate(JsonScanner *s, const char *start, int *code)
{
    const bool second = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u';
    const int low = second ? hex4(s->at + 2, s->end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return json_fail(s, start,
                         "\\u%04x is half a surrogate pair: \\udc00 to \\udfff must follow",
                         (unsigned)*code);
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    s->at += 6;
    return true;
}

/* \uXXXX, and a second one when the first is half of a pair. */
static bool escape_unicode(JsonScanner *s, char **out)
{
    const char *start = s->at;
    int code = hex4(s->at + 2, s->end);
    if (code < 0)
        return json_fail(s, start, "\\u takes four hexadecimal digits");
    if (code == 0)
        return json_fail(s, start, "\\u0000 cannot be part of a text here: remove it");
    if (code >= 0xDC00 && code < 0xE000)
        return json_fail(s, start, "\\u%04x is half a surrogate pair: the first half is missing",
                         (unsigned)code);
    s->at += 6;
    if (code >= 0xD800 && code < 0xDC00 && !low_surrogate(s, start, &code))
        return false;
    if (*out)
        *out = put_utf8(*out, code);
    return true;
}

static bool wrong_end(JsonScanner *s)
{
    return json_fail(s, s->end, "the text ends inside a string: expected a double quote");
}

static bool escape(JsonScanner *s, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->end - s->at < 2)
        return wrong_end(s);
    const int c = s->at[1];
    if (c == 'u')
        return escape_unicode(s, out);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return json_fail(s, s->at,
                         "no such escape: JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t "
                         "\\uXXXX (a backslash itself is \\\\)");
    if (*out)
        *(*out)++ = to[found - from];
    s->at += 2;
    return true;
}

static bool wrong_control(JsonScanner *s)
{
    const unsigned char c = (unsigned char)*s->at;
    if (c == '\n' || c == '\r')
        return json_fail(s, s->at,
                         "the line ends inside a string: close it with a double quote, "
                         "or write a line break as \\n");
    if (c == '\t')
        return json_fail(s, s->at, "a tab inside a string: write \\t");
    if (c == 0)
        return json_fail(s, s->at, "a NUL byte inside a string");
    return json_fail(s, s->at, "control character 0x%02X inside a string: write \\u%04x", c,
                     (unsigned)c);
}

static bool plain(JsonScanner *s, char **out)
{
    if ((unsigned char)*s->at < 0x20)
        return wrong_control(s);
    const size_t length = utf8_length(s->at, (size_t)(s->end - s->at));
    if (length == 0)
        return json_fail(s, s->at, "byte 0x%02X is not valid UTF-8 here: save the text as UTF-8",
                         (unsigned char)*s->at);
    if (*out) {
        memcpy(*out, s->at, length);
        *out += length;
    }
    s->at += length;
    return true;
}

bool json_token_string(JsonScanner *s, char *out)
{
    s->at++;
    while (s->at < s->end && *s->at != '"')
        if (!(*s->at == '\\' ? escape(s, &out) : plain(s, &out)))
            return false;
    if (s->at == s->end)
        return wrong_end(s);
    s->at++;
    if (out)
        *out = '\0';
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* literal = digits x 10^exponent, written without a point: strtod obeys the locale in nothing else.
 * The exponent saturates far beyond the range of a double. */
static bool in_range(const char *literal, int n)
{
    char digits[JSON_MAX_NUMBER + 16];
    int used = 0, shift = 0, exponent = 0, i = 0;
    bool point = false, zero = true;
    for (; i < n && (literal[i] | 0x20) != 'e'; i++) {
        if (literal[i] == '.') {
            point = true;
            continue;
        }
        digits[used++] = literal[i];
        shift -= point;
        zero = zero && (literal[i] == '0' || literal[i] == '-');
    }
    const bool down = i + 1 < n && literal[i + 1] == '-';
    for (i++; i < n; i++)
        if (json_is_digit(literal[i]) && exponent < 100000)
            exponent = exponent * 10 + (literal[i] - '0');
    (void)snprintf(digits + used, sizeof digits - (size_t)used, "e%d",
                   (down ? -exponent : exponent) + shift);
    const double x = strtod(digits, NULL);
    return isfinite(x) && (zero || x != 0);
}

static bool some_digits(JsonScanner *s, const char *message)
{
    if (!json_is_digit(json_peek(s)))
        return json_fail(s, s->at, "%s", message);
    while (json_is_digit(json_peek(s)))
        s->at++;
    return true;
}

static bool integer_part(JsonScanner *s)
{
    const char *start = s->at;
    s->at += *s->at == '-';
    const int c = json_peek(s);
    if (!json_is_digit(c) && json_is_word(c) && c != '.') { /* -Infinity, -x: shown as a whole */
        s->at = start;
        return json_unexpected(s, "a digit after '-'");
    }
    if (c != '0')
        return some_digits(s, "a digit must follow '-' (write -0.5, not -.5)");
    s->at++;
    if (json_is_digit(json_peek(s)))
        return json_fail(s, start, "a number cannot begin with 0: remove the leading zeros");
    if (json_peek(s) == 'x' || json_peek(s) == 'X')
        return json_fail(s, start, "JSON has no hexadecimal numbers: write it in decimal");
    return true;
}

bool json_token_number(JsonScanner *s)
{
    const char *start = s->at;
    if (!integer_part(s))
        return false;
    if (json_peek(s) == '.') {
        s->at++;
        if (!some_digits(s, "a digit must follow the point (write 2.0, not 2.)"))
            return false;
    }
    if (json_peek(s) == 'e' || json_peek(s) == 'E') {
        s->at++;
        if (json_peek(s) == '-' || json_peek(s) == '+')
            s->at++;
        if (!some_digits(s, "a digit must follow the exponent sign 'e' (write 1e-4)"))
            return false;
    }
    if (json_is_word(json_peek(s)))
        return json_fail(s, s->at, "'%c' cannot be part of a number", *s->at);
    const long n = s->at - start;
    if (n > JSON_MAX_NUMBER)
        return json_fail(s, start, "a number of more than %d characters", JSON_MAX_NUMBER);
    if (!in_range(start, (int)n))
        return json_fail(s, start, "number out of range of double: %.*s", n > 60 ? 60 : (int)n,
                         start);
    return true;
}
