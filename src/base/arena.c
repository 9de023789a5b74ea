/* Bytes are zeroed when they are handed out, so that the kernel never backs unused ones with
 * pages. */
#include "gantrain/base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector register */

/* Hands out [from, from + bytes) if it fits, else marks the arena as full. */
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
    /* may wrap around to a small number, which claim refuses */
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

/* Huge pages reduce the TLB misses of a training step. */
static unsigned char *allocate(size_t bytes)
{
    const size_t huge = (size_t)2 << 20, whole = (bytes + huge - 1) / huge * huge;
    if (bytes < huge)
        return aligned_alloc(ALIGNMENT, bytes);
    unsigned char *at = aligned_alloc(huge, whole);
    if (at)
        (void)madvise(at, whole, MADV_HUGEPAGE); /* only a hint */
    return at;
}

/* "4.1 TiB" */
static const char *format_size(double bytes, char out[32])
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t i = 0;
    for (bytes /= 1024; bytes >= 1024 && i + 1 < sizeof units / sizeof *units; i++)
        bytes /= 1024;
    (void)snprintf(out, 32, "%.1f %s", bytes, units[i]);
    return out;
}

/* A kernel that overcommits would kill the process later, when the memory is used. */
static Status check_physical_memory(size_t bytes, Error *e)
{
    struct sysinfo info;
    char needed[32], present[32];
    if (sysinfo(&info) != 0)
        return GT_OK;
    const double total = ((double)info.totalram + (double)info.totalswap) * info.mem_unit;
    if ((double)bytes <= total)
        return GT_OK;
    return fail(e, GT_ERESOURCE,
                "not enough memory: %s needed, this machine has %s: use smaller layers or batches",
                format_size((double)bytes, needed), format_size(total, present));
}

Status arena_open(Arena *a, size_t bytes, Error *e)
{
    char needed[32];
    *a = (Arena){ 0 };
    const size_t size = bytes < ALIGNMENT ? ALIGNMENT : bytes;
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; /* 0 when it wraps */
    if (rounded < size || rounded > PTRDIFF_MAX)
        return fail(e, GT_ERESOURCE,
                    "not enough memory: more is needed than this machine can address");
    TRY(check_physical_memory(rounded, e));
    unsigned char *base = allocate(rounded);
    if (!base)
        return fail(e, GT_ERESOURCE,
                    "not enough memory: cannot allocate %zu bytes (%s): free some memory, raise "
                    "the limit (ulimit -v), or use smaller layers or batches",
                    bytes, format_size((double)bytes, needed));
    a->base = base;
    a->size = rounded;
    return GT_OK;
}

Status arena_build(Arena *a, ArenaPlan plan, void *args, Error *e)
{
    Arena measure = { .size = SIZE_MAX };
    plan(&measure, args);
    /* arena_open refuses SIZE_MAX, so a plan beyond the address space fails there */
    TRY(arena_open(a, measure.full ? SIZE_MAX : measure.used, e));
    plan(a, args);
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
