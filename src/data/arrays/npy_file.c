#include "npy_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/signature.h"
#include "data/gzip.h"

/* ---- type and extents ------------------------------------------------------------------------ */

/* Types of NumPy that hold no numbers of ours, by the first letter after the byte order. */
static const struct {
    char letter;
    const char *advice;
} others[] = {
    { 'O', "Python objects: save numbers, numpy.array(x, dtype='f4')" },
    { 'c', "complex numbers: save x.real or numpy.abs(x)" },
    { 'U', "text: save numbers" },
    { 'S', "text: save numbers" },
    { 'M', "dates: save numbers, x.astype('i8')" },
    { 'm', "time spans: save numbers, x.astype('i8')" },
    { 'f', "long floats: save x.astype('f8')" },
    { 'r', "fields: save one of them, x['name']" },
};

static Status wrong_type(const Array *a, const char *descr, char letter, Error *e)
{
    const char *advice = "of no known type: save x.astype('f4')";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].letter == letter)
            advice = others[i].advice;
    return fail(e, GT_EDATA, "%s: its elements are '%s', %s", a->name, descr, advice);
}

/* "<f4", "|u1", ">i8": byte order, letter, bytes */
static Status read_type(Array *a, const char *descr, Error *e)
{
    const bool ordered = *descr && strchr("<>=|", *descr);
    const char letter = ordered ? descr[1] : *descr;
    const char *digits = descr + ordered + (letter != '\0');
    const bool digit = digits[0] >= '0' && digits[0] <= '9' && digits[1] == '\0';
    a->type = digit ? number_type(letter, digits[0] - '0') : NULL;
    a->swapped = *descr == '>' && a->type && a->type->bytes > 1;
    return a->type ? GT_OK : wrong_type(a, descr, letter, e);
}

static Status read_extents(Array *a, const NpyHeader *h, Error *e)
{
    if (h->rank > ARRAY_RANK_MAX)
        return fail(e, GT_EDATA, "%s: it has %d dimensions: at most %d are possible", a->name,
                    h->rank, ARRAY_RANK_MAX);
    a->rank = h->rank;
    a->fortran = h->fortran_order && h->rank > 1;
    for (int i = 0; i < h->rank; i++) {
        a->extent[i] = (uint64_t)h->shape[i];
        if (h->shape[i] == 0)
            return fail(e, GT_EDATA, "%s: dimension %d has the extent 0: expected at least 1",
                        a->name, i);
    }
    return GT_OK;
}

Status npy_describe(Array *a, const NpyHeader *h, uint64_t present, bool packed, uint64_t *bytes,
                    Error *e)
{
    TRY(read_type(a, h->descr, e));
    TRY(read_extents(a, h, e));
    if (array_bytes(a, present, bytes) && (packed || *bytes == present))
        return GT_OK;
    char text[ARRAY_TEXT];
    array_text(a, text);
    return fail(e, GT_EDATA,
                "%s: the header promises %s values of %s, there are %s%" PRIu64
                " bytes of data: the file is truncated or damaged",
                a->name, text, a->type->name, packed ? "at most " : "", present);
}

/* ---- the file -------------------------------------------------------------------------------- */

typedef struct NpyFile {
    Gzip gzip;
    uint64_t header, bytes; /* of the header, of the data */
    uint64_t done;          /* bytes of data so far       */
} NpyFile;

static Status truncated(const Array *a, const NpyFile *f, Error *e)
{
    return fail(e, GT_EDATA,
                "%s: byte %" PRIu64 ": truncated: the header promises %" PRIu64
                " bytes of data, there are %" PRIu64,
                a->name, f->header + f->done, f->bytes, f->done);
}

static Status read_data(Array *a, void *out, size_t want, Error *e)
{
    NpyFile *f = a->file;
    size_t got = 0;
    TRY(gzip_read(&f->gzip, out, want, &got, e));
    f->done += got;
    return got == want ? GT_OK : truncated(a, f, e);
}

static Status finish(Array *a, Error *e)
{
    NpyFile *f = a->file;
    char more;
    size_t got = 0;
    TRY(gzip_read(&f->gzip, &more, 1, &got, e)); /* also checks the last CRC */
    return got == 0 ? GT_OK
                    : fail(e, GT_EDATA,
                           "%s: byte %" PRIu64 ": the file continues after the %" PRIu64
                           " bytes its header promises",
                           a->name, f->header + f->bytes, f->bytes);
}

/* Skips the header, which was read before. */
static Status rewind_data(Array *a, Error *e)
{
    NpyFile *f = a->file;
    char skipped[4096];
    size_t got = 0;
    f->done = 0;
    TRY(gzip_rewind(&f->gzip, e));
    for (uint64_t left = f->header; left > 0; left -= got) {
        TRY(gzip_read(&f->gzip, skipped, left < sizeof skipped ? left : sizeof skipped, &got, e));
        if (got == 0)
            return truncated(a, f, e);
    }
    return GT_OK;
}

static void close_file(Array *a)
{
    NpyFile *f = a->file;
    gzip_close(&f->gzip);
    free(f);
}

static const ArraySource npy_source = { read_data, finish, rewind_data, close_file };

static Status not_npy(const Array *a, const unsigned char *at, size_t n, Error *e)
{
    const Signature *s = signature_find(at, n);
    return fail(e, GT_EDATA, "%s: not a .npy file: it is %s%s%s", a->name,
                s ? s->name : "in an unknown format", s && s->remedy ? ": " : "",
                s && s->remedy ? s->remedy : "");
}

/* The header is short: its first bytes tell its size, before any memory is taken. */
static Status read_header(const Array *a, NpyFile *f, NpyHeader *h, Error *e)
{
    unsigned char probe[NPY_PROBE] = { 0 };
    size_t got = 0, size = 0;
    TRY(gzip_read(&f->gzip, probe, NPY_PROBE, &got, e));
    if (got < NPY_PROBE || memcmp(probe, "\x93NUMPY", 6) != 0)
        return not_npy(a, probe, got, e);
    TRY(npy_header_bytes(probe, got, a->name, &size, e));
    unsigned char *at = malloc(size < NPY_PROBE ? NPY_PROBE : size);
    if (!at)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", a->name);
    memcpy(at, probe, NPY_PROBE);
    const size_t want = size < NPY_PROBE ? 0 : size - NPY_PROBE;
    Status s = gzip_read(&f->gzip, at + NPY_PROBE, want, &got, e);
    if (s == GT_OK)
        s = npy_parse(h, at, NPY_PROBE + got < size ? NPY_PROBE + got : size, a->name, e);
    free(at);
    f->header = size;
    return s;
}

static Status open_array(Array *a, NpyFile *f, const char *path, Error *e)
{
    NpyHeader h;
    TRY(gzip_open(&f->gzip, path, e));
    TRY(read_header(a, f, &h, e));
    const uint64_t most = gzip_max_output(&f->gzip);
    const bool packed = f->gzip.inflate != NULL;
    return npy_describe(a, &h, most > f->header ? most - f->header : 0, packed, &f->bytes, e);
}

Status npy_open(Array *a, const char *path, Error *e)
{
    NpyFile *f = calloc(1, sizeof *f);
    *a = (Array){ 0 };
    if (!f)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", path);
    *a = (Array){ .source = &npy_source, .file = f, .name = path };
    const Status s = open_array(a, f, path, e);
    if (s != GT_OK)
        array_close(a);
    return s;
}
