/* The buffer doubles when it is full. `failed` is sticky, so that a caller may check once at the
 * end. */
#include "gantrain/base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

/* Makes room for n more bytes and the NUL. */
static bool grow(Text *t, size_t n)
{
    if (t->failed || n > SIZE_MAX / 4)
        return !(t->failed = true);
    size_t size = t->size ? t->size : FIRST_SIZE;
    while (size < t->used + n + 1)
        size *= 2;
    if (size == t->size)
        return true;
    char *at = realloc(t->at, size);
    if (!at)
        return !(t->failed = true);
    t->at = at;
    t->size = size;
    return true;
}

void text_add_bytes(Text *t, const void *bytes, size_t n)
{
    if (!grow(t, n))
        return;
    if (n > 0)
        memcpy(t->at + t->used, bytes, n);
    t->used += n;
    t->at[t->used] = '\0';
}

void text_add(Text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !grow(t, (size_t)n)) {
        t->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(t->at + t->used, (size_t)n + 1, format, args);
    va_end(args);
    t->used += (size_t)n;
}

void text_free(Text *t)
{
    if (!t)
        return;
    free(t->at);
    *t = (Text){ 0 };
}

/* RFC 3629, section 4: the second byte has narrower limits (overlong forms, surrogates, >
 * U+10FFFF). */
size_t utf8_length(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    const size_t length = u[0] < 0xC2 ? 0 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : u[0] < 0xF5 ? 4 : 0;
    if (length == 0 || length > n)
        return 0;
    const unsigned low = u[0] == 0xE0 ? 0xA0 : u[0] == 0xF0 ? 0x90 : 0x80;
    const unsigned high = u[0] == 0xED ? 0x9F : u[0] == 0xF4 ? 0x8F : 0xBF;
    if (u[1] < low || u[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((u[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

typedef struct Unit {
    char text[8];  /* a character, or the escape of one byte */
    size_t used;   /* bytes of text                          */
    size_t source; /* bytes of the source                    */
} Unit;

static Unit next_unit(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    const size_t length = utf8_length(s, n);
    const bool c0 = u[0] < 0x20 || u[0] == 0x7F;
    const bool c1 = length == 2 && u[0] == 0xC2 && u[1] < 0xA0;
    Unit unit = { .used = length, .source = length };
    if (length > 0 && !c0 && !c1) {
        memcpy(unit.text, s, length);
        return unit;
    }
    (void)snprintf(unit.text, sizeof unit.text, "\\x%02x", u[0]);
    unit.used = 4;
    unit.source = 1;
    return unit;
}

void text_add_printable(Text *t, const char *s)
{
    for (size_t left = strlen(s); left > 0;) {
        const Unit unit = next_unit(s, left);
        text_add_bytes(t, unit.text, unit.used);
        s += unit.source;
        left -= unit.source;
    }
}

/* Copies as many units of s as fit into room with a NUL; returns the bytes of s copied. */
static size_t copy_units(char *out, size_t room, const char *s, size_t n)
{
    size_t used = 0, copied = 0;
    while (copied < n) {
        const Unit unit = next_unit(s + copied, n - copied);
        if (used + unit.used >= room)
            break;
        memcpy(out + used, unit.text, unit.used);
        used += unit.used;
        copied += unit.source;
    }
    out[used] = '\0';
    return copied;
}

/* The offset of the last units of s[0..n) that fit into room with a NUL. */
static size_t tail_offset(const char *s, size_t n, size_t room)
{
    size_t size = 0, begin = 0, used = 0;
    for (size_t at = 0; at < n; at += next_unit(s + at, n - at).source)
        size += next_unit(s + at, n - at).used;
    while (size - used >= room) {
        const Unit unit = next_unit(s + begin, n - begin);
        used += unit.used;
        begin += unit.source;
    }
    return begin;
}

void text_printable(char *out, size_t room, const char *s)
{
    enum { DOTS = 3, SMALL = 64 }; /* up to SMALL the tail is empty */
    const size_t n = strlen(s), tail = room > SMALL ? room / 3 : 1;
    if (copy_units(out, room, s, n) == n)
        return;
    copy_units(out, room - DOTS - (tail - 1), s, n);
    const size_t used = strlen(out);
    memcpy(out + used, "...", DOTS + 1);
    const size_t offset = tail_offset(s, n, tail);
    copy_units(out + used + DOTS, tail, s + offset, n - offset);
}

int utf8_count(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

bool text_has_suffix(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}
