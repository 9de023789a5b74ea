/* Files in memory, put in the place of the real ones by the linker (--wrap). */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"

static const uint8_t *given;
static size_t given_bytes;
static uint8_t *taken;
static size_t taken_bytes, taken_room;
static int writes;

void fuzz_give(const void *at, size_t n)
{
    given = at;
    given_bytes = n;
}

const uint8_t *fuzz_taken(size_t *n)
{
    *n = taken_bytes;
    return taken;
}

int fuzz_writes(void)
{
    return writes;
}

const char *fuzz_file(const void *at, size_t n)
{
    static char path[40];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    must(fd >= 0 && ftruncate(fd, (off_t)n) == 0 && pwrite(fd, at, n, 0) == (ssize_t)n,
         "a file in memory");
    return path;
}

/* ---- in the place of the real ones ------------------------------------------------------------ */

Status __wrap_file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e);
Status __wrap_durable_write(const char *path, const void *bytes, size_t size, Error *e);
Status __wrap_durable_write_pieces(const char *path, const Piece *piece, int n, Error *e);
int __wrap_access(const char *path, int mode);

int __wrap_access(const char *path, int mode)
{
    (void)path;
    (void)mode;
    return 0;
}

Status __wrap_file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e)
{
    *b = (Bytes){ 0 };
    if (given_bytes > limit)
        return fail(e, code, "%s: larger than %zu bytes", path, limit);
    b->at = malloc(given_bytes + 1);
    must(b->at != NULL, "memory");
    memcpy(b->at, given, given_bytes);
    b->at[given_bytes] = '\0';
    b->size = given_bytes;
    return GT_OK;
}

Status __wrap_durable_write_pieces(const char *path, const Piece *piece, int n, Error *e)
{
    (void)path;
    (void)e;
    taken_bytes = 0;
    writes++;
    for (int i = 0; i < n; i++) {
        if (taken_room < taken_bytes + piece[i].size) {
            taken_room = 2 * (taken_bytes + piece[i].size);
            taken = realloc(taken, taken_room);
            must(taken != NULL, "memory");
        }
        if (piece[i].size > 0)
            memcpy(taken + taken_bytes, piece[i].at, piece[i].size);
        taken_bytes += piece[i].size;
    }
    return GT_OK;
}

Status __wrap_durable_write(const char *path, const void *bytes, size_t size, Error *e)
{
    const Piece whole = { bytes, size };
    return __wrap_durable_write_pieces(path, &whole, 1, e);
}
