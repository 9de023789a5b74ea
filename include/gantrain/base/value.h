/* A neutral tree of values between a text format and the option tables.
 *
 * io/json.c fills it from a file, base/option.c reads and makes it; neither knows the other. */
#ifndef GANTRAIN_BASE_VALUE_H
#define GANTRAIN_BASE_VALUE_H

#include "gantrain/base/arena.h"

typedef enum ValueKind {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT
} ValueKind;

/* One node. Nodes and texts belong to the arena of the tree; a zeroed Value is null. */
typedef struct Value {
    ValueKind kind;
    const char *key;    /* member name inside an object, else NULL                 */
    const char *text;   /* string contents, or the literal of a number as written  */
    const char *origin; /* file, or the command-line word it came from             */
    int line, column;   /* 1-based, in bytes; 0 when it did not come from a file   */
    int key_line;       /* the place of the key inside an object, likewise         */
    int key_column;
    struct Value *child; /* first member or element                                 */
    struct Value *last;  /* last member or element                                  */
    struct Value *next;  /* next sibling                                            */
} Value;

/* The member called `key` (exact bytes), or NULL. `object` may be NULL. */
Value *value_member(const Value *object, const char *key);

/* A new node of `kind` from the arena, appended to `parent` (may be NULL) under `key` (copied; may
 * be NULL). Returns NULL when the arena is full. */
Value *value_add(Arena *a, Value *parent, const char *key, ValueKind kind);

/* value_add with a text (copied): a string, or the literal of a number. */
Value *value_add_text(Arena *a, Value *parent, const char *key, ValueKind kind, const char *text);

/* value_copy: `v` and everything below it, with the places, as a new node under `parent` (may be NULL). Texts
 * are shared: they must live as long as the copy. NULL when the arena is full. */
Value *value_copy(Arena *a, Value *parent, const char *key, const Value *v);

/* The nodes of a tree. */
int value_count(const Value *v);

/* Takes the member `key` out of `object`; nothing happens when there is none. */
void value_remove(Value *object, const char *key);

/* "object", "string", ... for messages. */
const char *value_kind_name(ValueKind kind);

#endif
