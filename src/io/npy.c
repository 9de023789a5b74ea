/* NumPy .npy, version 1.0: magic, u16 length, a Python dict as text, the data.
 *
 * The dict is scanned for exactly the three keys that NumPy writes, in any order. */
#include "gantrain/io/npy.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/base/text.h"
#include "gantrain/io/durable.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a float in memory must be '<f4'");

enum {
    NPY_MAGIC = 6,      /* bytes of "\x93NUMPY"                     */
    NPY_START = 10,     /* bytes before the dict                    */
    NPY_ALIGNMENT = 64, /* of the data in the file, as in NumPy     */
    NPY_MAX_BYTES = 1 << 30,
    NPY_WORD = 32, /* bytes of a string with its NUL           */
    NPY_RANK = 32  /* NumPy's limit; only two sides are stored */
};

static const char magic[] = "\x93NUMPY\x01"; /* the NUL of the literal is the minor version */

/* ---- writing --------------------------------------------------------------------------------- */

static void add_header(Text *out, int rows, int cols)
{
    text_add_bytes(out, magic, NPY_MAGIC + 2);
    text_add_bytes(out, (const char[2]){ 0 }, 2);
    text_add(out, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, cols);
    while ((out->used + 1) % NPY_ALIGNMENT != 0 && !out->failed)
        text_add(out, " ");
    text_add(out, "\n");
    if (out->failed)
        return;
    const size_t length = out->used - NPY_START;
    out->at[NPY_START - 2] = (char)(unsigned char)(length & 0xff);
    out->at[NPY_START - 1] = (char)(unsigned char)(length >> 8);
}

Status npy_write(const char *path, View m, double scale, Error *e)
{
    assert(m.rows > 0 && m.cols > 0);
    const size_t n = (size_t)m.rows * (size_t)m.cols;
    Text out = { 0 };
    add_header(&out, m.rows, m.cols);
    for (size_t i = 0; i < n && !out.failed; i++) {
        const float x = (float)(scale * (double)m.at[i]);
        text_add_bytes(&out, &x, sizeof x);
    }
    const Status s = out.failed ? fail(e, GT_ERESOURCE, "%s: not enough memory to write it", path)
                                : durable_write(path, out.at, out.used, e);
    text_free(&out);
    return s;
}

/* ---- reading the dict ------------------------------------------------------------------------ */

typedef struct Dict {
    char descr[NPY_WORD];
    bool has_descr, has_order, has_shape;
    bool fortran_order;
    int rank;
    int64_t shape[2]; /* the first two sides */
} Dict;

typedef struct Cursor {
    const char *at, *end;
} Cursor;

static void skip_space(Cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
        c->at++;
}

static bool accept(Cursor *c, const char *word)
{
    skip_space(c);
    const size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool scan_string(Cursor *c, char text[NPY_WORD])
{
    if (!accept(c, "'"))
        return false;
    int n = 0;
    while (c->at < c->end && *c->at != '\'' && n < NPY_WORD - 1)
        text[n++] = *c->at++;
    text[n] = '\0';
    return accept(c, "'");
}

static bool scan_integer(Cursor *c, int64_t *x)
{
    skip_space(c);
    const char *start = c->at;
    for (*x = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (*x > (INT64_MAX - 9) / 10)
            return false;
        *x = *x * 10 + (*c->at - '0');
    }
    return c->at > start;
}

/* (), (5,), (2, 3), (2, 3, 4) */
static bool scan_shape(Cursor *c, Dict *d)
{
    if (!accept(c, "("))
        return false;
    bool more = true; /* after a comma; else only the end may follow */
    for (d->rank = 0; !accept(c, ")"); d->rank++) {
        int64_t side = 0;
        if (!more || d->rank == NPY_RANK || !scan_integer(c, &side))
            return false;
        if (d->rank < 2)
            d->shape[d->rank] = side;
        more = accept(c, ",");
    }
    return true;
}

static bool scan_order(Cursor *c, bool *fortran)
{
    *fortran = accept(c, "True");
    return *fortran || accept(c, "False");
}

/* One "key: value"; fails for a duplicate key. */
static bool scan_member(Cursor *c, Dict *d)
{
    char key[NPY_WORD];
    if (!scan_string(c, key) || !accept(c, ":"))
        return false;
    if (strcmp(key, "descr") == 0 && !d->has_descr)
        return d->has_descr = scan_string(c, d->descr);
    if (strcmp(key, "fortran_order") == 0 && !d->has_order)
        return d->has_order = scan_order(c, &d->fortran_order);
    if (strcmp(key, "shape") == 0 && !d->has_shape)
        return d->has_shape = scan_shape(c, d);
    return false;
}

static bool read_dict(Cursor *c, Dict *d)
{
    if (!accept(c, "{"))
        return false;
    for (bool more = true; !accept(c, "}"); more = accept(c, ","))
        if (!more || !scan_member(c, d))
            return false;
    skip_space(c);
    return c->at == c->end && d->has_descr && d->has_order && d->has_shape;
}

/* ---- reading the file ------------------------------------------------------------------------ */

static Status check_start(const Bytes *file, const char *path, size_t *data, Error *e)
{
    const unsigned char *b = file->at;
    if (file->size < NPY_START || memcmp(b, magic, NPY_MAGIC) != 0)
        return fail(e, GT_EDATA, "%s: byte 0: not a .npy file: expected one written by numpy.save",
                    path);
    if (b[6] != 1 || b[7] != 0)
        return fail(e, GT_EDATA, "%s: byte 6: .npy version %d.%d: expected version 1.0", path, b[6],
                    b[7]);
    *data = NPY_START + (size_t)b[8] + ((size_t)b[9] << 8);
    if (*data > file->size)
        return fail(e, GT_EDATA, "%s: byte %zu: truncated: the header alone takes %zu bytes", path,
                    file->size, *data);
    return GT_OK;
}

static Status check_dict(const Dict *d, const char *path, size_t present, Error *e)
{
    if (strcmp(d->descr, "<f4") != 0)
        return fail(e, GT_EDATA,
                    "%s: the elements are '%s': expected little-endian float32 ('<f4'), save "
                    "x.astype('<f4')",
                    path, d->descr);
    if (d->fortran_order)
        return fail(e, GT_EDATA,
                    "%s: the array is in Fortran order: expected C order, save "
                    "numpy.ascontiguousarray(x)",
                    path);
    if (d->rank != 2)
        return fail(e, GT_EDATA, "%s: the array has %d dimensions: expected 2 (rows, columns)",
                    path, d->rank);
    for (int i = 0; i < 2; i++)
        if (d->shape[i] < 1 || d->shape[i] > INT_MAX)
            return fail(e, GT_EDATA, "%s: %lld %s: expected 1 to %d", path, (long long)d->shape[i],
                        i == 0 ? "rows" : "columns", INT_MAX);
    const uint64_t want = (uint64_t)d->shape[0] * (uint64_t)d->shape[1]; /* below 2^62 */
    if (present / sizeof(float) == want && present % sizeof(float) == 0)
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %zu bytes of data: expected %lld x %lld float32", path, present,
                (long long)d->shape[0], (long long)d->shape[1]);
}

static Status check_file(const Bytes *file, const char *path, Dict *d, size_t *data, Error *e)
{
    TRY(check_start(file, path, data, e));
    Cursor c = { (const char *)file->at + NPY_START, (const char *)file->at + *data };
    if (!read_dict(&c, d))
        return fail(e, GT_EDATA,
                    "%s: byte %td: damaged header: expected a dict of 'descr', 'fortran_order' and "
                    "'shape'",
                    path, c.at - (const char *)file->at);
    return check_dict(d, path, file->size - *data, e);
}

Status npy_read(const char *path, float **at, int *rows, int *cols, Error *e)
{
    Bytes file;
    TRY(file_read(&file, path, NPY_MAX_BYTES, GT_EDATA, e));
    Dict d = { .rank = 0 };
    size_t data = 0;
    Status s = check_file(&file, path, &d, &data, e);
    float *copy = s == GT_OK ? malloc(file.size - data) : NULL;
    if (s == GT_OK && !copy)
        s = fail(e, GT_ERESOURCE, "%s: not enough memory for its %zu bytes", path,
                 file.size - data);
    if (s == GT_OK) {
        memcpy(copy, file.at + data, file.size - data);
        *at = copy;
        *rows = (int)d.shape[0];
        *cols = (int)d.shape[1];
    }
    bytes_free(&file);
    return s;
}
