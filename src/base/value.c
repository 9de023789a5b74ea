/* Value trees are singly linked lists of lists, in the order of the source. Lookups are linear: an
 * object of a config has tens of members. */
#include "gantrain/base/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

Value *value_member(const Value *object, const char *key)
{
    if (!object || object->kind != VALUE_OBJECT)
        return NULL;
    for (Value *v = object->child; v; v = v->next)
        if (strcmp(v->key, key) == 0)
            return v;
    return NULL;
}

const Value *value_find(const Value *root, const char *path)
{
    char key[64];
    while (root && *path) {
        const size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        root = value_member(root, key);
        path += path[n] ? n + 1 : n;
    }
    return root;
}

/* Allocates everything before it links the node: a full arena leaves the tree unchanged. */
Value *value_add(Arena *a, Value *parent, const char *key, ValueKind kind, const char *text)
{
    assert(!parent || (parent->kind == VALUE_OBJECT) == (key != NULL));
    Value *v = arena_take(a, sizeof *v);
    char *own_key = key ? arena_strdup(a, key) : NULL;
    char *own_text = text ? arena_strdup(a, text) : NULL;
    if (!v || (key && !own_key) || (text && !own_text))
        return NULL;
    v->kind = kind;
    v->key = own_key;
    v->text = own_text;
    if (parent) {
        *(parent->last ? &parent->last->next : &parent->child) = v;
        parent->last = v;
    }
    return v;
}

Value *value_copy(Arena *a, Value *parent, const char *key, const Value *v)
{
    Value *copy = value_add(a, parent, key, v->kind, NULL);
    if (!copy)
        return NULL;
    copy->text = v->text;
    copy->location = v->location;
    copy->key_location = v->key_location;
    for (const Value *x = v->child; x; x = x->next)
        if (!value_copy(a, copy, x->key, x))
            return NULL;
    return copy;
}

int value_count(const Value *v)
{
    int n = 1;
    for (const Value *x = v->child; x; x = x->next)
        n += value_count(x);
    return n;
}

void value_remove(Value *object, const char *key)
{
    Value *v = value_member(object, key);
    if (!v)
        return;
    Value *before = NULL;
    for (Value *w = object->child; w != v; w = w->next)
        before = w;
    if (before)
        before->next = v->next;
    else
        object->child = v->next;
    if (object->last == v)
        object->last = before;
    v->next = NULL;
}

const char *value_kind_name(ValueKind kind)
{
    static const char *const name[] = {
        [VALUE_NULL] = "null",     [VALUE_FALSE] = "false",   [VALUE_TRUE] = "true",
        [VALUE_NUMBER] = "number", [VALUE_STRING] = "string", [VALUE_ARRAY] = "array",
        [VALUE_OBJECT] = "object",
    };
    return name[kind];
}
