/* A bump arena: memory is planned once and handed out by moving a pointer.
 *
 * A plan function runs twice: first against a measuring arena (base == NULL), which only counts,
 * then against one block of exactly that size. One code path, so sizes and pointers agree. */
#ifndef GANTRAIN_BASE_ARENA_H
#define GANTRAIN_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/status.h"

typedef struct Arena {
    unsigned char *base; /* NULL: measuring                        */
    size_t used;         /* bytes handed out, borders included     */
    size_t size;         /* bytes owned; SIZE_MAX while measuring  */
    bool full;           /* a request did not fit: nothing given   */
} Arena;

/* A plan asks for all memory of `plan_me` with arena_take and aims its pointers. */
typedef void (*ArenaPlan)(Arena *a, void *plan_me);

/* arena_take: `bytes` zeroed bytes, 64-byte aligned, owned by the arena.
 * Returns NULL while measuring, and when the arena is full (then a->full is set). */
void *arena_take(Arena *a, size_t bytes);

/* arena_build: measure `plan`, allocate, plan again. Fails with GT_ERESOURCE and the size. */
Status arena_build(Arena *a, ArenaPlan plan, void *plan_me, Error *e);

/* arena_open: an empty arena of fixed size, for things whose number is known only while reading. One of
 * 2 MiB or more begins on a page and has its pages for itself. */
Status arena_open(Arena *a, size_t bytes, Error *e);

/* Copies a string into the arena (packed, not aligned); NULL when it is full. */
char *arena_strdup(Arena *a, const char *s);

/* Accepts NULL and a zeroed Arena. */
void arena_close(Arena *a);

#endif
