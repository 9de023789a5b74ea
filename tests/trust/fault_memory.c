/* Wrappers of memory allocation, which record the blocks allocated while main runs. glibc allocates
 * through the same names (strdup, opendir, fopen). */
#define _GNU_SOURCE
#include "fault.h"

#include <execinfo.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names: looking them up by dlsym could need memory */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *at);

typedef struct Block {
    void *at; /* NULL: never used; FREED: freed */
    size_t size;
    int frames;
    void *frame[FRAMES];
} Block;

#define FREED ((void *)1)

enum { BLOCKS = 1 << 16 };

static Block blocks[BLOCKS];
static bool used; /* whether a block was ever recorded */
static atomic_flag blocks_busy = ATOMIC_FLAG_INIT;

static size_t slot_of(const void *at)
{
    return (size_t)(((uintptr_t)at >> 4) * 0x9E3779B97F4A7C15u >> 48) % BLOCKS;
}

static void lock_blocks(void)
{
    while (atomic_flag_test_and_set(&blocks_busy))
        continue;
}

static void record(void *at, size_t size)
{
    if (!at || !is_counting())
        return;
    used = true;
    lock_blocks();
    size_t i = slot_of(at), tries = 0;
    while (blocks[i].at && blocks[i].at != FREED && tries++ < BLOCKS)
        i = (i + 1) % BLOCKS;
    blocks[i] = (Block){ .at = at, .size = size };
    atomic_flag_clear(&blocks_busy);
    if (is_tracing()) {
        const bool before = pause_counting();
        blocks[i].frames = backtrace(blocks[i].frame, FRAMES);
        resume_counting(before);
    }
}

static void forget(const void *at)
{
    if (!at || !used)
        return;
    lock_blocks();
    size_t i = slot_of(at);
    for (size_t tries = 0; blocks[i].at && tries < BLOCKS; tries++, i = (i + 1) % BLOCKS)
        if (blocks[i].at == at) {
            blocks[i].at = FREED;
            break;
        }
    atomic_flag_clear(&blocks_busy);
}

static void *recorded(void *at, size_t size)
{
    record(at, size);
    return at;
}

void *malloc(size_t size)
{
    return fails(FAMILY_malloc) ? NULL : recorded(__libc_malloc(size), size);
}

void *calloc(size_t n, size_t size)
{
    return fails(FAMILY_malloc) ? NULL : recorded(__libc_calloc(n, size), n * size);
}

void *realloc(void *at, size_t size)
{
    if (fails(FAMILY_malloc))
        return NULL;
    void *grown = __libc_realloc(at, size);
    if (grown)
        forget(at);
    return recorded(grown, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails(FAMILY_malloc) ? NULL : recorded(__libc_memalign(alignment, size), size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *at = memalign(alignment, size);
    if (at)
        *out = at;
    return at ? 0 : ENOMEM;
}

void free(void *at)
{
    forget(at);
    __libc_free(at);
}

void leaked_memory(long *n, long *bytes)
{
    for (int i = 0; i < BLOCKS; i++) {
        if (!blocks[i].at || blocks[i].at == FREED)
            continue;
        ++*n;
        *bytes += (long)blocks[i].size;
        if (is_tracing()) {
            say(2, "fault: %zu bytes leaked\n", blocks[i].size);
            backtrace_symbols_fd(blocks[i].frame, blocks[i].frames, 2);
        }
    }
}
