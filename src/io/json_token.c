/* White space, words, strings and numbers of JSON (RFC 8259), and the messages for unexpected
 * input: what was found and what to write instead, with hints for the syntax of JavaScript,
 * Python, YAML and C. */
#include "json_token.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gantrain/base/text.h"

static const char *const words[] = { "true", "false", "null", NULL };

Location json_location(const JsonScanner *s, const char *at)
{
    return (Location){ s->origin, s->line, (int)(at - s->line_start) + 1 };
}

bool json_fail(JsonScanner *s, const char *at, const char *format, ...)
{
    const Location location = json_location(s, at);
    s->error->line = location.line;
    s->error->column = location.column;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->error->what, sizeof s->error->what, format, args);
    va_end(args);
    return false;
}

int json_peek(const JsonScanner *s)
{
    return s->at < s->end ? (unsigned char)*s->at : -1;
}

void json_skip_space(JsonScanner *s)
{
    for (; s->at < s->end; s->at++) {
        if (*s->at == '\n') {
            s->line++;
            s->line_start = s->at + 1;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r') {
            return;
        }
    }
}

/* ---- unexpected input ------------------------------------------------------------------------ */

static int word_length(const JsonScanner *s)
{
    int n = 0;
    while (n < 40 && s->end - s->at > n && json_is_word((unsigned char)s->at[n]))
        n++;
    return n;
}

static bool word_is(const char *at, int n, const char *word)
{
    return (size_t)n == strlen(word) && strncasecmp(at, word, (size_t)n) == 0;
}

static bool is_not_finite(const char *at, int n)
{
    static const char *const word[] = { "nan", "inf", "infinity", NULL };
    const int sign = at[0] == '-';
    for (int i = 0; word[i]; i++)
        if (word_is(at + sign, n - sign, word[i]))
            return true;
    return false;
}

static bool unexpected_word(JsonScanner *s, const char *expected)
{
    const int n = word_length(s);
    if (is_not_finite(s->at, n))
        return json_fail(s, s->at, "'%.*s' is not a JSON number: write a finite number", n, s->at);
    for (int i = 0; words[i]; i++)
        if (word_is(s->at, n, words[i]) && memcmp(s->at, words[i], (size_t)n) != 0)
            return json_fail(s, s->at, "found '%.*s': expected %s (JSON has %s in lower case)", n,
                             s->at, expected, words[i]);
    return json_fail(s, s->at, "found '%.*s': expected %s (strings need double quotes)", n, s->at,
                     expected);
}

static bool unexpected_byte(JsonScanner *s, const char *expected)
{
    const unsigned char c = (unsigned char)*s->at;
    const size_t length = utf8_length(s->at, (size_t)(s->end - s->at));
    if (c == '\f' || c == '\v' || (length == 2 && c == 0xC2 && (unsigned char)s->at[1] == 0xA0))
        return json_fail(s, s->at,
                         "white space that JSON does not allow (byte 0x%02X): use a space", c);
    if (c == 0)
        return json_fail(s, s->at, "found a NUL byte: expected %s", expected);
    if (c < 0x20 || c == 0x7F || length == 0)
        return json_fail(s, s->at, "found byte 0x%02X: expected %s", c, expected);
    return json_fail(s, s->at, "found '%.*s': expected %s", (int)length, s->at, expected);
}

static bool looks_like_word(const JsonScanner *s)
{
    const bool minus = *s->at == '-' && s->end - s->at > 1;
    const int c = (unsigned char)s->at[minus];
    return json_is_word(c) && !json_is_digit(c) && c != '-' && c != '.';
}

bool json_unexpected(JsonScanner *s, const char *expected)
{
    switch (json_peek(s)) {
    case -1:
        return json_fail(s, s->at, "unexpected end of text: expected %s", expected);
    case '/':
    case '#':
        return json_fail(s, s->at, "JSON has no comments: remove it (expected %s)", expected);
    case '\'':
        return json_fail(s, s->at, "found a single quote: JSON strings need double quotes (\")");
    case '+':
    case '.':
        return json_fail(s, s->at, "a number must begin with a digit, or with '-' and a digit");
    default:
        return looks_like_word(s) ? unexpected_word(s, expected) : unexpected_byte(s, expected);
    }
}

bool json_token_word(JsonScanner *s)
{
    const int n = word_length(s);
    for (int i = 0; words[i]; i++) {
        if ((size_t)n == strlen(words[i]) && memcmp(s->at, words[i], (size_t)n) == 0) {
            s->at += n;
            return true;
        }
    }
    return json_unexpected(s, "a value");
}

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

/* Scans the low surrogate that must follow the high surrogate `code`. */
static bool low_surrogate(JsonScanner *s, const char *start, int *code)
{
    const bool escaped = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u';
    const int low = escaped ? hex4(s->at + 2, s->end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return json_fail(s, start,
                         "unpaired surrogate \\u%04x: a low surrogate, \\udc00 to \\udfff, must "
                         "follow",
                         (unsigned)*code);
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    s->at += 6;
    return true;
}

/* \uXXXX, or a surrogate pair of them. */
static bool unicode_escape(JsonScanner *s, char **out)
{
    const char *start = s->at;
    int code = hex4(s->at + 2, s->end);
    if (code < 0)
        return json_fail(s, start, "\\u must be followed by four hexadecimal digits");
    if (code == 0)
        return json_fail(s, start, "\\u0000 (NUL) is not allowed in a string: remove it");
    if (code >= 0xDC00 && code < 0xE000)
        return json_fail(s, start,
                         "unpaired surrogate \\u%04x: a high surrogate, \\ud800 to \\udbff, must "
                         "precede it",
                         (unsigned)code);
    s->at += 6;
    if (code >= 0xD800 && code < 0xDC00 && !low_surrogate(s, start, &code))
        return false;
    *out = put_utf8(*out, code);
    return true;
}

static bool unexpected_end(JsonScanner *s)
{
    return json_fail(s, s->end, "unexpected end of text in a string: expected a double quote");
}

static bool escape(JsonScanner *s, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->end - s->at < 2)
        return unexpected_end(s);
    const int c = s->at[1];
    if (c == 'u')
        return unicode_escape(s, out);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return json_fail(s, s->at,
                         "invalid escape: JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX "
                         "(write a backslash as \\\\)");
    *(*out)++ = to[found - from];
    s->at += 2;
    return true;
}

static bool control_character(JsonScanner *s)
{
    const unsigned char c = (unsigned char)*s->at;
    if (c == '\n' || c == '\r')
        return json_fail(s, s->at,
                         "line break in a string: close the string with a double quote, or write "
                         "\\n for a line break");
    if (c == '\t')
        return json_fail(s, s->at, "tab in a string: write \\t");
    if (c == 0)
        return json_fail(s, s->at, "NUL byte in a string: remove it");
    return json_fail(s, s->at, "control character 0x%02X in a string: write \\u%04x", c,
                     (unsigned)c);
}

static bool plain_character(JsonScanner *s, char **out)
{
    if ((unsigned char)*s->at < 0x20)
        return control_character(s);
    const size_t length = utf8_length(s->at, (size_t)(s->end - s->at));
    if (length == 0)
        return json_fail(s, s->at, "byte 0x%02X is not valid UTF-8: save the text as UTF-8",
                         (unsigned char)*s->at);
    memcpy(*out, s->at, length);
    *out += length;
    s->at += length;
    return true;
}

bool json_token_string(JsonScanner *s, char *out)
{
    s->at++;
    while (s->at < s->end && *s->at != '"')
        if (!(*s->at == '\\' ? escape(s, &out) : plain_character(s, &out)))
            return false;
    if (s->at == s->end)
        return unexpected_end(s);
    s->at++;
    *out = '\0';
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Whether a double can hold the literal without overflow, or underflow to 0. */
static bool in_range(const char *literal, int n)
{
    char text[JSON_MAX_NUMBER + 1];
    (void)snprintf(text, sizeof text, "%.*s", n, literal);
    const double x = strtod(text, NULL);
    const size_t zeros = strspn(text, "-0.");
    return isfinite(x) && (x != 0 || !json_is_digit(text[zeros]));
}

static bool scan_digits(JsonScanner *s, const char *message)
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
    if (!json_is_digit(c) && json_is_word(c) && c != '.') { /* reports all of -Infinity */
        s->at = start;
        return json_unexpected(s, "a digit after '-'");
    }
    if (c != '0')
        return scan_digits(s, "a digit must follow '-' (write -0.5, not -.5)");
    s->at++;
    if (json_is_digit(json_peek(s)))
        return json_fail(s, start, "a number must not begin with 0: remove the leading zeros");
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
        if (!scan_digits(s, "a digit must follow the decimal point (write 2.0, not 2.)"))
            return false;
    }
    if (json_peek(s) == 'e' || json_peek(s) == 'E') {
        s->at++;
        if (json_peek(s) == '-' || json_peek(s) == '+')
            s->at++;
        if (!scan_digits(s, "a digit must follow the exponent sign 'e' (write 1e-4)"))
            return false;
    }
    if (json_is_word(json_peek(s)))
        return json_fail(s, s->at, "'%c' is not allowed in a number", *s->at);
    const long n = s->at - start;
    if (n > JSON_MAX_NUMBER)
        return json_fail(s, start, "number longer than %d characters", JSON_MAX_NUMBER);
    if (!in_range(start, (int)n))
        return json_fail(s, start, "number out of range for a double: %.*s", n > 60 ? 60 : (int)n,
                         start);
    return true;
}
