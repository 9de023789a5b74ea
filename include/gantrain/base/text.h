/* A growing byte string for messages, JSON and help. Not used in a training step. */
#ifndef GANTRAIN_BASE_TEXT_H
#define GANTRAIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialize with {0}. `at` is NUL-terminated once anything was added, else NULL. */
typedef struct Text {
    char *at;    /* owned                                     */
    size_t used; /* bytes without the NUL                     */
    size_t size; /* bytes allocated                           */
    bool failed; /* memory ran out: nothing is added any more */
} Text;

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(Text *t, const void *bytes, size_t n);

/* Adds `s` with control characters and malformed UTF-8 as \xNN, so that no file name can send
 * escape sequences to a terminal. */
void text_add_printable(Text *t, const char *s);

/* The same into out[room], room >= 4. Longer text loses its middle to "...", as the cause often
 * follows a long path; up to room 64 it loses its end. */
void text_printable(char *out, size_t room, const char *s);

/* Bytes of the UTF-8 character at s[0..n), 1 to 4; 0 if it is malformed or incomplete. */
size_t utf8_length(const char *s, size_t n);

/* Number of characters: the columns on a terminal, except for wide and combining ones. */
int utf8_count(const char *s);

/* Whether `s` ends in `suffix` and is longer than it. */
bool text_has_suffix(const char *s, const char *suffix);

/* Accepts NULL and a zeroed Text. */
void text_free(Text *t);

#endif
