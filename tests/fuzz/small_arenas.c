/* Small arenas, which the linker substitutes for the real ones (--wrap): inputs of a kilobyte need
 * no mebibyte, and plans beyond MOST fail as if memory were short. */
#include <stdint.h>

#include "gantrain/base/arena.h"

enum {
    LARGE = 1 << 20,          /* an arena of fixed size ...              */
    LARGE_ENOUGH = 192 << 10, /* ... that this replaces                  */
    MOST = 64 << 10           /* of a plan, whose size follows the input */
};

Status __real_arena_open(Arena *a, size_t bytes, Error *e);
Status __wrap_arena_open(Arena *a, size_t bytes, Error *e);
Status __real_arena_build(Arena *a, ArenaPlan plan, void *args, Error *e);
Status __wrap_arena_build(Arena *a, ArenaPlan plan, void *args, Error *e);

Status __wrap_arena_open(Arena *a, size_t bytes, Error *e)
{
    return __real_arena_open(a, bytes >= LARGE ? LARGE_ENOUGH : bytes, e);
}

Status __wrap_arena_build(Arena *a, ArenaPlan plan, void *args, Error *e)
{
    Arena measure = { .size = SIZE_MAX };
    plan(&measure, args);
    if (measure.full || measure.used > MOST)
        return fail(e, GT_ERESOURCE, "memory: %zu bytes are too many here", measure.used);
    return __real_arena_build(a, plan, args, e);
}
