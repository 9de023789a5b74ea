/* The words of JSON: what json_check is made of. Nobody else needs this header. */
#ifndef GANTRAIN_SRC_IO_JSON_TOKEN_H
#define GANTRAIN_SRC_IO_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/io/json.h"

/* A walk over a text. The functions below return false after filling `mistake`; then the walk is
 * over. */
typedef struct JsonScanner {
    const char *at, *end;
    const char *line_start;
    int line;
    JsonError *mistake;
} JsonScanner;

/* Line and column of `where`, which must be on the current line. */
JsonLocation json_location(const JsonScanner *s, const char *where);

/* Fills the mistake with the place of `where` and returns false. */
bool json_fail(JsonScanner *s, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* json_unexpected: the mistake "found ...: expected ..." at the current byte, with a hint for what
 * other languages and dialects allow. */
bool json_unexpected(JsonScanner *s, const char *expected);

/* The byte at the walk, or -1 at the end. */
int json_peek(const JsonScanner *s);

static inline bool json_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* What a number or a bare word of any language is made of. */
static inline bool json_is_word(int c)
{
    return json_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || c == '+';
}

/* Skips white space and counts lines. */
void json_skip_space(JsonScanner *s);

/* json_token_string: a string from its opening quote; its unescaped bytes and a NUL go to `out`
 * unless that is NULL (never more than the string takes in the text). */
bool json_token_string(JsonScanner *s, char *out);

/* json_token_number: a number from its first digit or minus; it must be within double. */
bool json_token_number(JsonScanner *s);

/* json_token_word: true, false or null. */
bool json_token_word(JsonScanner *s);

#endif
