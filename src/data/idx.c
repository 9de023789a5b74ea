/* IDX files: 00 00 TT DD, DD big-endian extents, the data in C order.
 *
 * One forward pass: read and check the header, allocate and read exactly the bytes it declares,
 * then expect the end of the file. The declared size is bounded by the size of the file before
 * anything is allocated, so a small file cannot request much memory. */
#include "gantrain/data/idx.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/signature.h"
#include "gzip.h"

enum {
    IDX_UBYTE = 0x08,
    IDX_MAGIC = 4, /* bytes before the extents */
    EXTENTS_TEXT = 64
};

static size_t header_bytes(int rank)
{
    return IDX_MAGIC + 4 * (size_t)rank;
}

/* "60000 x 28 x 28" */
static void extents_text(char text[EXTENTS_TEXT], const uint32_t *extent, int rank)
{
    int used = 0;
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, EXTENTS_TEXT - (size_t)used, "%s%" PRIu32, i ? " x " : "",
                         extent[i]);
}

/* The product of the extents (none is 0), or false when it exceeds `most`. */
static bool extents_product(const uint32_t *extent, int rank, uint64_t most, uint64_t *product)
{
    *product = 1;
    for (int i = 0; i < rank; i++) {
        if (extent[i] > most / *product)
            return false;
        *product *= extent[i];
    }
    return true;
}

/* ---- other formats --------------------------------------------------------------------------- */

static bool is_little_endian(const unsigned char *magic)
{
    return magic[2] == 0 && magic[3] == 0 && magic[1] >= 0x08 && magic[1] <= 0x0e &&
           magic[0] >= 1 && magic[0] <= IDX_RANK_MAX;
}

static Status wrong_magic(Gzip *file, const unsigned char *magic, Error *e)
{
    if (is_little_endian(magic))
        return fail(e, GT_EDATA,
                    "%s: byte 0: the header has the wrong byte order (little-endian): IDX is "
                    "big-endian, 00 00 08 %02x was expected",
                    file->path, magic[0]);
    unsigned char probe[SIGNATURE_BYTES];
    memcpy(probe, magic, IDX_MAGIC);
    size_t got = 0;
    /* only for a better message: a read error does not matter */
    if (gzip_read(file, probe + IDX_MAGIC, SIGNATURE_BYTES - IDX_MAGIC, &got, NULL) != GT_OK)
        got = 0;
    const Signature *found = signature_find(probe, IDX_MAGIC + got);
    return fail(e, GT_EDATA,
                "%s: byte 0: found %02x %02x %02x %02x, an IDX file begins with 00 00 08: %s is "
                "%s%s%s",
                file->path, magic[0], magic[1], magic[2], magic[3],
                file->inflate ? "its content" : "this",
                found ? found->name : "in an unknown format", found && found->remedy ? ": " : "",
                found && found->remedy ? found->remedy : "");
}

static const char *element_name(unsigned type)
{
    static const char *const names[] = {
        [0x09] = "signed bytes",  [0x0b] = "16-bit integers", [0x0c] = "32-bit integers",
        [0x0d] = "32-bit floats", [0x0e] = "64-bit floats",
    };
    return type < sizeof names / sizeof *names && names[type] ? names[type] : "of no known type";
}

static Status wrong_rank(const char *path, int found, int wanted, Error *e)
{
    const char *expected = wanted == 1 ? "labels (1 dimension)" : "images (3 or 4 dimensions)";
    if (found != 1 && found != 3 && found != 4)
        return fail(e, GT_EDATA, "%s: byte 3: the array has %d dimensions: expected %s", path,
                    found, expected);
    return fail(e, GT_EDATA, "%s: byte 3: this is an IDX %s file (magic 0x%08x): expected %s", path,
                found == 1 ? "label" : "image", 0x800U + (unsigned)found, expected);
}

/* ---- header ---------------------------------------------------------------------------------- */

static Status check_magic(Gzip *file, const unsigned char *magic, int wanted, Error *e)
{
    if (magic[0] != 0 || magic[1] != 0)
        return wrong_magic(file, magic, e);
    if (magic[2] != IDX_UBYTE)
        return fail(e, GT_EDATA,
                    "%s: byte 2: the elements are %s (0x%02x): expected unsigned bytes (0x08)",
                    file->path, element_name(magic[2]), magic[2]);
    const int found = magic[3];
    if (found != wanted && !(wanted == 3 && found == 4))
        return wrong_rank(file->path, found, wanted, e);
    return GT_OK;
}

/* `want` bytes of the header from `offset` on. */
static Status read_header_bytes(Gzip *file, unsigned char *out, size_t offset, size_t want,
                                Error *e)
{
    size_t got = 0;
    TRY(gzip_read(file, out, want, &got, e));
    if (got == want)
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s: byte %zu: truncated: it ends inside the header, %zu bytes were expected there",
                file->path, offset + got, want - got);
}

static uint32_t big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static Status read_header(Idx *x, Gzip *file, int wanted, Error *e)
{
    unsigned char head[IDX_MAGIC + 4 * IDX_RANK_MAX];
    TRY(read_header_bytes(file, head, 0, IDX_MAGIC, e));
    TRY(check_magic(file, head, wanted, e));
    x->rank = head[3];
    TRY(read_header_bytes(file, head + IDX_MAGIC, IDX_MAGIC, 4 * (size_t)x->rank, e));
    for (int i = 0; i < x->rank; i++) {
        const size_t offset = header_bytes(i);
        x->extent[i] = big_endian(head + offset);
        if (x->extent[i] == 0)
            return fail(e, GT_EDATA, "%s: byte %zu: the header promises 0 %s: at least 1 expected",
                        file->path, offset, i == 0 ? "items" : "pixels a side");
    }
    return GT_OK;
}

/* ---- data ------------------------------------------------------------------------------------ */

/* `found`: bytes of data the file has; `bound` is "at most " when that is only an upper bound. */
static Status truncated(const Idx *x, const Gzip *file, const char *bound, uint64_t found, Error *e)
{
    char extents[EXTENTS_TEXT];
    extents_text(extents, x->extent, x->rank);
    uint64_t promised = 0;
    if (!extents_product(x->extent, x->rank, UINT64_MAX, &promised))
        return fail(e, GT_EDATA,
                    "%s: byte %d: impossible: the header promises %s bytes, the file is %" PRIu64
                    " bytes long",
                    file->path, IDX_MAGIC, extents, file->size);
    return fail(e, GT_EDATA,
                "%s: byte %" PRIu64 ": truncated: the header promises %" PRIu64
                " bytes of data (%s), there are %s%" PRIu64,
                file->path, header_bytes(x->rank) + found, promised, extents, bound, found);
}

static Status too_long(const Idx *x, const Gzip *file, Error *e)
{
    return fail(e, GT_EDATA,
                "%s: byte %zu: the file continues after the %zu bytes its header promises: it is "
                "damaged or two files in one",
                file->path, header_bytes(x->rank) + x->bytes, x->bytes);
}

/* Sets x->bytes if the file can hold what its header promises. */
static Status check_size(Idx *x, const Gzip *file, Error *e)
{
    const uint64_t head = header_bytes(x->rank);
    const uint64_t most = gzip_max_output(file) > head ? gzip_max_output(file) - head : 0;
    uint64_t promised = 0;
    if (!extents_product(x->extent, x->rank, most, &promised))
        return truncated(x, file, file->inflate ? "at most " : "", most, e);
    if (promised > SIZE_MAX)
        return fail(e, GT_ERESOURCE, "%s: too large for this machine", file->path);
    x->bytes = (size_t)promised;
    return !file->inflate && promised < most ? too_long(x, file, e) : GT_OK;
}

static Status read_data(Idx *x, Gzip *file, Error *e)
{
    TRY(check_size(x, file, e));
    x->data = malloc(x->bytes);
    if (!x->data)
        return fail(e, GT_ERESOURCE, "%s: no memory for its %zu bytes", file->path, x->bytes);
    size_t got = 0;
    TRY(gzip_read(file, x->data, x->bytes, &got, e));
    if (got < x->bytes)
        return truncated(x, file, "", got, e);
    unsigned char more;
    TRY(gzip_read(file, &more, 1, &got, e)); /* also checks the last CRC */
    return got == 0 ? GT_OK : too_long(x, file, e);
}

Status idx_read(Idx *x, const char *path, int rank, Error *e)
{
    assert(rank >= 1 && rank <= IDX_RANK_MAX);
    *x = (Idx){ 0 };
    Gzip file;
    TRY(gzip_open(&file, path, e));
    Status s = read_header(x, &file, rank, e);
    if (s == GT_OK)
        s = read_data(x, &file, e);
    gzip_close(&file);
    if (s != GT_OK)
        idx_free(x);
    return s;
}

Status idx_encode(const uint32_t *extent, int rank, const uint8_t *data, uint8_t **file,
                  size_t *bytes, Error *e)
{
    assert(rank >= 1 && rank <= IDX_RANK_MAX);
    const size_t head = header_bytes(rank);
    uint64_t product = 0;
    const bool fits = extents_product(extent, rank, SIZE_MAX - head, &product);
    uint8_t *out = fits ? malloc(head + (size_t)product) : NULL;
    if (!out)
        return fail(e, GT_ERESOURCE, "no memory for the bytes of an IDX file");
    memcpy(out, (const uint8_t[]){ 0, 0, IDX_UBYTE, (uint8_t)rank }, IDX_MAGIC);
    for (int i = 0; i < rank; i++)
        for (int k = 0; k < 4; k++)
            out[header_bytes(i) + (size_t)k] = (uint8_t)(extent[i] >> (24 - 8 * k));
    memcpy(out + head, data, (size_t)product);
    *file = out;
    *bytes = head + (size_t)product;
    return GT_OK;
}

void idx_free(Idx *x)
{
    if (!x)
        return;
    free(x->data);
    *x = (Idx){ 0 };
}
