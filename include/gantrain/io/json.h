/* Strict JSON (RFC 8259) to and from Value trees. Numbers keep the literal they were written as.
 *
 * Beyond the RFC a text may have at most 1 MiB and 32 levels, a number at most 256 characters and
 * the range of a double, and no string may contain NUL, no object a key twice. A byte order mark at
 * the beginning is ignored, as RFC 8259, section 8.1, allows. */
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

/* A parsed text. The nodes belong to `arena`, which may have room for values added later. */
typedef struct Json {
    Arena arena;
    Value *root; /* never NULL after success */
} Json;

/* The first error in a text. */
typedef struct JsonError {
    int line, column; /* 1-based, in bytes */
    char what[160];
} JsonError;

/* json_check: validates text[0..bytes). GT_OK, or GT_ECONFIG or GT_ERESOURCE with `error` filled.
 * Allocates only to compare the keys of an object. */
Status json_check(const char *text, size_t bytes, JsonError *error);

/* json_parse: builds the tree of any JSON value. `origin` names the source in messages and is
 * copied.
 *   spare   in   bytes of arena kept free for values added later
 * GT_ECONFIG "origin:line:column: what", or GT_ERESOURCE. */
Status json_parse(Json *j, const char *text, size_t bytes, const char *origin, size_t spare,
                  Error *e);

/* json_read: json_parse of a file that contains an object. GT_ECONFIG names the path. */
Status json_read(Json *j, const char *path, size_t spare, Error *e);

/* json_write: appends `v` as JSON. indent 0: one line without spaces; else that many spaces a level
 * (arrays and objects without nested children stay on one line up to 100 columns). */
void json_write(Text *out, const Value *v, int indent);

/* Appends `s` as a JSON string with its quotes. */
void json_write_string(Text *out, const char *s);

/* Appends `before`, such as "{" or ", ", and "key": "text". */
void json_write_member(Text *out, const char *before, const char *key, const char *text);

/* Appends a number with nine digits, enough for a float; null if it is not finite. */
void json_write_number(Text *out, double x);

/* Accepts NULL and a zeroed Json. */
void json_free(Json *j);

#endif
