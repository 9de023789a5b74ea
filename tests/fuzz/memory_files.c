/* Files in memory, which the linker substitutes for the real ones (--wrap). */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"

static const uint8_t *file_contents;
static size_t file_bytes;
static uint8_t *written;
static size_t written_bytes, written_room;
static int writes;

void fuzz_set_file(const void *at, size_t n)
{
    file_contents = at;
    file_bytes = n;
}

const uint8_t *fuzz_written(size_t *n)
{
    *n = written_bytes;
    return written;
}

int fuzz_writes(void)
{
    return writes;
}

const char *fuzz_temp_path(const void *at, size_t n)
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

/* ---- substitutes ----------------------------------------------------------------------------- */

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
    if (file_bytes > limit)
        return fail(e, code, "%s: larger than %zu bytes", path, limit);
    b->at = malloc(file_bytes + 1);
    must(b->at != NULL, "memory");
    memcpy(b->at, file_contents, file_bytes);
    b->at[file_bytes] = '\0';
    b->size = file_bytes;
    return GT_OK;
}

Status __wrap_durable_write_pieces(const char *path, const Piece *piece, int n, Error *e)
{
    (void)path;
    (void)e;
    written_bytes = 0;
    writes++;
    for (int i = 0; i < n; i++) {
        if (written_room < written_bytes + piece[i].size) {
            written_room = 2 * (written_bytes + piece[i].size);
            written = realloc(written, written_room);
            must(written != NULL, "memory");
        }
        if (piece[i].size > 0)
            memcpy(written + written_bytes, piece[i].at, piece[i].size);
        written_bytes += piece[i].size;
    }
    return GT_OK;
}

Status __wrap_durable_write(const char *path, const void *bytes, size_t size, Error *e)
{
    const Piece whole = { bytes, size };
    return __wrap_durable_write_pieces(path, &whole, 1, e);
}
