/* Whole files in one go. The type is asked of the open descriptor, never of the path, so that
 * nothing can be swapped in between; reading goes on to the end of the file instead of trusting its
 * size, which is 0 for files of the kernel and old for files that grow. */
#include "gantrain/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

typedef struct Reader {
    int fd;
    const char *path;
    size_t limit;
    size_t room; /* bytes allocated, the final NUL not counted */
    Status code;
} Reader;

static Status fail_errno(const Reader *r, const char *what, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, r->code), "%s: %s: %s", r->path, what, strerror(error));
}

static Status fail_too_large(const Reader *r, Error *e)
{
    const bool round = r->limit >= MIB && r->limit % MIB == 0;
    return fail(e, r->code, "%s: larger than %zu %s, the most that is read of such a file", r->path,
                round ? r->limit / MIB : r->limit, round ? "MiB" : "bytes");
}

/* And one for the NUL. The size of a file is below 2^63, and what is doubled was to be had: no sum wraps. */
static Status make_room(const Reader *r, Bytes *b, size_t room, Error *e)
{
    unsigned char *at = realloc(b->at, room + 1);
    if (!at)
        return fail(e, GT_ERESOURCE, "%s: no memory for %zu bytes of it", r->path, room);
    b->at = at;
    return GT_OK;
}

static Status read_all(Reader *r, Bytes *b, Error *e)
{
    for (;;) {
        if (b->size == r->room) {
            r->room *= 2; /* nothing that was allocated is larger than SIZE_MAX / 2 */
            TRY(make_room(r, b, r->room, e));
        }
        const ssize_t n = read(r->fd, b->at + b->size, r->room - b->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(r, "cannot be read", e);
        if (n == 0)
            break;
        b->size += (size_t)n;
        if (b->size > r->limit)
            return fail_too_large(r, e);
    }
    b->at[b->size] = '\0';
    return GT_OK;
}

static Status read_open_file(Reader *r, Bytes *b, Error *e)
{
    struct stat st;
    if (fstat(r->fd, &st) != 0)
        return fail_errno(r, "cannot be examined", e);
    if (S_ISDIR(st.st_mode))
        return fail(e, r->code, "%s: is a folder: expected a file", r->path);
    if (!S_ISREG(st.st_mode))
        return fail(e, r->code, "%s: is not a regular file", r->path);
    if ((uintmax_t)st.st_size > r->limit)
        return fail_too_large(r, e);
    r->room = (size_t)st.st_size + 1; /* one more: the end is seen without growing */
    TRY(make_room(r, b, r->room, e));
    return read_all(r, b, e);
}

static int open_for_reading(const char *path)
{
    int fd;
    do /* O_NONBLOCK: opening a FIFO must not wait for its writer */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    return fd;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Status file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e)
{
    *b = (Bytes){ 0 };
    Reader r = { .fd = open_for_reading(path), .path = path, .limit = limit, .code = code };
    if (r.fd < 0)
        return fail_errno(&r, "cannot be opened", e);
    const Status status = read_open_file(&r, b, e);
    (void)close(r.fd); /* nothing was written: nothing can be lost */
    if (status != GT_OK)
        bytes_free(b);
    return status;
}

void bytes_free(Bytes *b)
{
    if (!b)
        return;
    free(b->at);
    *b = (Bytes){ 0 };
}
