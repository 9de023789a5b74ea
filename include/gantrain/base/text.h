/* A growing byte string for messages, JSON and help pages. Never used in a training step. */
#ifndef GANTRAIN_BASE_TEXT_H
#define GANTRAIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise with {0}. `at` is always NUL-terminated once anything was added, else NULL. */
typedef struct Text {
    char *at;    /* owned by the Text          */
    size_t used; /* bytes without the NUL      */
    size_t size; /* bytes allocated            */
    bool failed; /* memory ran out on the way  */
} Text;

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(Text *t, const void *bytes, size_t n);

/* Adds `s` with control characters and malformed UTF-8 as \xNN, so that no file can steer a
 * terminal. */
void text_add_printable(Text *t, const char *s);

/* The same into out[room], which is at least 4. Of what does not fit the middle becomes "...": a path may be
 * long, the cause stands behind it. In rooms of up to 64 the end does. */
void text_printable(char *out, size_t room, const char *s);

/* Bytes of the UTF-8 character at s[0..n), 1 to 4; 0 when it is malformed, cut off or n is 0. */
size_t utf8_length(const char *s, size_t n);

/* The characters of a text, which are its columns on a terminal but for what is wide or combines. */
int utf8_count(const char *s);

/* Whether a name ends in `ending`, with something before it. */
bool text_has_suffix(const char *s, const char *ending);

/* Accepts NULL and a zeroed Text. */
void text_free(Text *t);

#endif
