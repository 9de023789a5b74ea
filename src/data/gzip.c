/* Plain and gzip files through one bounded reader.
 *
 * inflate() instead of gzread(), which accepts a truncated stream as a short file, appends trailing
 * bytes and does not bound its output. Here several members may follow each other (RFC 1952 2.2); a
 * truncated one, or any other byte after the last one, is an error; zlib checks the CRC and length
 * of every member. */
#include "gzip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/file.h"

enum {
    GZIP_INPUT = 1 << 16,
    GZIP_STEP = 1 << 30,    /* of output: zlib counts in unsigned int */
    GZIP_WRAPPER = 15 + 16, /* inflateInit2: largest window, gzip only */
    DEFLATE_RATIO = 1032    /* four matches of 258 bytes, two bits each, fit in one byte */
};

static Status fail_errno(const Gzip *g, const char *what, uint64_t at, Error *e)
{
    const int error = errno;
    return fail(e, status_of_errno(error, GT_EDATA), "%s: byte %" PRIu64 ": %s: %s", g->path, at,
                what, strerror(error));
}

static Status no_memory(const Gzip *g, Error *e)
{
    return fail(e, GT_ERESOURCE, "%s: no memory to unpack it", g->path);
}

/* Up to `want` bytes of the file, packed or not; *got < want at its end. */
static Status read_raw(Gzip *g, unsigned char *out, size_t want, size_t *got, Error *e)
{
    *got = 0;
    while (*got < want) {
        const size_t step = want - *got < GZIP_STEP ? want - *got : GZIP_STEP;
        const ssize_t n = read(g->fd, out + *got, step);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(g, "reading failed", g->consumed, e);
        if (n == 0)
            break;
        *got += (size_t)n;
        g->consumed += (uint64_t)n;
    }
    return GT_OK;
}

/* Offset in the file of the next byte to unpack. */
static uint64_t offset(const Gzip *g)
{
    return g->consumed - g->inflate->avail_in;
}

static Status refill(Gzip *g, Error *e)
{
    size_t got = 0;
    TRY(read_raw(g, g->input, GZIP_INPUT, &got, e));
    g->inflate->next_in = g->input;
    g->inflate->avail_in = (uInt)got;
    return GT_OK;
}

/* A member is complete: the file ends here, or another member begins. */
static Status next_member(Gzip *g, Error *e)
{
    if (g->inflate->avail_in == 0)
        TRY(refill(g, e));
    g->ended = g->inflate->avail_in == 0;
    if (g->ended)
        return GT_OK;
    if (g->inflate->next_in[0] != 0x1f)
        return fail(e, GT_EDATA,
                    "%s: byte %" PRIu64 ": %" PRIu64
                    " bytes after the end of the gzip data: copy or download the file again",
                    g->path, offset(g), g->size - offset(g));
    return inflateReset(g->inflate) == Z_OK ? GT_OK : no_memory(g, e);
}

static Status unpack_failed(const Gzip *g, int code, Error *e)
{
    if (code == Z_MEM_ERROR)
        return no_memory(g, e);
    if (code == Z_BUF_ERROR)
        return fail(e, GT_EDATA,
                    "%s: byte %" PRIu64 ": truncated: the file ends inside its gzip data, copy or "
                    "download it again",
                    g->path, offset(g));
    return fail(e, GT_EDATA,
                "%s: byte %" PRIu64 ": damaged gzip data (%s): copy or download the file again",
                g->path, offset(g), g->inflate->msg ? g->inflate->msg : "unknown method");
}

static Status unpack(Gzip *g, unsigned char *out, size_t want, size_t *got, Error *e)
{
    z_stream *z = g->inflate;
    *got = 0;
    while (*got < want && !g->ended) {
        if (z->avail_in == 0)
            TRY(refill(g, e));
        const size_t step = want - *got < GZIP_STEP ? want - *got : GZIP_STEP;
        z->next_out = out + *got;
        z->avail_out = (uInt)step;
        const int code = inflate(z, Z_NO_FLUSH); /* no input left: Z_BUF_ERROR, no progress */
        *got += step - z->avail_out;
        if (code == Z_STREAM_END)
            TRY(next_member(g, e));
        else if (code != Z_OK)
            return unpack_failed(g, code, e);
    }
    return GT_OK;
}

static Status start_unpacking(Gzip *g, Error *e)
{
    g->input = malloc(GZIP_INPUT);
    g->inflate = calloc(1, sizeof *g->inflate);
    if (g->input && g->inflate && inflateInit2(g->inflate, GZIP_WRAPPER) == Z_OK)
        return GT_OK;
    free(g->inflate); /* not initialised: inflateEnd must not see it */
    g->inflate = NULL;
    return no_memory(g, e);
}

/* The first two bytes. Returns how many the file has, or -1. */
static ssize_t peek(const Gzip *g, unsigned char magic[2])
{
    ssize_t got = 0;
    while (got < 2) {
        const ssize_t n = pread(g->fd, magic + got, 2 - (size_t)got, got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? n : got;
        got += n;
    }
    return got;
}

static Status examine(Gzip *g, Error *e)
{
    unsigned char magic[2] = { 0 };
    if (g->size == 0)
        return fail(e, GT_EDATA, "%s: the file is empty: copy or download it again", g->path);
    const ssize_t n = peek(g, magic);
    if (n < 0)
        return fail_errno(g, "reading failed", 0, e);
    const bool packed = n == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    return packed ? start_unpacking(g, e) : GT_OK;
}

Status gzip_open(Gzip *g, const char *path, Error *e)
{
    *g = (Gzip){ 0 };
    TRY(file_open(&g->fd, &g->size, path, GT_EDATA, e));
    g->path = path;
    const Status s = examine(g, e);
    if (s != GT_OK)
        gzip_close(g);
    return s;
}

Status gzip_read(Gzip *g, void *out, size_t want, size_t *got, Error *e)
{
    return g->inflate ? unpack(g, out, want, got, e) : read_raw(g, out, want, got, e);
}

Status gzip_rewind(Gzip *g, Error *e)
{
    if (lseek(g->fd, 0, SEEK_SET) != 0)
        return fail_errno(g, "reading again failed", 0, e);
    g->consumed = 0;
    g->ended = false;
    if (!g->inflate)
        return GT_OK;
    g->inflate->avail_in = 0;
    return inflateReset(g->inflate) == Z_OK ? GT_OK : no_memory(g, e);
}

uint64_t gzip_max_output(const Gzip *g)
{
    if (!g->inflate)
        return g->size;
    return g->size > UINT64_MAX / DEFLATE_RATIO ? UINT64_MAX : g->size * DEFLATE_RATIO;
}

void gzip_close(Gzip *g)
{
    if (!g || !g->path)
        return;
    if (g->inflate)
        inflateEnd(g->inflate);
    free(g->inflate);
    free(g->input);
    close(g->fd);
    *g = (Gzip){ 0 };
}
