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
    unsigned char *base; /* NULL: measuring                       */
    size_t used;         /* bytes handed out, alignment included  */
    size_t size;         /* bytes owned; SIZE_MAX while measuring */
    bool full;           /* a request did not fit                 */
} Arena;

/* A plan takes all memory of the object `args` with arena_take and sets the object's pointers. */
typedef void (*ArenaPlan)(Arena *a, void *args);

/* arena_take: `bytes` zeroed bytes, 64-byte aligned, owned by the arena.
 * Returns NULL while measuring, and when the arena is full (then a->full is set). */
void *arena_take(Arena *a, size_t bytes);

/* arena_build: measures `plan`, allocates, and plans again. GT_ERESOURCE names the size. */
Status arena_build(Arena *a, ArenaPlan plan, void *args, Error *e);

/* arena_open: an empty arena of fixed size, for objects that are counted only while they are read.
 * From 2 MiB on it is aligned to huge pages. GT_ERESOURCE. */
Status arena_open(Arena *a, size_t bytes, Error *e);

/* Copies a string into the arena (packed, not aligned); NULL when the arena is full. */
char *arena_strdup(Arena *a, const char *s);

/* Accepts NULL and a zeroed Arena. */
void arena_close(Arena *a);

#endif
