/* IDX files: 00 00 TT DD, DD big-endian extents, the data in C order.
 *
 * The header is checked against the size of the file before anything is allocated, so a small file
 * cannot request much memory. Then exactly the bytes it promises are read, and the end of the file
 * is expected. */
#include "gantrain/data/idx.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/signature.h"
#include "data/gzip.h"
#include "idx_array.h"

enum {
    IDX_UBYTE = 0x08,
    IDX_MAGIC = 4 /* bytes before the extents */
};

static size_t header_bytes(int rank)
{
    return IDX_MAGIC + 4 * (size_t)rank;
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

/* NumPy's letter and size of the types 0x08 to 0x0e; 0x0a is none. */
static const struct {
    char letter;
    int bytes;
} idx_types[] = {
    [0] = { 'u', 1 }, [1] = { 'i', 1 }, [3] = { 'i', 2 },
    [4] = { 'i', 4 }, [5] = { 'f', 4 }, [6] = { 'f', 8 },
};

static const NumberType *element_type(unsigned code)
{
    const unsigned i = code - IDX_UBYTE; /* large for smaller codes */
    return i < sizeof idx_types / sizeof *idx_types
               ? number_type(idx_types[i].letter, idx_types[i].bytes)
               : NULL;
}

static Status wrong_rank(const char *path, const unsigned char *magic, int wanted, Error *e)
{
    const int found = magic[3];
    const char *expected = wanted == 1 ? "labels (1 dimension)" : "images (3 or 4 dimensions)";
    if (found != 1 && found != 3 && found != 4)
        return fail(e, GT_EDATA, "%s: byte 3: the array has %d dimensions: expected %s%s", path,
                    found, expected,
                    found == 2 && wanted != 1 ? "; data.kind \"npy\" reads points" : "");
    return fail(e, GT_EDATA, "%s: byte 3: this is an IDX %s file (magic 0x%08x): expected %s", path,
                found == 1 ? "label" : "image", (unsigned)(magic[2] << 8 | found), expected);
}

/* ---- header ---------------------------------------------------------------------------------- */

static Status check_magic(Array *a, Gzip *file, const unsigned char *magic, int wanted, Error *e)
{
    if (magic[0] != 0 || magic[1] != 0)
        return wrong_magic(file, magic, e);
    a->type = element_type(magic[2]);
    if (!a->type)
        return fail(e, GT_EDATA,
                    "%s: byte 2: the elements are of no known type (0x%02x): expected 0x08 for "
                    "unsigned bytes, 0x09, 0x0b, 0x0c, 0x0d or 0x0e",
                    file->path, magic[2]);
    a->rank = magic[3];
    a->swapped = true; /* IDX is big-endian */
    if (a->rank != wanted && !(wanted == 3 && a->rank == 4))
        return wrong_rank(file->path, magic, wanted, e);
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

static Status read_header(Array *a, Gzip *file, int wanted, Error *e)
{
    unsigned char head[IDX_MAGIC + 4 * IDX_RANK_MAX];
    TRY(read_header_bytes(file, head, 0, IDX_MAGIC, e));
    TRY(check_magic(a, file, head, wanted, e));
    TRY(read_header_bytes(file, head + IDX_MAGIC, IDX_MAGIC, 4 * (size_t)a->rank, e));
    for (int i = 0; i < a->rank; i++) {
        const size_t offset = header_bytes(i);
        a->extent[i] = big_endian(head + offset);
        if (a->extent[i] == 0)
            return fail(e, GT_EDATA, "%s: byte %zu: the header promises 0 %s: at least 1 expected",
                        file->path, offset, i == 0 ? "items" : "pixels a side");
    }
    return GT_OK;
}

/* ---- size ------------------------------------------------------------------------------------ */

/* `found`: bytes of data the file has; `bound` is "at most " when that is only an upper bound. */
static Status truncated(const Array *a, const Gzip *file, const char *bound, uint64_t found,
                        Error *e)
{
    char extents[ARRAY_TEXT];
    uint64_t promised = 0;
    array_text(a, extents);
    if (!array_bytes(a, UINT64_MAX, &promised))
        return fail(e, GT_EDATA,
                    "%s: byte %d: impossible: the header promises %s values of %s, the file is "
                    "%" PRIu64 " bytes long",
                    file->path, IDX_MAGIC, extents, a->type->name, file->size);
    return fail(e, GT_EDATA,
                "%s: byte %" PRIu64 ": truncated: the header promises %" PRIu64
                " bytes of data (%s%s%s), there are %s%" PRIu64,
                file->path, header_bytes(a->rank) + found, promised, extents,
                a->type->bytes > 1 ? " of " : "", a->type->bytes > 1 ? a->type->name : "", bound,
                found);
}

static Status too_long(const Array *a, const Gzip *file, uint64_t bytes, Error *e)
{
    return fail(e, GT_EDATA,
                "%s: byte %" PRIu64 ": the file continues after the %" PRIu64
                " bytes its header promises: it is damaged or two files in one",
                file->path, header_bytes(a->rank) + bytes, bytes);
}

/* Whether the extents make sense, for a file with `most` bytes of data, only in the other byte
 * order; then they are in that one. */
static bool swap_extents(Array *a, const Gzip *file, uint64_t most)
{
    Array other = *a;
    uint64_t bytes = 0;
    for (int i = 0; i < a->rank; i++)
        other.extent[i] = __builtin_bswap32((uint32_t)a->extent[i]);
    if (!array_bytes(&other, most, &bytes) || (!file->inflate && bytes != most))
        return false;
    *a = other;
    return true;
}

/* Whether the file can hold what its header promises; *bytes of data. */
static Status check_size(const Array *a, const Gzip *file, uint64_t *bytes, Error *e)
{
    const uint64_t head = header_bytes(a->rank);
    const uint64_t most = gzip_max_output(file) > head ? gzip_max_output(file) - head : 0;
    const bool fits = array_bytes(a, most, bytes);
    Array other = *a;
    if (fits && (file->inflate || *bytes == most))
        return GT_OK;
    if (swap_extents(&other, file, most)) {
        char found[ARRAY_TEXT], meant[ARRAY_TEXT];
        array_text(a, found);
        array_text(&other, meant);
        return fail(e, GT_EDATA,
                    "%s: byte %d: the extents have the wrong byte order (little-endian): found %s "
                    "for %s, IDX is big-endian",
                    file->path, IDX_MAGIC, found, meant);
    }
    return fits ? too_long(a, file, *bytes, e)
                : truncated(a, file, file->inflate ? "at most " : "", most, e);
}

/* ---- data ------------------------------------------------------------------------------------ */

typedef struct IdxFile {
    Gzip gzip;
    uint64_t bytes; /* of data             */
    uint64_t done;  /* of them, so far     */
} IdxFile;

static Status read_data(Array *a, void *out, size_t want, Error *e)
{
    IdxFile *f = a->file;
    size_t got = 0;
    TRY(gzip_read(&f->gzip, out, want, &got, e));
    f->done += got;
    return got == want ? GT_OK : truncated(a, &f->gzip, "", f->done, e);
}

static Status finish(Array *a, Error *e)
{
    IdxFile *f = a->file;
    unsigned char more;
    size_t got = 0;
    TRY(gzip_read(&f->gzip, &more, 1, &got, e)); /* also checks the last CRC */
    return got == 0 ? GT_OK : too_long(a, &f->gzip, f->bytes, e);
}

static Status rewind_data(Array *a, Error *e)
{
    IdxFile *f = a->file;
    unsigned char head[IDX_MAGIC + 4 * IDX_RANK_MAX];
    f->done = 0;
    TRY(gzip_rewind(&f->gzip, e));
    return read_header_bytes(&f->gzip, head, 0, header_bytes(a->rank), e);
}

static void close_file(Array *a)
{
    IdxFile *f = a->file;
    gzip_close(&f->gzip);
    free(f);
}

static const ArraySource idx_source = { read_data, finish, rewind_data, close_file };

Status idx_open(Array *a, const char *path, int rank, Error *e)
{
    assert(rank >= 1 && rank <= IDX_RANK_MAX);
    IdxFile *f = calloc(1, sizeof *f);
    *a = (Array){ 0 };
    if (!f)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", path);
    *a = (Array){ .source = &idx_source, .file = f, .name = path };
    Status s = gzip_open(&f->gzip, path, e);
    if (s == GT_OK)
        s = read_header(a, &f->gzip, rank, e);
    if (s == GT_OK)
        s = check_size(a, &f->gzip, &f->bytes, e);
    if (s != GT_OK)
        array_close(a);
    return s;
}

/* ---- whole files of bytes -------------------------------------------------------------------- */

static Status read_bytes(Idx *x, Array *a, Error *e)
{
    const uint64_t bytes = array_size(a) * (uint64_t)a->type->bytes;
    if (a->type != element_type(IDX_UBYTE))
        return fail(e, GT_EDATA, "%s: byte 2: the elements are %s: expected uint8 (0x08)", a->name,
                    a->type->name);
    x->rank = a->rank;
    x->bytes = (size_t)bytes;
    for (int i = 0; i < a->rank; i++)
        x->extent[i] = (uint32_t)a->extent[i];
    x->data = bytes <= SIZE_MAX ? malloc(x->bytes) : NULL;
    if (!x->data)
        return fail(e, GT_ERESOURCE, "%s: no memory for its %" PRIu64 " bytes", a->name, bytes);
    TRY(a->source->read(a, x->data, x->bytes, e));
    return a->source->finish(a, e);
}

Status idx_read(Idx *x, const char *path, int rank, Error *e)
{
    Array a;
    *x = (Idx){ 0 };
    TRY(idx_open(&a, path, rank, e));
    const Status s = read_bytes(x, &a, e);
    array_close(&a);
    if (s != GT_OK)
        idx_free(x);
    return s;
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
