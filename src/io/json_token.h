/* The tokens of JSON: strings, numbers, words and white space, and the messages for anything
 * else. */
#ifndef GANTRAIN_SRC_IO_JSON_TOKEN_H
#define GANTRAIN_SRC_IO_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/io/json.h"

/* A position in a text. The functions below return false after filling `error`, which ends the
 * scan. */
typedef struct JsonScanner {
    const char *at, *end;
    const char *line_start;
    int line;
    const char *origin;
    JsonError *error;
} JsonScanner;

/* The location of `at`, which must be on the current line. */
Location json_location(const JsonScanner *s, const char *at);

/* Fills the error with the location of `at` and returns false. */
bool json_fail(JsonScanner *s, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* json_unexpected: fails with "found ...: expected ..." at the current byte, and with a hint for
 * what other languages and dialects allow. */
bool json_unexpected(JsonScanner *s, const char *expected);

/* The current byte, or -1 at the end. */
int json_peek(const JsonScanner *s);

static inline bool json_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Characters of numbers and bare words in any language. */
static inline bool json_is_word(int c)
{
    return json_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || c == '+';
}

/* Skips white space and counts lines. */
void json_skip_space(JsonScanner *s);

/* json_token_string: scans a string from its opening quote; writes it unescaped, with a NUL, to
 * `out`, which needs no more bytes than the string has in the text. */
bool json_token_string(JsonScanner *s, char *out);

/* json_token_number: scans a number from its first digit or minus; it must be in the range of
 * double. */
bool json_token_number(JsonScanner *s);

/* json_token_word: scans true, false or null. */
bool json_token_word(JsonScanner *s);

typedef struct JsonSite {
    const char *at; /* the first byte of the value */
    Location location, key_location;
} JsonSite;

/* json_locate (json_check.c): json_check that also lists the values in the order of the text.
 *   site   out  [*n], or NULL to count
 *   origin in   for the locations */
Status json_locate(const char *text, size_t bytes, const char *origin, JsonSite *site, size_t *n,
                   JsonError *error);

#endif
