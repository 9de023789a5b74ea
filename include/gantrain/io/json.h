/* Strict JSON (RFC 8259) in and out of Value trees.
 *
 * Reading: a validating pass of our own finds the first mistake with line and column, duplicate
 * keys and everything RFC 8259 forbids; cJSON then builds the tree. Limits: 1 MiB, 32 levels. */
#ifndef GANTRAIN_IO_JSON_H
#define GANTRAIN_IO_JSON_H

#include <stddef.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/base/value.h"

enum {
    JSON_MAX_BYTES = 1 << 20,
    JSON_MAX_DEPTH = 32,
    JSON_MAX_NUMBER = 256 /* characters of one number */
};

/* A parsed text. The nodes belong to `arena`, which keeps room for values added later. */
typedef struct Json {
    Arena arena;
    Value *root; /* never NULL after success */
} Json;

/* Where and what the first mistake is; see json_check. */
typedef struct JsonError {
    int line, column;
    char what[160];
} JsonError;

/* Position of one value, in document order (an object before its members). */
typedef struct JsonLocation {
    size_t at; /* offset of its first byte in the text */
    int line, column;
    int key_line, key_column; /* of its key inside an object, else 0 */
} JsonLocation;

/* json_check: validate text[0..bytes) against RFC 8259 and our limits, which the RFC allows: size,
 * depth, numbers a double can hold, no NUL character in a string, no key twice, no byte order mark.
 *   places, room   out  the place of every value in document order, as many as fit (may be NULL, 0)
 *   n_values       out  how many values there are (may be NULL)
 *   returns GT_OK, or GT_ECONFIG with `m` filled, or GT_ERESOURCE with `m` filled. Allocates only
 *   to compare the keys of an object. */
Status json_check(const char *text, size_t bytes, JsonLocation *places, size_t room,
                  size_t *n_values, JsonError *m);

/* json_parse: check and build any JSON value. `origin` names the source in messages and is copied.
 *   spare   in   bytes of arena kept free for values added later
 * Fails with GT_ECONFIG "origin:line:column: what", or GT_ERESOURCE when memory runs out. */
Status json_parse(Json *j, const char *text, size_t bytes, const char *origin, size_t spare,
                  Error *e);

/* json_read: json_parse of a file of at most JSON_MAX_BYTES that holds an object. GT_ECONFIG names
 * the path. */
Status json_read(Json *j, const char *path, size_t spare, Error *e);

/* json_write: append `v` as JSON. indent 0: one line without spaces; else that many spaces a level
 * (short arrays and objects without children of their own stay on one line up to 100 columns). */
void json_write(Text *out, const Value *v, int indent);

/* Appends `s` as a JSON string with its quotes. */
void json_write_string(Text *out, const char *s);

/* Appends `before`, such as "{" or ", ", and "key": "text". */
void json_write_member(Text *out, const char *before, const char *key, const char *text);

/* Appends a number with nine digits, which tell two floats apart; null where it is not finite: JSON has no NaN. */
void json_write_number(Text *out, double x);

/* Accepts NULL and a zeroed Json. */
void json_free(Json *j);

#endif
