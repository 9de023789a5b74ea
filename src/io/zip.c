/* The central directory is read once; an entry is read with pread and unpacked by zlib, so that
 * threads need no lock. Sizes in the directory are checked against the file before any memory is
 * taken, and no entry may unpack to more than deflate can pack. */
#include "gantrain/io/zip.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    END_BYTES = 22,         /* end of central directory record, without its comment */
    LOCATOR_BYTES = 20,     /* of the zip64 end record                              */
    END64_BYTES = 56,       /* zip64 end record                                     */
    ENTRY_BYTES = 46,       /* entry of the central directory, without names        */
    LOCAL_BYTES = 30,       /* local header, without names                          */
    COMMENT_BYTES = 0xffff, /* at most                                              */
    ZIP64_EXTRA = 1,
    DEFLATE_RATIO = 1032, /* four matches of 258 bytes, two bits each, fit in one byte */
    DIRECTORY_BYTES = 1 << 30,
    STEP = 1 << 30, /* of one read; zlib counts in unsigned int */
};

static const uint32_t END = 0x06054b50, LOCATOR = 0x07064b50, END64 = 0x06064b50,
                      ENTRY = 0x02014b50, LOCAL = 0x04034b50;

/* ---- numbers, little-endian ------------------------------------------------------------------ */

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t u32(const uint8_t *at)
{
    return u16(at) | (uint32_t)u16(at + 2) << 16;
}

static uint64_t u64(const uint8_t *at)
{
    return u32(at) | (uint64_t)u32(at + 4) << 32;
}

/* ---- reading the file ------------------------------------------------------------------------ */

static Status damaged(const Zip *z, const char *what, Error *e)
{
    return fail(e, z->code, "%s: damaged or incomplete zip archive: %s", z->path, what);
}

Status zip_read_at(const Zip *z, uint64_t from, void *to, size_t n, Error *e)
{
    for (size_t done = 0; done < n;) {
        const size_t step = n - done < STEP ? n - done : STEP;
        const ssize_t got = pread(z->fd, (char *)to + done, step, (off_t)(from + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(e, status_of_errno(errno, z->code), "cannot be read: %s", strerror(errno));
        if (got == 0)
            return fail(e, z->code, "the archive became shorter while it was read");
        done += (size_t)got;
    }
    return GT_OK;
}

/* The same, with the name of the archive in the message. */
static Status read_part(const Zip *z, uint64_t from, void *to, size_t n, Error *e)
{
    return zip_read_at(z, from, to, n, e) == GT_OK ? GT_OK : error_add_prefix(e, z->path);
}

/* ---- the directory --------------------------------------------------------------------------- */

/* The central directory as the end record describes it. */
typedef struct Directory {
    uint64_t n, size, offset;
    uint64_t end; /* where the record that follows it begins */
} Directory;

static Status read_end64(const Zip *z, uint64_t end, Directory *d, Error *e)
{
    uint8_t at[END64_BYTES];
    if (end < LOCATOR_BYTES)
        return GT_OK;
    TRY(read_part(z, end - LOCATOR_BYTES, at, LOCATOR_BYTES, e));
    if (u32(at) != LOCATOR)
        return GT_OK;
    const uint64_t from = u64(at + 8);
    if (from > end - LOCATOR_BYTES || end - LOCATOR_BYTES - from < END64_BYTES)
        return damaged(z, "its zip64 record lies outside the file", e);
    TRY(read_part(z, from, at, END64_BYTES, e));
    if (u32(at) != END64)
        return damaged(z, "it has no zip64 record", e);
    *d = (Directory){ u64(at + 32), u64(at + 40), u64(at + 48), from };
    return GT_OK;
}

/* The end record is the last one whose comment fills the rest of the file. */
static Status find_end(const Zip *z, Directory *d, Error *e)
{
    static const char none[] = "it does not end in a directory";
    const size_t n =
        z->bytes < END_BYTES + COMMENT_BYTES ? (size_t)z->bytes : (size_t)END_BYTES + COMMENT_BYTES;
    uint8_t *tail = malloc(n + 1);
    if (!tail)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", z->path);
    Status s = read_part(z, z->bytes - n, tail, n, e);
    size_t at = n < END_BYTES ? 0 : n - END_BYTES + 1;
    while (s == GT_OK && at > 0 &&
           !(u32(tail + at - 1) == END && u16(tail + at + 19) == n - at - 21))
        at--;
    if (s == GT_OK && at == 0)
        s = damaged(z, none, e);
    if (s == GT_OK) {
        const uint8_t *end = tail + at - 1;
        *d = (Directory){ u16(end + 10), u32(end + 12), u32(end + 16), z->bytes - n + at - 1 };
    }
    free(tail);
    return s == GT_OK ? read_end64(z, d->end, d, e) : s;
}

/* Replaces what does not fit 32 bits by the values of the zip64 extra field. */
static void read_extra(const uint8_t *at, size_t n, ZipEntry *z)
{
    uint64_t *const wide[] = { &z->size, &z->packed, &z->offset };
    while (n >= 4) {
        const size_t length = u16(at + 2);
        if (length > n - 4)
            return;
        size_t used = 0;
        for (int i = 0; i < 3 && u16(at) == ZIP64_EXTRA; i++)
            if (*wide[i] == UINT32_MAX && length - used >= 8) {
                *wide[i] = u64(at + 4 + used);
                used += 8;
            }
        at += 4 + length;
        n -= 4 + length;
    }
}

/* Reads the entry at `at`; returns its bytes, 0: it is damaged. */
static size_t read_entry(const uint8_t *at, size_t left, ZipEntry *z)
{
    if (left < ENTRY_BYTES || u32(at) != ENTRY)
        return 0;
    const size_t name = u16(at + 28), extra = u16(at + 30), comment = u16(at + 32);
    if (left - ENTRY_BYTES < name + extra + comment)
        return 0;
    *z = (ZipEntry){ .size = u32(at + 24),
                     .packed = u32(at + 20),
                     .offset = u32(at + 42),
                     .crc = u32(at + 16),
                     .method = u16(at + 10),
                     .encrypted = u16(at + 8) & 1 };
    read_extra(at + ENTRY_BYTES + name, extra, z);
    return ENTRY_BYTES + name + extra + comment;
}

/* Fills z->entry from the directory in z->names [size]; the names move to the front, where each
 * takes less room than its entry took. */
static Status read_entries(Zip *z, size_t size, Error *e)
{
    const uint8_t *from = (const uint8_t *)z->names;
    char *to = z->names;
    for (int i = 0; i < z->n; i++) {
        const size_t n = read_entry(from, size, &z->entry[i]);
        if (n == 0)
            return damaged(z, "its directory has other entries than it announces", e);
        const size_t name = u16(from + 28);
        z->entry[i].name = memmove(to, from + ENTRY_BYTES, name);
        to[name] = '\0';
        to += name + 1;
        from += n;
        size -= n;
    }
    return GT_OK;
}

static Status read_directory(Zip *z, Error *e)
{
    Directory d = { 0 };
    TRY(find_end(z, &d, e));
    if (d.size > d.end || d.offset > d.end - d.size || d.n > d.size / ENTRY_BYTES ||
        d.size > DIRECTORY_BYTES)
        return damaged(z, "its directory lies outside the file", e);
    z->base = d.end - d.size - d.offset;
    z->n = (int)d.n;
    z->names = malloc((size_t)d.size + 1);
    z->entry = calloc((size_t)d.n + 1, sizeof *z->entry);
    if (!z->names || !z->entry)
        return fail(e, GT_ERESOURCE, "%s: no memory for its directory", z->path);
    TRY(read_part(z, d.end - d.size, z->names, (size_t)d.size, e));
    return read_entries(z, (size_t)d.size, e);
}

Status zip_open(Zip *z, const char *path, Status code, Error *e)
{
    *z = (Zip){ .path = path, .code = code };
    TRY(file_open(&z->fd, &z->bytes, path, code, e));
    const Status s = read_directory(z, e);
    if (s != GT_OK)
        zip_close(z);
    return s;
}

/* ---- an entry -------------------------------------------------------------------------------- */

static Status check_entry(const Zip *z, const ZipEntry *x, Error *e)
{
    if (x->encrypted)
        return fail(e, z->code, "is encrypted: pack it without a password");
    if (x->method != 0 && x->method != Z_DEFLATED)
        return fail(e, z->code, "is packed by method %d: expected stored (0) or deflated (8)",
                    x->method);
    if (x->packed > z->bytes || x->offset > z->bytes - z->base ||
        (x->method ? x->size / DEFLATE_RATIO > x->packed : x->size != x->packed))
        return fail(e, z->code, "is damaged: its sizes in the archive are impossible");
    return GT_OK;
}

Status zip_locate(const Zip *z, int i, uint64_t *from, Error *e)
{
    const ZipEntry *x = &z->entry[i];
    TRY(check_entry(z, x, e));
    uint8_t at[LOCAL_BYTES];
    const uint64_t header = z->base + x->offset;
    if (z->bytes - header < LOCAL_BYTES)
        return fail(e, z->code, "is damaged: it lies outside the archive");
    TRY(zip_read_at(z, header, at, LOCAL_BYTES, e));
    *from = header + LOCAL_BYTES + u16(at + 26) + u16(at + 28);
    if (u32(at) != LOCAL || *from > z->bytes || z->bytes - *from < x->packed)
        return fail(e, z->code, "is damaged: its header in the archive is wrong");
    return GT_OK;
}

static Status unpack(const Zip *z, uint8_t *packed, size_t n, Bytes *out, Error *e)
{
    z_stream s = { .next_in = packed, .avail_in = (uInt)n };
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
        return fail(e, GT_ERESOURCE, "no memory to unpack it");
    s.next_out = out->at;
    s.avail_out = (uInt)out->size;
    const int end = inflate(&s, Z_FINISH);
    const bool whole = end == Z_STREAM_END && s.avail_out == 0;
    inflateEnd(&s);
    return whole                ? GT_OK
           : end == Z_MEM_ERROR ? fail(e, GT_ERESOURCE, "no memory to unpack it")
                                : fail(e, z->code, "is damaged: it does not unpack");
}

static Status read_packed(const Zip *z, const ZipEntry *x, uint64_t from, Bytes *out, Error *e)
{
    if (x->method == 0)
        return zip_read_at(z, from, out->at, out->size, e);
    uint8_t *packed = malloc((size_t)x->packed + 1);
    if (!packed)
        return fail(e, GT_ERESOURCE, "no memory to unpack it");
    Status s = zip_read_at(z, from, packed, (size_t)x->packed, e);
    if (s == GT_OK)
        s = unpack(z, packed, (size_t)x->packed, out, e);
    free(packed);
    return s;
}

Status zip_read(const Zip *z, int i, size_t limit, Bytes *out, Error *e)
{
    const ZipEntry *x = &z->entry[i];
    uint64_t from = 0;
    *out = (Bytes){ 0 };
    limit = limit < STEP ? limit : STEP;
    if (x->size > limit)
        return fail(e, z->code, "unpacks to %llu bytes: at most %zu are possible",
                    (unsigned long long)x->size, limit);
    TRY(zip_locate(z, i, &from, e));
    if (x->packed > STEP)
        return fail(e, z->code, "is damaged: its sizes in the archive are impossible");
    *out = (Bytes){ malloc((size_t)x->size + 1), (size_t)x->size };
    if (!out->at)
        return fail(e, GT_ERESOURCE, "no memory for its %zu bytes", out->size);
    out->at[out->size] = '\0';
    Status s = read_packed(z, x, from, out, e);
    if (s == GT_OK && crc32_z(0, out->at, out->size) != x->crc)
        s = fail(e, z->code, "is damaged: its checksum is wrong");
    if (s != GT_OK)
        bytes_free(out);
    return s;
}

void zip_close(Zip *z)
{
    if (!z)
        return;
    if (z->path && z->fd >= 0)
        (void)close(z->fd); /* read only: nothing can be lost */
    free(z->entry);
    free(z->names);
    *z = (Zip){ 0 };
}
