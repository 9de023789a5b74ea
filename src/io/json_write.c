/* JSON from Value trees. Invalid UTF-8 (for instance in a path from the command line) becomes
 * U+FFFD, so that the result is always valid. */
#include "gantrain/io/json.h"

#include <math.h>
#include <string.h>

enum { LINE_WIDTH = 100 };

typedef struct Layout {
    Text *out;
    int indent; /* spaces a level; 0: everything on one line */
    int depth;
} Layout;

static void add_control(Text *out, unsigned char c)
{
    static const char name[] = "\b\f\n\r\t", letter[] = "bfnrt";
    const char *found = strchr(name, c); /* c is never NUL */
    if (found)
        text_add(out, "\\%c", letter[found - name]);
    else
        text_add(out, "\\u%04x", (unsigned)c);
}

void json_write_string(Text *out, const char *s)
{
    text_add_bytes(out, "\"", 1);
    for (size_t left = strlen(s); left > 0;) {
        const size_t length = utf8_length(s, left);
        const unsigned char c = (unsigned char)*s;
        if (length == 0)
            text_add_bytes(out, "\\ufffd", 6);
        else if (c < 0x20 || c == 0x7F)
            add_control(out, c);
        else if (c == '"' || c == '\\')
            text_add(out, "\\%c", c);
        else
            text_add_bytes(out, s, length);
        s += length ? length : 1;
        left -= length ? length : 1;
    }
    text_add_bytes(out, "\"", 1);
}

void json_write_member(Text *out, const char *before, const char *key, const char *text)
{
    text_add(out, "%s\"%s\": ", before, key);
    json_write_string(out, text);
}

void json_write_number(Text *out, double x)
{
    if (isfinite(x))
        text_add(out, "%.9g", x);
    else
        text_add(out, "null");
}

static bool has_grandchildren(const Value *v)
{
    for (const Value *child = v->child; child; child = child->next)
        if (child->child)
            return true;
    return false;
}

static void new_line(const Layout *l)
{
    text_add(l->out, "\n%*s", l->indent * l->depth, "");
}

static void write_value(Layout *l, const Value *v);

static void write_key(const Layout *l, const Value *v)
{
    if (!v->key)
        return;
    json_write_string(l->out, v->key);
    text_add(l->out, l->indent ? ": " : ":");
}

/* Writes the children of a list on one line. */
static void write_row(Layout *l, const Value *v)
{
    for (const Value *child = v->child; child; child = child->next) {
        write_key(l, child);
        write_value(l, child);
        if (child->next)
            text_add(l->out, l->indent ? ", " : ",");
    }
}

static void write_column(Layout *l, const Value *v)
{
    l->depth++;
    for (const Value *child = v->child; child; child = child->next) {
        new_line(l);
        write_key(l, child);
        write_value(l, child);
        if (child->next)
            text_add(l->out, ",");
    }
    l->depth--;
    new_line(l);
}

/* Bytes of the last line. */
static size_t last_line(const Text *t)
{
    size_t n = 0;
    while (n < t->used && t->at[t->used - n - 1] != '\n')
        n++;
    return n;
}

/* + 2: the closing bracket and a comma after it. */
static void write_children(Layout *l, const Value *v)
{
    const size_t start = l->out->used;
    if (l->indent == 0 || !has_grandchildren(v)) {
        write_row(l, v);
        if (l->indent == 0 || last_line(l->out) + 2 <= LINE_WIDTH || !v->child)
            return;
        l->out->used = start;
    }
    write_column(l, v);
}

static void write_value(Layout *l, const Value *v)
{
    switch (v->kind) {
    case VALUE_NUMBER:
        text_add(l->out, "%s", v->text);
        break;
    case VALUE_STRING:
        json_write_string(l->out, v->text);
        break;
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        text_add(l->out, v->kind == VALUE_ARRAY ? "[" : "{");
        write_children(l, v);
        text_add(l->out, v->kind == VALUE_ARRAY ? "]" : "}");
        break;
    default: /* null, false and true are the names of their kinds */
        text_add(l->out, "%s", value_kind_name(v->kind));
    }
}

void json_write(Text *out, const Value *v, int indent)
{
    Layout layout = { .out = out, .indent = indent };
    write_value(&layout, v);
}
