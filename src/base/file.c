/* Whole files. The type is that of the open descriptor, not of the path, which could be exchanged
 * in between. Reads to the end of the file: its size is 0 for files of the kernel and may be
 * outdated for others. */
#include "gantrain/base/file.h"

#include <errno.h>
#include <fcntl.h>
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
    size_t room; /* bytes allocated, without the final NUL */
    Status code;
} Reader;

static Status fail_errno(const Reader *r, const char *what, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, r->code), "%s: %s: %s", r->path, what, strerror(error));
}

static Status fail_too_large(const Reader *r, Error *e)
{
    const bool whole_mib = r->limit >= MIB && r->limit % MIB == 0;
    return fail(e, r->code, "%s: larger than %zu %s, the limit for this kind of file", r->path,
                whole_mib ? r->limit / MIB : r->limit, whole_mib ? "MiB" : "bytes");
}

/* No sum overflows: file sizes are below 2^63, and twice an allocated size fits a size_t. */
static Status reserve(Reader *r, Bytes *b, size_t room, Error *e)
{
    unsigned char *at = realloc(b->at, room + 1);
    if (!at)
        return fail(e, GT_ERESOURCE, "%s: not enough memory to read %zu bytes", r->path, room);
    b->at = at;
    r->room = room;
    return GT_OK;
}

static Status read_all(Reader *r, Bytes *b, Error *e)
{
    for (;;) {
        if (b->size == r->room)
            TRY(reserve(r, b, 2 * r->room, e));
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

/* Opens a regular file; its size is in the result. */
static Status open_regular(Reader *r, uint64_t *size, Error *e)
{
    struct stat st;
    do /* O_NONBLOCK: does not wait for the writer of a FIFO */
        r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (r->fd < 0 && errno == EINTR);
    if (r->fd < 0)
        return fail_errno(r, "cannot be opened", e);
    if (fstat(r->fd, &st) != 0)
        return fail_errno(r, "cannot be examined", e);
    if (S_ISDIR(st.st_mode))
        return fail(e, r->code, "%s: is a folder: expected a file", r->path);
    if (!S_ISREG(st.st_mode))
        return fail(e, r->code, "%s: is not a regular file", r->path);
    *size = (uint64_t)st.st_size;
    return GT_OK;
}

Status file_open(int *fd, uint64_t *size, const char *path, Status code, Error *e)
{
    Reader r = { .path = path, .code = code };
    const Status s = open_regular(&r, size, e);
    if (s != GT_OK && r.fd >= 0)
        (void)close(r.fd);
    *fd = s == GT_OK ? r.fd : -1;
    return s;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Status file_read(Bytes *b, const char *path, size_t limit, Status code, Error *e)
{
    uint64_t size;
    Reader r = { .path = path, .limit = limit, .code = code };
    *b = (Bytes){ 0 };
    TRY(file_open(&r.fd, &size, path, code, e));
    /* + 1: the read that meets the end needs room */
    Status s = size > limit ? fail_too_large(&r, e) : reserve(&r, b, (size_t)size + 1, e);
    if (s == GT_OK)
        s = read_all(&r, b, e);
    (void)close(r.fd); /* read only: nothing can be lost */
    if (s != GT_OK)
        bytes_free(b);
    return s;
}

void bytes_free(Bytes *b)
{
    if (!b)
        return;
    free(b->at);
    *b = (Bytes){ 0 };
}
