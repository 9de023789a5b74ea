/* NumPy .npy of float32 matrices: written as version 1.0, read whole. */
#include "gantrain/io/npy.h"

#include <assert.h>
#include <limits.h>
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
    NPY_MAX_BYTES = 1 << 30
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

/* ---- reading --------------------------------------------------------------------------------- */

static Status check_matrix(const NpyHeader *d, const char *path, size_t present, Error *e)
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

Status npy_read(const char *path, float **at, int *rows, int *cols, Error *e)
{
    Bytes file;
    TRY(file_read(&file, path, NPY_MAX_BYTES, GT_EDATA, e));
    NpyHeader d;
    Status s = npy_parse(&d, file.at, file.size, path, e);
    const size_t data = s == GT_OK ? d.bytes : 0;
    if (s == GT_OK)
        s = check_matrix(&d, path, file.size - data, e);
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
