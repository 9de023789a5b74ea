/* A tree of values between a text format and the option tables: io/json_parse.c builds it from
 * text, base/option_read.c reads it; neither depends on the other. */
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

/* Where a value was written. */
typedef struct Location {
    const char *origin; /* the file or the command-line argument; NULL: a default */
    int line, column;   /* in the file: 1-based, in bytes; 0: unknown             */
} Location;

/* One node. Nodes and texts belong to the arena of the tree; a zeroed Value is null. */
typedef struct Value {
    ValueKind kind;
    const char *key;  /* member name inside an object, else NULL                */
    const char *text; /* string contents, or the literal of a number as written */
    Location location;
    Location key_location; /* of the key inside an object          */
    struct Value *child;   /* first member or element              */
    struct Value *last;    /* last member or element               */
    struct Value *next;    /* next sibling                         */
} Value;

/* The member called `key` (exact bytes), or NULL. `object` may be NULL. */
Value *value_member(const Value *object, const char *key);

/* The member at a path of keys such as "train.batch_size", or NULL. `root` may be NULL. */
const Value *value_find(const Value *root, const char *path);

/* A new node of `kind` under `parent` (may be NULL). Copies `key` (NULL for an element) and `text`
 * (a string, or the literal of a number; else NULL). NULL when the arena is full. */
Value *value_add(Arena *a, Value *parent, const char *key, ValueKind kind, const char *text);

/* value_copy: a deep copy of `v`, locations included, as a new node under `parent` (may be NULL).
 * Texts are shared: they must outlive the copy. NULL when the arena is full. */
Value *value_copy(Arena *a, Value *parent, const char *key, const Value *v);

/* Number of nodes of a tree. */
int value_count(const Value *v);

/* Removes the member `key` from `object` if there is one. */
void value_remove(Value *object, const char *key);

/* "object", "string", ... for messages. */
const char *value_kind_name(ValueKind kind);

#endif
