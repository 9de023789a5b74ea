/* The only long-lived allocations of the program. Bytes are zeroed when they are handed out, so
 * that room which is never used is never touched. */
#include "gantrain/base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector register */

/* Hands out [from, from + bytes) when it fits, else marks the arena as full. */
static unsigned char *claim(Arena *a, size_t from, size_t bytes)
{
    const size_t size = a->base ? a->size : SIZE_MAX;
    if (from < a->used || from > size || bytes > size - from) {
        a->full = true;
        return NULL;
    }
    a->used = from + bytes;
    return a->base ? a->base + from : NULL;
}

void *arena_take(Arena *a, size_t bytes)
{
    /* wraps round to a small number at the end of the address space, which claim refuses */
    const size_t from = (a->used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    unsigned char *at = claim(a, from, bytes);
    return at ? memset(at, 0, bytes) : NULL;
}

char *arena_strdup(Arena *a, const char *s)
{
    const size_t bytes = strlen(s) + 1;
    unsigned char *at = claim(a, a->used, bytes);
    return at ? memcpy(at, s, bytes) : NULL;
}

/* Large blocks ask for huge pages: a training step then waits less for the translation of addresses. */
static unsigned char *allocate(size_t bytes)
{
    const size_t huge = (size_t)2 << 20, whole = (bytes + huge - 1) / huge * huge;
    if (bytes < huge)
        return aligned_alloc(ALIGNMENT, bytes);
    unsigned char *at = aligned_alloc(huge, whole);
    if (at)
        (void)madvise(at, whole, MADV_HUGEPAGE); /* advice: without it the memory is as good */
    return at;
}

/* What a person reads: "4.1 TiB". */
static const char *in_units(double bytes, char out[32])
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t i = 0;
    for (bytes /= 1024; bytes >= 1024 && i + 1 < sizeof units / sizeof *units; i++)
        bytes /= 1024;
    (void)snprintf(out, 32, "%.1f %s", bytes, units[i]);
    return out;
}

/* A system that promises more memory than it has would end the process while it is used. */
static Status check_machine(size_t bytes, Error *e)
{
    struct sysinfo has;
    char need[32], there[32];
    if (sysinfo(&has) != 0)
        return GT_OK;
    const double all = ((double)has.totalram + (double)has.totalswap) * has.mem_unit;
    if ((double)bytes <= all)
        return GT_OK;
    return fail(e, GT_ERESOURCE, "memory: needs %s, this machine has %s: ask for less",
                in_units((double)bytes, need), in_units(all, there));
}

Status arena_open(Arena *a, size_t bytes, Error *e)
{
    char need[32];
    *a = (Arena){ 0 };
    const size_t size = bytes < ALIGNMENT ? ALIGNMENT : bytes;
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; /* 0 when it wraps */
    const bool possible = rounded >= size && rounded <= PTRDIFF_MAX;
    if (!possible)
        return fail(e, GT_ERESOURCE, "memory: more than this machine can address: ask for less");
    TRY(check_machine(rounded, e));
    unsigned char *base = allocate(rounded);
    if (!base)
        return fail(e, GT_ERESOURCE,
                    "memory: %zu bytes (%s) are not to be had: free some memory, raise the "
                    "limit (ulimit -v), or ask for less",
                    bytes, in_units((double)bytes, need));
    a->base = base;
    a->size = rounded;
    return GT_OK;
}

Status arena_build(Arena *a, ArenaPlan plan, void *plan_me, Error *e)
{
    Arena measure = { .size = SIZE_MAX };
    plan(&measure, plan_me);
    /* a plan that is larger than the address space cannot be allocated either */
    TRY(arena_open(a, measure.full ? SIZE_MAX : measure.used, e));
    plan(a, plan_me);
    assert(!a->full && a->used == measure.used);
    return GT_OK;
}

void arena_close(Arena *a)
{
    if (!a)
        return;
    free(a->base);
    *a = (Arena){ 0 };
}
