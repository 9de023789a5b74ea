/* The walk over a JSON text, its white space and words, and what to say about everything else.
 *
 * A mistake is reported where the eye should go, with what was found and what to write instead. The
 * hints know the habits of JavaScript, Python, YAML and C. */
#include "json_token.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

static const char *const words[] = { "true", "false", "null", NULL };

JsonLocation json_location(const JsonScanner *s, const char *where)
{
    return (JsonLocation){ .line = s->line, .column = (int)(where - s->line_start) + 1 };
}

bool json_fail(JsonScanner *s, const char *where, const char *format, ...)
{
    const JsonLocation place = json_location(s, where);
    s->mistake->line = place.line;
    s->mistake->column = place.column;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->mistake->what, sizeof s->mistake->what, format, args);
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

/* ---- what is no JSON ------------------------------------------------------------------------- */

static int word_length(const JsonScanner *s)
{
    int n = 0;
    while (n < 40 && s->end - s->at > n && json_is_word((unsigned char)s->at[n]))
        n++;
    return n;
}

/* Compares without case; letters are ASCII here. */
static bool word_is(const char *at, int n, const char *word)
{
    if ((size_t)n != strlen(word))
        return false;
    for (int i = 0; i < n; i++)
        if ((at[i] | 0x20) != word[i])
            return false;
    return true;
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
        return json_fail(s, s->at, "'%.*s' is no JSON number: write a finite number", n, s->at);
    for (int i = 0; words[i]; i++)
        if (word_is(s->at, n, words[i]) && memcmp(s->at, words[i], (size_t)n) != 0)
            return json_fail(s, s->at, "found '%.*s': expected %s (JSON has %s, in lower case)", n,
                             s->at, expected, words[i]);
    return json_fail(s, s->at, "found '%.*s': expected %s (text goes in double quotes)", n, s->at,
                     expected);
}

static bool unexpected_byte(JsonScanner *s, const char *expected)
{
    const unsigned char c = (unsigned char)*s->at;
    const size_t length = utf8_length(s->at, (size_t)(s->end - s->at));
    if (c == '\f' || c == '\v' || (length == 2 && c == 0xC2 && (unsigned char)s->at[1] == 0xA0))
        return json_fail(
            s, s->at, "white space that JSON does not allow (byte 0x%02X): use a plain space", c);
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
        return json_fail(s, s->at, "the text ends here: expected %s", expected);
    case '/':
    case '#':
        return json_fail(s, s->at, "JSON has no comments: remove it (expected %s)", expected);
    case '\'':
        return json_fail(s, s->at, "found a single quote: JSON strings take double quotes (\")");
    case '+':
    case '.':
        return json_fail(s, s->at, "a number begins with a digit, or with '-' and a digit");
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
